"""The verbs of the catalog, by what they keep."""
