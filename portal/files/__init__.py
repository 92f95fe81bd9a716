"""What people attach: photos and papers, checked by content, sealed, given out with care."""
