"""The verbs of appointments, by who uses them."""
