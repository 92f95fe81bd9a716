"""What is done about a handover, and about a duty book."""
