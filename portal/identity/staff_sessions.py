"""What the browser's signed cookie says of a member of staff: who, since when, locked or not."""

import secrets
from datetime import datetime, timedelta
from typing import cast

from flask import g, request, session

from portal.identity.models import Staff
from portal.identity.rules import SECOND_STEP_WAITS

#: How stale the note of the last act may be before it is written again.
SEEN_EVERY = 60


def begin_session(staff: Staff, *, now: datetime) -> None:
    """Make this browser the person's; everything that was in the cookie before is dropped."""
    session.clear()
    session["institution"] = g.institution.id
    session["staff"] = staff.id
    session["stamp"] = staff.stamp
    session["since"] = secrets.token_hex(16)
    session["seen"] = int(now.timestamp())


def end_session() -> None:
    """Nobody is signed in here any more."""
    session.clear()


def keep_session(staff: Staff) -> None:
    """Let this session go on with the stamp that has just ended all others."""
    session["stamp"] = staff.stamp


def signed_in_id() -> int | None:
    """Whose session the cookie claims to be; the stamp decides whether it still is."""
    return cast("int | None", session.get("staff"))


def is_current(stamp: str) -> bool:
    """Whether the session carries the stamp of today."""
    return secrets.compare_digest(str(session.get("stamp", "")), stamp)


def session_name() -> str:
    """Tells this session from the person's others; it counts while a known device holds it."""
    return str(session.get("since", ""))


def lock_session() -> None:
    """Ask for the password before the next page."""
    session["locked"] = True


def unlock_session(*, now: datetime) -> None:
    """Go on where the screen was locked."""
    session.pop("locked", None)
    session["seen"] = int(now.timestamp())


def is_locked(*, now: datetime, idle: timedelta) -> bool:
    """Whether the screen was locked by hand or for want of any act."""
    if session.get("locked"):
        return True
    return now.timestamp() - float(session.get("seen", 0)) > idle.total_seconds()


def note_act(*, now: datetime) -> None:
    """Note that somebody is at the screen; a page that refreshes itself is no act."""
    if request.headers.get("Sec-Fetch-Dest", "document") == "empty":
        return
    if now.timestamp() - float(session.get("seen", 0)) > SEEN_EVERY:
        session["seen"] = int(now.timestamp())


def wait_for_second_step(staff: Staff, *, now: datetime) -> None:
    """Keep who gave the right password until the second factor is given; signed in is nobody."""
    session.clear()
    session["institution"] = g.institution.id
    session["waiting"] = {"staff": staff.id, "stamp": staff.stamp, "at": int(now.timestamp())}


def find_waiting(*, now: datetime) -> tuple[int, str] | None:
    """Id and stamp of the person whose second factor is asked for; None after ten minutes."""
    waiting = session.get("waiting")
    if not waiting or now.timestamp() - waiting["at"] > SECOND_STEP_WAITS.total_seconds():
        return None
    return waiting["staff"], waiting["stamp"]


def secret_to_learn(fresh: str) -> str:
    """The secret of the enrolment under way, the same until it succeeds."""
    return cast("str", session.setdefault("totp", fresh))


def forget_secret() -> None:
    """The enrolment is over."""
    session.pop("totp", None)
