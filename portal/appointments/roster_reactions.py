"""Capacity follows the roster: whom an empty window hits, and closing its hours with the change."""

from datetime import timedelta

from portal.appointments.cover import Cover, Scope, read_cover
from portal.appointments.reactions import list_affected
from portal.appointments.services.closing import close_hours_of_post
from portal.appointments.services.reopening import reopen_kept
from portal.calendar.affected import Affected
from portal.catalog.queries import get_post
from portal.core.listing import Listing
from portal.duty.events import (
    CoverageChanged,
    CoverageChanging,
    CoverageKept,
    Uncovered,
    coverage_changed,
    coverage_changing,
    coverage_kept,
)
from portal.tenancy.queries import get_tenant


@coverage_changing.connect
def list_impacts(question: CoverageChanging) -> Affected:
    """Who is expected at a post while nobody would be there, the posts one after the other."""
    session, now = question.session, question.now
    if not question.stretches:
        return Affected(Listing([], 1, 0), 0)
    cover = read_cover(session, get_tenant(session), now=now)
    for stretch in question.stretches:
        cover = cover.with_closed(stretch.post_id, (stretch.start, stretch.end))
    scope = _scope_of(cover, *question.stretches)
    return list_affected(session, cover, scope, page=question.page, now=now)


@coverage_changed.connect
def close_uncovered(event: CoverageChanged) -> None:
    """Close the hours: nobody else books them, and whoever is booked is moved or told."""
    for each in event.stretches:
        close_hours_of_post(
            event.session,
            post=get_post(event.session, each.post_id),
            from_at=each.start,
            until_at=each.end,
            reason={},
            is_from_roster=True,
            actor=event.actor,
            now=event.now,
        )


@coverage_kept.connect
def open_kept(event: CoverageKept) -> None:
    """Open the hours again that were closed since nobody kept them."""
    reopen_kept(event.session, post_ids=event.post_ids, actor=event.actor, now=event.now)


def _scope_of(cover: Cover, *stretches: Uncovered) -> Scope:
    """The posts, and the days on which what is booked there may lie in it."""
    first = min(each.start for each in stretches).astimezone(cover.zone).date()
    last = max(each.end for each in stretches).astimezone(cover.zone).date()
    posts = frozenset(each.post_id for each in stretches)
    return Scope(posts, first - timedelta(days=1), last)
