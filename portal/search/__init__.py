"""Finding things by two characters or more, in both scripts."""
