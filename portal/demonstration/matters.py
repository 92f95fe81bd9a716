"""Matters of the last days: one of each kind of stage, with words that fit the institution."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.queries import list_posts
from portal.core.actor import Actor
from portal.demonstration.people import BROUGHT, invent_name, invent_phone
from portal.demonstration.scene import Scene
from portal.demonstration.turns import plan_turns
from portal.identity.contacts import Address
from portal.identity.models import Staff
from portal.identity.queries.heads import find_head
from portal.identity.services.contacts import note_contact
from portal.matters.intake_rules import Channel, Confirmation, Identity, Kind, Told
from portal.matters.models import Matter
from portal.matters.rules import State
from portal.matters.services import handling, opening, recording
from portal.matters.services.opening import Account, Bringer
from portal.matters.services.recording import Head
from portal.tenancy.queries import get_settings

#: How far each of them has come, and hours since it was taken up.
STAGES = (
    (State.IN_PROGRESS, 70),
    (State.REPORTED, 1),
    (State.DONE, 40),
    (State.TOLD, 60),
    (State.RECEIVED, 0),
    (State.IN_PROGRESS, 80),
)
STEP = timedelta(minutes=12)


@dataclass
class _Case:
    """A matter on its way, with the people who have to do with it."""

    session: Session
    matter: Matter
    first: Actor
    head: Staff
    at: datetime

    def now(self) -> datetime:
        """A little later with every step."""
        self.at += STEP
        return self.at


def bring_matters(scene: Scene) -> None:
    """Six that staff took up in their turns, in the order of time, and one that came online."""
    turns = plan_turns(scene)
    brought = BROUGHT.get(scene.tenant.house, BROUGHT["town"])
    clerks = [scene.clerks[post_id] for post_id in sorted(scene.clerks)]
    taken = []
    for number, (told, (state, hours)) in enumerate(zip(brought, STAGES, strict=True)):
        first = clerks[number % len(clerks)]
        at = scene.now - timedelta(hours=hours, minutes=STEP.seconds // 60 * 8 if hours else 5)
        taken.append((at, told, first, state))
    for at, told, first, state in sorted(taken, key=lambda each: each[0]):
        turns.play(at)
        _bring(scene, told, first, at, state)
    turns.play(scene.now)
    posts = list_posts(scene.session)
    code, title, place, body, _result = brought[1]
    opening.submit_matter(
        scene.session,
        account=Account(Kind(code), Channel.ONLINE, title, body, place),
        bringer=Bringer(Identity.UNVERIFIED, name=invent_name(scene.random)),
        post_id=posts[0].id,
        prefix=_prefix(scene),
        zone=scene.tenant.zone,
        now=scene.now - timedelta(minutes=20),
    )


def _prefix(scene: Scene) -> str:
    return get_settings(scene.session, scene.tenant, at=scene.now).matters.prefix


def _bring(
    scene: Scene, told: tuple[str, str, str, str, str], first: Actor, at: datetime, goal: State
) -> None:
    session = scene.session
    assert first.id is not None
    code, title, place, body, result = told
    address = Address("phone", invent_phone(scene.random))
    contact = note_contact(session, address=address, language="zh_Hant", now=at)
    matter = opening.open_matter(
        session,
        account=Account(Kind(code), Channel.PHONE, title, body, place),
        bringer=Bringer(Identity.NAMED, invent_name(scene.random), contact.id),
        first_asked_id=first.id,
        prefix=_prefix(scene),
        zone=scene.tenant.zone,
        actor=first,
        now=at,
    )
    unit_id = session.scalars(select(Staff.unit_id).where(Staff.id == first.id)).one()
    head = find_head(session, unit_id)
    assert head is not None
    _go_on(_Case(session, matter, first, head, at), unit_id, result, goal)


def _go_on(case: _Case, unit_id: int, result: str, goal: State) -> None:
    """The straight way, as far as the goal."""
    session, matter, first = case.session, case.matter, case.first
    head = Actor("staff", case.head.id)

    def known(actor: Actor) -> dict[str, Any]:
        return {"matter": matter, "version": matter.version, "actor": actor, "now": case.now()}

    way: tuple[Callable[[], None], ...] = (
        lambda: recording.confirm(session, way=Confirmation.WORD, hours=72, **known(first)),
        lambda: recording.report(session, head=Head(unit_id, case.head.id), **known(first)),
        lambda: recording.acknowledge(session, **known(head)),
        lambda: handling.finish(session, result=result, **known(head)),
        lambda: handling.feed_back(session, **known(first)),
        lambda: handling.tell(session, words=result, way=Told.PHONE, **known(first)),
    )
    for make in way:
        if matter.state == goal:
            return
        make()
