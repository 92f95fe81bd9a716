"""What a role may grant of alarms."""

OVERSEE = "alarms.alarm.oversee"
