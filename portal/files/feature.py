"""Manifest of files: other features attach and send them; it has no page of its own."""

from portal.files.removing import REMOVING, SWEEP
from portal.web.feature import Feature

FEATURE = Feature(name="files", deliveries=(REMOVING,), sweeps=(SWEEP,))
