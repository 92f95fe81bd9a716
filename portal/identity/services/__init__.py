"""What can be done to accounts, roles and contacts."""
