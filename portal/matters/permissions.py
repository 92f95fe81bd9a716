"""What roles may be granted about matters; opening one needs no permission at all (P-3.2)."""

#: See the matters of a unit without a part in them.
SEE = "matters.matter.see"
#: Lead the matters of a unit: stand in for whoever is missing.
LEAD = "matters.matter.lead"
#: Read the reports on the matters of a unit.
REPORTS = "matters.report.see"
