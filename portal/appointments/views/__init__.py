"""Pages of appointments by audience: citizens booking, owners of a booking, the window."""
