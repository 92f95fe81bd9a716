"""Pages about duty at posts."""
