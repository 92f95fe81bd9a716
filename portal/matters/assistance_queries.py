"""Reads of requests for help: those on a desk, those of a matter, one with what was said."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.matters.assistance_models import Assistance
from portal.matters.assistance_rules import HelpState, HelpVerb, help_steps
from portal.matters.models import Matter, MatterWords
from portal.matters.queries import Viewer, get_matter, list_matters_by_id

IS_OPEN = Assistance.ended_at.is_(None)


def _to_answer(viewer: Viewer) -> ColumnElement[bool]:
    """What somebody has to do or to decide."""
    me = viewer.staff_id
    decides = Assistance.decider_id == me
    if viewer.led is None:
        decides = or_(decides, Assistance.decider_id.is_(None))
    is_escalated = Assistance.state == HelpState.ESCALATED
    return and_(
        IS_OPEN,
        or_(
            and_(Assistance.helper_id == me, Assistance.state != HelpState.ESCALATED),
            and_(is_escalated, decides),
        ),
    )


def count_help(session: Session, viewer: Viewer) -> int:
    """How many requests for help wait for somebody."""
    return session.scalar(select(func.count(Assistance.id)).where(_to_answer(viewer))) or 0


def list_help(
    session: Session, viewer: Viewer, page: int
) -> tuple[Listing[Assistance], dict[int, Matter]]:
    """One page of what waits for somebody, what is due first, and its matters by id."""
    wanted = select(Assistance).where(_to_answer(viewer))
    listing = fetch_page(session, wanted.order_by(Assistance.due_at, Assistance.id), page)
    matters = list_matters_by_id(session, {row.matter_id for row in listing.rows})
    return listing, {matter.id: matter for matter in matters}


def list_help_in(session: Session, matter_id: int) -> list[Assistance]:
    """The requests for help in a matter, the earliest first."""
    found = select(Assistance).where(Assistance.matter_id == matter_id)
    return list(session.scalars(found.order_by(Assistance.id)))


def get_help(session: Session, help_id: int, viewer: Viewer) -> tuple[Assistance, Matter]:
    """A request and its matter, for whoever may see the matter; raises NotFound."""
    row = session.get(Assistance, help_id)
    if row is None:
        raise NotFound
    return row, get_matter(session, row.matter_id, viewer)


def help_steps_of(row: Assistance, viewer: Viewer) -> list[HelpVerb]:
    """What somebody may do about a request next."""
    return help_steps(
        HelpState(row.state),
        is_helper=row.helper_id == viewer.staff_id,
        is_decider=viewer.led is None or row.decider_id == viewer.staff_id,
    )


def find_said(session: Session, row: Assistance) -> tuple[str, str]:
    """What was asked, and what was said last if that is something else."""
    found = select(MatterWords.event_id, MatterWords.words).where(
        MatterWords.event_id.in_([row.asked_event_id, row.last_event_id])
    )
    said = {event_id: words or "" for event_id, words in session.execute(found)}
    asked = said.get(row.asked_event_id, "")
    is_last = row.last_event_id == row.asked_event_id
    return asked, "" if is_last else said.get(row.last_event_id, "")


def list_names_in(rows: Iterable[Assistance]) -> set[int]:
    """The staff whose names some requests say."""
    found = {
        staff_id
        for row in rows
        for staff_id in (row.asked_by_id, row.asked_id, row.helper_id, row.decider_id)
    }
    return {one for one in found if one is not None}
