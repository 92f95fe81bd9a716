"""Pages of duty at posts."""
