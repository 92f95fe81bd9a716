"""Which time limits of posts are watched, and whom they tell (AL-01, AL-06, AL-09)."""

from sqlalchemy import select

from portal.alarms.events import (
    RecipientsAsked,
    Subject,
    SubjectsAsked,
    recipients_asked,
    subjects_asked,
)
from portal.alarms.rules import Kind, Ladder, Level, Limit, Wait
from portal.catalog.models import Post
from portal.duty.models import Absence, Concurrency, Presence
from portal.duty.queries import list_deciders, list_in_position
from portal.duty.roster_queries import read_plan
from portal.duty.rules import MINUTE
from portal.identity.queries.heads import find_head, find_superior
from portal.tenancy.queries import get_tenant

POST, ABSENCE, CONCURRENCY = "post", "absence", "concurrency"
#: A post that never closes, and any other, with nobody there.
DESK_EMPTY, EMPTY = "AL-01", "AL-06"
#: Somebody who is not back in time.
NOT_BACK = "AL-06r"
#: Somebody asks to be at a second post, and nobody has decided yet.
UNAPPROVED = "AL-09"
#: B first, and whoever has the shift by the roster; then C, the head of the unit, and whoever
#: oversees, who is told again and again.
EMPTY_LADDER: Ladder = (
    Level(Wait(0), ("post_b",), Kind.CHASE),
    Level(Wait(3), ("post_c",), Kind.CHASE),
    Level(Wait(6), ("unit_head",), Kind.ESCALATE),
    Level(Wait(10), ("overseer",), Kind.ESCALATE),
)
#: The same for the 24-hour desk, whose head is told at once (P-3.1a).
DESK_LADDER: Ladder = (
    Level(Wait(0), ("post_b", "unit_head"), Kind.ESCALATE),
    Level(Wait(2), ("post_c", "unit_head"), Kind.ESCALATE),
    Level(Wait(5), ("overseer",), Kind.ESCALATE),
)
#: Whoever is away, and the head if that was of no use.
NOT_BACK_LADDER: Ladder = (
    Level(Wait(0), ("absent",), Kind.CHASE),
    Level(Wait(5), ("absent_head",), Kind.ESCALATE),
)
#: Whoever decides at once, and whoever oversees if nothing was said.
UNAPPROVED_LADDER: Ladder = (
    Level(Wait(0), ("decider",), Kind.ESCALATE),
    Level(Wait(15), ("overseer",), Kind.ESCALATE),
)
LADDERS = {DESK_EMPTY: DESK_LADDER, EMPTY: EMPTY_LADDER}


def empty_limit(post_id: int, code: str) -> Limit:
    """The limit of a post with nobody there."""
    return Limit(POST, post_id, code)


def not_back_limit(absence: Absence) -> Limit:
    """The limit of somebody who stepped away."""
    return Limit(ABSENCE, absence.id, NOT_BACK)


def unapproved_limit(request_id: int) -> Limit:
    """The limit of a request for a second post."""
    return Limit(CONCURRENCY, request_id, UNAPPROVED)


@recipients_asked.connect
def name_recipients(question: RecipientsAsked) -> set[int]:
    """Who stands in at a post, or answers for it."""
    session = question.session
    if question.subject_kind == POST:
        post = session.get_one(Post, question.subject_id)
        return _of_post(question, post)
    if question.subject_kind == ABSENCE:
        absence = session.get_one(Absence, question.subject_id)
        presence = session.get_one(Presence, absence.presence_id)
        if question.role == "absent":
            return {presence.staff_id}
        if question.role == "absent_head":
            return _head_above(question, presence)
    if question.subject_kind == CONCURRENCY and question.role == "decider":
        row = session.get_one(Concurrency, question.subject_id)
        return list_deciders(session, session.get_one(Post, row.post_id), row.staff_id)
    return set()


def _of_post(question: RecipientsAsked, post: Post) -> set[int]:
    position = {"post_b": "B", "post_c": "C"}.get(question.role)
    if position:
        named = {person.id for person in list_in_position(question.session, post.id, position)}
        return named | (_find_rostered(question, post) if position == "B" else set())
    if question.role == "unit_head":
        head = find_head(question.session, post.unit_id)
        return {head.id} if head else set()
    return set()


def _find_rostered(question: RecipientsAsked, post: Post) -> set[int]:
    """Whose shift it is by the roster and who has not come, such as at a desk of the night."""
    now = question.now
    plan = read_plan(question.session, get_tenant(question.session), now, now + MINUTE)
    duties = [segment.duty for segment in plan.covered.get(post.id, ())]
    return {duty.staff_id for duty in duties if duty is not None and duty.key is not None}


def _head_above(question: RecipientsAsked, presence: Presence) -> set[int]:
    """The head of the post's unit; above the head, whoever is above that unit."""
    post = question.session.get_one(Post, presence.post_id)
    head = find_head(question.session, post.unit_id)
    if head is not None and head.id == presence.staff_id:
        head = find_superior(question.session, [head.id])
    return {head.id} if head else set()


@subjects_asked.connect
def name_subjects(question: SubjectsAsked) -> dict[tuple[str, int], Subject]:
    """Posts in an alarm by their names; an absence by the name of its post."""
    session, posts = question.session, question.ids.get(POST, ())
    absences = question.ids.get(ABSENCE, ())
    found: dict[tuple[str, int], Subject] = {}
    if posts:
        for post in session.scalars(select(Post).where(Post.id.in_(posts))):
            found[(POST, post.id)] = Subject(post.name, "duty.index")
    if absences:
        rows = session.execute(
            select(Absence.id, Post.name)
            .join(Presence, Presence.id == Absence.presence_id)
            .join(Post, Post.id == Presence.post_id)
            .where(Absence.id.in_(absences))
        )
        for absence_id, name in rows:
            found[(ABSENCE, absence_id)] = Subject(name, "duty.index")
    requests = question.ids.get(CONCURRENCY, ())
    if requests:
        rows = session.execute(
            select(Concurrency.id, Post.name)
            .join(Post, Post.id == Concurrency.post_id)
            .where(Concurrency.id.in_(requests))
        )
        for row_id, name in rows:
            values = {"request_id": row_id}
            found[(CONCURRENCY, row_id)] = Subject(name, "duty.decide", values)
    return found
