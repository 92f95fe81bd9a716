"""Three institutions full of life-like data, to be walked through before anything is decided."""
