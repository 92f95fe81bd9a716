"""What is read of accounts, roles and contacts."""
