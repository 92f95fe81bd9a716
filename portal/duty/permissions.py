"""What roles may be granted about duty at posts; the roster is read by everybody who works here."""

#: Keep the roster of a unit: shifts, leave, and who is put where.
EDIT = "duty.roster.edit"
