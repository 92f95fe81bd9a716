"""What a role may grant of appointments, where more than one room of the feature asks for it."""

SERVE = "appointments.booking.serve"
