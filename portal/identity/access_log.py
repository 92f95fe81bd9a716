"""Notes views of personal data after the response, in a unit of work of their own.

A page that only reads stays read-only; a reveal is a POST and writes in its own transaction.
"""

from dataclasses import dataclass

import structlog
from flask import Flask, Response, g
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.background import note_failure
from portal.core.session import db, institution_scope
from portal.core.unit import run_unit
from portal.identity.services.privacy import log_access
from portal.web.guards import current_actor

log = structlog.get_logger("portal.access")


@dataclass(frozen=True)
class View:
    """Something personal that the page shows."""

    subject: tuple[str, int]
    details: str
    purpose: str


def note_view(subject: tuple[str, int], *, details: str, purpose: str) -> None:
    """Have a view written to the access log once the response stands; once a request."""
    g.setdefault("views", {})[View(subject, details, purpose)] = True


def set_up_access_log(app: Flask) -> None:
    """Write the noted views of each request whose page stands, also one that refuses a form."""
    app.after_request(_write)


def _write(response: Response) -> Response:
    views = list[View](g.pop("views", {}))
    if not views or (response.status_code >= 400 and response.status_code != 422):
        return response
    actor, session = current_actor(), db.session.session_factory()
    try:
        with session, institution_scope(session, g.institution.id):
            run_unit(session, lambda: _write_all(session, views, actor))
    except SQLAlchemyError as error:
        note_failure(log, "access_log_failed", error)
        raise
    return response


def _write_all(session: Session, views: list[View], actor: Actor) -> None:
    for view in views:
        log_access(
            session,
            subject=view.subject,
            details=view.details,
            purpose=view.purpose,
            request=g.request_id,
            actor=actor,
            now=g.now,
        )
