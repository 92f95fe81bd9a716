"""Manifest of records: other features draw their numbers here; it has no page of its own."""

from portal.web.feature import Feature

FEATURE = Feature(name="records")
