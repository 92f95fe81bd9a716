"""Puts the features' parts together to found institutions from profiles."""
