"""What people do about duty at posts."""
