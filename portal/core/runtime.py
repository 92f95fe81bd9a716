"""What one running application holds, and the way from a command or request to it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.base import Base
from portal.core.clock import Clock
from portal.core.config import Config
from portal.core.crypto import install_keys
from portal.core.keys import KeyRing
from portal.core.session import PortalSession, db, institution_scope


@dataclass
class Runtime:
    """Configuration, clock and keys of one application; making it installs the keys."""

    config: Config
    clock: Clock
    keys: KeyRing

    def __post_init__(self) -> None:
        install_keys(self.keys)


def runtime() -> Runtime:
    """The runtime of the application whose context is open."""
    held = current_app.extensions["portal"]
    assert isinstance(held, Runtime)
    return held


def each_institution() -> Iterator[tuple[str, Session]]:
    """The slug of every institution with a session of its own, its scope open meanwhile."""
    table = Base.metadata.tables["institution"]
    with closing(db.session.session_factory()) as session:
        assert isinstance(session, PortalSession)
        session.connection_for_reading()
        rows = session.execute(select(table.c.id, table.c.slug).order_by(table.c.id)).all()
    for institution_id, slug in rows:
        session = db.session.session_factory()
        with closing(session), institution_scope(session, institution_id):
            yield slug, session
