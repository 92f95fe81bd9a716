"""Manifest of duty at posts."""

from portal.web.feature import Feature

FEATURE = Feature(name="duty")
