"""What roles may be granted about duty at posts; the roster is read by everybody who works here."""

#: Keep the roster of a unit: shifts, leave, and who is put where.
EDIT = "duty.roster.edit"
#: Read the reports on how the posts of a unit were kept, and on who is ready to stand in.
REPORTS = "duty.report.see"
