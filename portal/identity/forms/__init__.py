"""What people type in about themselves and their colleagues."""
