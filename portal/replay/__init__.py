"""Books a history of real appointments anew, to see what the rules make of it."""
