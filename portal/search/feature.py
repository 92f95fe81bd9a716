"""Manifest of search: other features index and ask; it has no page of its own."""

from portal.web.feature import Feature

FEATURE = Feature(name="search")
