"""Reads of how the handovers of a month went (RP-04)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.duty.kept import Scope
from portal.handover.compliance_rules import Verdict, judge
from portal.handover.models import Handover, HandoverItem
from portal.handover.rules import Kind, Reason, State


@dataclass(frozen=True)
class Given:
    """A handover as the report sees it."""

    id: int
    post_id: int
    verdict: Verdict


@dataclass(frozen=True)
class Listed:
    """What stood on the list of a handover: matters, appointments, and all else."""

    matters: int = 0
    appointments: int = 0
    things: int = 0


def list_given(session: Session, scope: Scope) -> dict[int, list[Given]]:
    """The handovers that were made in a span, by post and in order; one statement."""
    made = Handover
    rows = session.execute(
        select(
            made.id,
            made.post_id,
            made.state,
            made.due_at,
            made.owed_until,
            made.giver_signed_at,
            made.receiver_signed_at,
        )
        .where(
            made.made_at >= scope.begin,
            made.made_at < scope.end,
            made.post_id.in_(select(Post.id).where(scope.posts)),
        )
        .order_by(made.made_at, made.id)
    )
    found: dict[int, list[Given]] = defaultdict(list)
    for row_id, post_id, state, due_at, owed_until, giver_at, receiver_at in rows:
        verdict = judge(
            State(state),
            due_at=owed_until or due_at,
            giver_signed_at=giver_at,
            receiver_signed_at=receiver_at,
            now=scope.now,
        )
        found[post_id].append(Given(row_id, post_id, verdict))
    return found


def list_by_id(session: Session, ids: Sequence[int]) -> list[Handover]:
    """Some handovers in the order of their ids given."""
    by_id = {row.id: row for row in session.scalars(select(Handover).where(Handover.id.in_(ids)))}
    return [by_id[each] for each in ids]


def count_listed(session: Session, ids: Collection[int]) -> dict[int, Listed]:
    """What stood on some lists; one statement."""
    kinds = [str(kind) for kind in (Kind.MATTER, Kind.APPOINTMENT)]
    group = case(*((HandoverItem.kind == kind, kind) for kind in kinds), else_="")
    counted = (
        select(HandoverItem.handover_id, group.label("what"), func.count(HandoverItem.id))
        .where(HandoverItem.handover_id.in_(sorted(ids)))
        .group_by(HandoverItem.handover_id, "what")
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for handover_id, what, number in session.execute(counted):
        found[handover_id][what] = number
    return {
        handover_id: Listed(*(numbers.get(what, 0) for what in (*kinds, "")))
        for handover_id, numbers in found.items()
    }


def due_of(row: Handover) -> datetime | None:
    """By when both were to have signed."""
    return row.owed_until if row.reason == Reason.EMERGENCY else row.due_at
