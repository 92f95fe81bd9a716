"""AB頂崗: which posts have to be staffed when, who is there now, and who stands in."""
