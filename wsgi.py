"""The WSGI entry point: ``wsgi:app``."""

from portal.app import create_app
from portal.core.config import read_config
from portal.demonstration.clock import check_database, clock_for
from portal.serving import settle, start_worker_inside

config = read_config()
app = create_app(config, clock=clock_for(config))
with app.app_context():
    check_database(config)
start_worker_inside(app)
settle()
