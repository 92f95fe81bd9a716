"""What people do about being at a post, and what follows from the clock."""
