"""Reads of matters: one, those in somebody's hands, their course."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, union
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.catalog.queries import list_posts
from portal.core.crypto import blind_index
from portal.core.errors import NotFound
from portal.core.listing import PAGE, Listing, fetch_page, nearest
from portal.core.runtime import runtime
from portal.matters.assistance_models import Assistance
from portal.matters.models import Matter, MatterEvent, MatterWords
from portal.matters.rules import ENDED, Part, State, Verb
from portal.matters.verdict_models import MatterVerdict
from portal.tenancy.queries import Tenant

#: Events of a course that a page shows, the latest of them.
SHOWN = 200
#: Stands for no promised time where times are put in order.
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Viewer:
    """A member of staff who looks: the posts of that person, and the units led or seen.

    None for units means all of them.
    """

    staff_id: int
    posts: frozenset[int]
    seen: frozenset[int] | None
    led: frozenset[int] | None
    #: The matters in which that person is or was asked for help.
    helped: frozenset[int] = frozenset()


def list_own_posts(session: Session, staff_id: int) -> frozenset[int]:
    """The posts at which somebody serves."""
    return frozenset(
        session.scalars(select(PostStaff.post_id).where(PostStaff.staff_id == staff_id))
    )


def answerer_of(matter: Matter) -> int | None:
    """Who answers to the person: whoever was asked first, or who stands in for one who left."""
    return matter.stands_in_id or matter.first_asked_id


def parts_of(matter: Matter, viewer: Viewer) -> frozenset[Part]:
    """What somebody is to a matter."""
    me, leads_all = viewer.staff_id, viewer.led is None
    leads = _is_within(matter.unit_id, viewer.led)
    found = {
        Part.FIRST_ASKED: answerer_of(matter) == me,
        Part.OPENER: matter.opened_by_id == me,
        Part.HOLDER: matter.holder_staff_id == me,
        Part.AT_POST: matter.holder_post_id in viewer.posts,
        Part.REPORTED_TO: matter.reported_to_id == me,
        Part.OFFERED_TO: matter.offered_to_id == me,
        # Whoever leads everything stands in for an arbiter who is missing or has left.
        Part.ARBITER: leads_all or matter.arbiter_id == me,
        Part.APPROVER: (matter.wanted_due_at is not None or matter.contested_at is not None)
        and matter.holder_staff_id != me
        and leads,
        Part.LEAD: leads,
        Part.LEADER: matter.escalated_at is not None and leads_all,
    }
    return frozenset(part for part, holds in found.items() if holds)


def _is_within(unit_id: int | None, units: Collection[int] | None) -> bool:
    return units is None or unit_id in units


def seen_parts(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Each reason for which somebody may see a matter: a part in it, or its unit.

    One index finds the matters of each; ``finding`` asks for them one by one.
    """
    if viewer.seen is None:
        return [true()]
    me = viewer.staff_id
    shared: list[ColumnElement[bool]] = []
    if viewer.posts:
        shared.append(Matter.holder_post_id.in_(viewer.posts))
    if viewer.seen:
        shared.append(Matter.unit_id.in_(viewer.seen))
    if viewer.helped:
        shared.append(Matter.id.in_(viewer.helped))
    return [
        Matter.first_asked_id == me,
        Matter.stands_in_id == me,
        Matter.first_received_id == me,
        Matter.holder_staff_id == me,
        Matter.opened_by_id == me,
        Matter.reported_to_id == me,
        Matter.offered_to_id == me,
        and_(Matter.state == State.DISPUTED, Matter.arbiter_id == me),
        *shared,
    ]


def list_helped(session: Session, staff_id: int) -> frozenset[int]:
    """The matters in which somebody is or was asked for help, or decides who gives it.

    The latest of them; read once for each request, because no index leads from there to matters.
    """
    parts = (Assistance.asked_id, Assistance.helper_id, Assistance.decider_id)
    helped = union(*(select(Assistance.matter_id).where(part == staff_id) for part in parts))
    column = helped.selected_columns[0]
    latest = select(Assistance.matter_id).from_statement(
        helped.order_by(column.desc()).limit(SHOWN)
    )
    return frozenset(session.scalars(latest))


def is_seen(viewer: Viewer) -> ColumnElement[bool]:
    """What somebody may see: what one has a part in, and the units that one may look into."""
    return or_(*seen_parts(viewer))


def select_visible(viewer: Viewer) -> Select[Matter]:
    """The matters that somebody may see, for reads that know more of what they want."""
    return select(Matter).where(is_seen(viewer))


def find_matter(session: Session, matter_id: int, viewer: Viewer) -> Matter | None:
    """A matter, if somebody may see it."""
    found = session.scalars(select(Matter).where(Matter.id == matter_id, is_seen(viewer)))
    return found.one_or_none()


