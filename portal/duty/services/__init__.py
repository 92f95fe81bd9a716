"""What people do about duty at posts, and what follows from the clock."""
