"""辦事預約: what cannot be done today gets a time, and the time is kept."""
