"""Administration pages of opening hours."""
