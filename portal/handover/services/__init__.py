"""What is done about a handover."""