def get_matter(session: Session, matter_id: int, viewer: Viewer) -> Matter:
    """A matter that somebody may see; raises NotFound for others' as for absent ones."""
    matter = find_matter(session, matter_id, viewer)
    if matter is None:
        raise NotFound
    return matter


#: The condition of every list of what is not ended yet.
LIVE_MATTERS = Matter.state.not_in([str(state) for state in sorted(ENDED)])


def _mine_apart(viewer: Viewer) -> list[ColumnElement[bool]]:
    """What lies with somebody, and at the posts: each is found by an index of its own."""
    own = Matter.holder_staff_id == viewer.staff_id
    # Post by post and not IN: the embedded database would read all matters for that.
    at_posts = [Matter.holder_post_id == post_id for post_id in sorted(viewer.posts)]
    return [own, or_(*at_posts)] if at_posts else [own]


@dataclass(frozen=True)
class Counts:
    """How many matters somebody holds, has taken up, and has to acknowledge."""

    held: int
    overdue: int
    first_asked: int
    reported: int
    offered: int


def count_matters(session: Session, viewer: Viewer, now: datetime) -> Counts:
    """The figures of a desk: a few reads, each by an index of live matters."""
    is_late = and_(Matter.due_at < now, Matter.told_at.is_(None))
    figures = select(func.count(Matter.id), func.count(Matter.id).filter(is_late))
    held = overdue = 0
    for part in _mine_apart(viewer):
        lying, late = session.execute(figures.where(LIVE_MATTERS, part)).one()
        held, overdue = held + lying, overdue + late
    first = sum(
        session.scalar(select(func.count(Matter.id)).where(LIVE_MATTERS, part)) or 0
        for part in answers_apart(viewer.staff_id)
    )
    reported = select(func.count(Matter.id)).where(
        Matter.state == State.REPORTED, Matter.reported_to_id == viewer.staff_id
    )
    offered = select(func.count(Matter.id)).where(_to_answer(viewer))
    return Counts(
        held,
        overdue,
        first,
        session.scalar(reported) or 0,
        session.scalar(offered) or 0,
    )


def answers_for(staff_id: int) -> ColumnElement[bool]:
    """What somebody answers for to the person, in the place of who left or as the first asked."""
    return or_(*answers_apart(staff_id))


