"""The WSGI entry point: ``wsgi:app``."""

from portal.app import create_app
from portal.core.config import read_config
from portal.demonstration.clock import clock_for
from portal.serving import settle, start_worker_inside

config = read_config()
app = create_app(config, clock=clock_for(config))
start_worker_inside(app)
settle()
