"""Institutions (tenants), the profiles that seed them and the settings they live by."""
