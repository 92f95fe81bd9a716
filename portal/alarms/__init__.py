"""Answers for time limits that are watched: who is warned, chased and told above, until when."""
