"""The WSGI entry point: ``wsgi:app``."""

from portal.app import create_app
from portal.serving import start_worker_inside

app = create_app()
start_worker_inside(app)
