"""What tests need not wait for: that the disk has what was written."""

import sqlite3

from flask import Flask
from sqlalchemy import Engine, event

from portal.core.session import db


def write_carelessly(app: Flask) -> None:
    """Have an application's embedded database leave it to the system when the disk is written.

    What a process wrote is there for every other; only a machine that loses its power would lose
    it, and with it the test.
    """
    with app.app_context():
        engine: Engine = db.engine
    event.listen(engine, "connect", _be_careless)


def _be_careless(connection: sqlite3.Connection, _entry: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
