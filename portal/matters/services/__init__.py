"""The verbs of matters."""