def answers_apart(staff_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The same in two, each of which an index finds by itself."""
    is_own = and_(Matter.first_asked_id == staff_id, Matter.stands_in_id.is_(None))
    return is_own, Matter.stands_in_id == staff_id


def _to_answer(viewer: Viewer) -> ColumnElement[bool]:
    """What colleagues offer, and what somebody above them has to decide."""
    me = viewer.staff_id
    decides = Matter.arbiter_id == me
    if viewer.led is None:
        decides = or_(decides, Matter.arbiter_id.is_(None))
    waits = Matter.answer_until.is_not(None)
    return and_(
        waits, or_(Matter.offered_to_id == me, and_(Matter.state == State.DISPUTED, decides))
    )


def list_desk(session: Session, viewer: Viewer, tab: str, page: int) -> Listing[Matter]:
    """One page of a tab of the desk: what is due first comes first.

    What one may see besides is listed by ``finding.list_seen``.
    """
    # What has no promised time yet comes before all: somebody waits to hear it.
    order = (Matter.due_at.is_not(None), Matter.due_at, Matter.id)
    if tab == "held":
        return _list_held(session, viewer, order, page)
    conditions = {
        "first": (LIVE_MATTERS, answers_for(viewer.staff_id)),
        "reported": (Matter.state == State.REPORTED, Matter.reported_to_id == viewer.staff_id),
        "offered": (_to_answer(viewer),),
    }
    return fetch_page(session, select(Matter).where(*conditions[tab]).order_by(*order), page)


def _list_held(
    session: Session, viewer: Viewer, order: Sequence[Any], page: int
) -> Listing[Matter]:
    """A page of what lies with somebody and at the posts: each by its index, then put together."""
    parts = [select(Matter).where(LIVE_MATTERS, part) for part in _mine_apart(viewer)]
    counted = (part.with_only_columns(func.count(Matter.id)) for part in parts)
    total = sum(session.scalar(count) or 0 for count in counted)
    number = nearest(page, total)
    rows = [
        matter
        for part in parts
        for matter in session.scalars(part.order_by(*order).limit(number * PAGE))
    ]
    rows.sort(key=lambda matter: (matter.due_at is not None, matter.due_at or EARLIEST, matter.id))
    return Listing(rows[(number - 1) * PAGE : number * PAGE], number, total)


def list_matters_by_id(session: Session, matter_ids: Collection[int]) -> list[Matter]:
    """Some matters by id; none without asking."""
    if not matter_ids:
        return []
    return list(session.scalars(select(Matter).where(Matter.id.in_(matter_ids))))


def list_had_it(session: Session, matter: Matter) -> set[int]:
    """Who has held a matter in its present round, besides whoever holds it now."""
    held = select(MatterEvent.holder_staff_id).where(
        MatterEvent.matter_id == matter.id, MatterEvent.round == matter.round
    )
    return {one for one in session.scalars(held) if one is not None} - {matter.holder_staff_id or 0}


def find_pauser(session: Session, matter: Matter) -> int | None:
    """Who of the staff paused a matter last."""
    paused = select(MatterEvent.actor_id).where(
        MatterEvent.matter_id == matter.id, MatterEvent.code == Verb.PAUSE
    )
    return session.scalar(paused.order_by(MatterEvent.number.desc()).limit(1))


def list_asked(session: Session, matter: Matter) -> list[int]:
    """Who may be told to take a matter: whoever holds it, and who was asked in this round."""
    asked = session.scalars(
        select(MatterEvent.staff_id)
        .where(
            MatterEvent.matter_id == matter.id,
            MatterEvent.round == matter.round,
            MatterEvent.code == Verb.REFER,
        )
        .order_by(MatterEvent.number)
    )
    found = dict.fromkeys([matter.holder_staff_id, *asked])
    return [one for one in found if one is not None]


def list_verdicts(session: Session, matter_id: int) -> list[MatterVerdict]:
    """What was kept and what was not, round by round."""
    found = select(MatterVerdict).where(MatterVerdict.matter_id == matter_id)
    return list(session.scalars(found.order_by(MatterVerdict.round, MatterVerdict.id)))


@dataclass(frozen=True)
class Step:
    """A step of a course, and its words if there are any that may be read."""

    event: MatterEvent
    words: str | None
    is_public: bool
    #: The papers that went along, as one reads them.
    papers: str | None = None


def list_course(session: Session, matter_id: int, *, is_public: bool) -> list[Step]:
    """What happened to a matter, the earliest first; for the person without internal words."""
    events = session.scalars(
        select(MatterEvent)
        .where(MatterEvent.matter_id == matter_id)
        .order_by(MatterEvent.number.desc())
        .limit(SHOWN)
    ).all()
    written = session.scalars(select(MatterWords).where(MatterWords.matter_id == matter_id))
    words = {row.event_id: row for row in written}
    return [_step(event, words.get(event.id), is_public) for event in reversed(events)]


def list_additions(session: Session, matter_id: int) -> list[str]:
    """What was added to the record for the person to read, the earliest first."""
    course = list_course(session, matter_id, is_public=True)
    return [step.words for step in course if step.event.code == "added" and step.words]


def _step(event: MatterEvent, row: MatterWords | None, is_public: bool) -> Step:
    if row is None:
        return Step(event, None, is_public=True)
    if not row.is_public and is_public:
        return Step(event, None, row.is_public)
    return Step(event, row.words, row.is_public, row.papers)


def find_desk_post(session: Session) -> int:
    """The post that holds what comes online until somebody takes it up: the first that is open.

    It stays open until this transaction ends. Raises NotFound where none is open.
    """
    for post in list_posts(session):
        is_open = select(Post.id).where(Post.id == post.id, Post.is_active)
        if session.scalar(is_open.with_for_update(read=True)) is not None:
            return post.id
    raise NotFound


def matter_token(reference: str) -> str:
    """The unguessable part of a matter's link; derived, so that nothing secret is stored."""
    return blind_index("matter-link", reference)


def matter_link(tenant: Tenant, reference: str, token: str) -> str:
    """The full address of a matter's page for the person, for messages and slips."""
    return f"{runtime().config.base_url}/{tenant.slug}/m/{reference}/{token}/"


def get_matter_by_link(session: Session, *, reference: str, token: str) -> Matter:
    """The matter behind a link; raises NotFound for a wrong token and an absent one alike."""
    if not hmac.compare_digest(token.encode(), matter_token(reference).encode()):
        raise NotFound
    matter = session.scalar(select(Matter).where(Matter.reference == reference))
    if matter is None or matter.erased_at is not None:
        raise NotFound
    return matter


def list_names_of(matters: Sequence[Matter]) -> list[int]:
    """The staff whose names a list of matters says."""
    found = {
        staff_id
        for matter in matters
        for staff_id in (
            matter.first_asked_id,
            matter.first_received_id,
            matter.stands_in_id,
            matter.holder_staff_id,
            matter.reported_to_id,
            matter.offered_to_id,
            matter.arbiter_id,
        )
        if staff_id is not None
    }
    return sorted(found)
