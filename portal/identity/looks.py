"""Who looked at what: a page with somebody's words is written down after it was answered (I-15).

The one thing that reading a page writes, in a transaction of its own, so that no page waits for
it or fails with it.
"""

from datetime import datetime, time

from flask import Response, after_this_request, current_app, g
from sqlalchemy import select

from portal.core.actor import Actor
from portal.core.session import db, institution_scope
from portal.core.unit import run_unit
from portal.identity.contact_models import AccessLog
from portal.identity.purposes import Purpose
from portal.identity.services.privacy import log_access
from portal.web import guards


def note_look(subject: tuple[str, int], details: str) -> None:
    """Write down, once this page is answered, that whoever is signed in looked at a thing.

    Once for each person and thing on a local day, however often somebody comes back.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    institution, actor, request, now = g.institution, guards.current_actor(), g.request_id, g.now
    day = now.astimezone(institution.zone).date()
    since = datetime.combine(day, time(), institution.zone)

    def write() -> None:
        if not _has_looked(subject, details, actor, since):
            log_access(
                db.session(),
                subject=subject,
                details=details,
                purpose=Purpose.SERVE,
                request=request,
                actor=actor,
                now=now,
            )

    def close() -> None:
        try:
            with app.app_context(), institution_scope(db.session(), institution.id):
                run_unit(db.session(), write)
        except Exception:
            app.logger.exception("a look could not be written down: %s %s", *subject)

    def later(response: Response) -> Response:
        if response.status_code == 200:
            response.call_on_close(close)
        return response

    after_this_request(later)


def _has_looked(subject: tuple[str, int], details: str, actor: Actor, since: datetime) -> bool:
    kind, subject_id = subject
    looked = select(AccessLog.id).where(
        AccessLog.subject_kind == kind,
        AccessLog.subject_id == subject_id,
        AccessLog.details == details,
        AccessLog.actor_kind == actor.kind,
        AccessLog.actor_id == actor.id,
        AccessLog.at >= since,
    )
    return db.session.scalar(looked.limit(1)) is not None
