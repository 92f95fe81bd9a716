"""Making an institution with one of everything, and signing its people in."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms import rules as limits
from portal.alarms.models import Alarm
from portal.alarms.services.raising import raise_due
from portal.alarms.services.watching import arm
from portal.app import FEATURES
from portal.appointments.breach_models import Breach
from portal.appointments.closure_models import ClosedBooking
from portal.appointments.models import Booking
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferKind
from portal.appointments.queries import booking_token, message_token
from portal.appointments.services.breaches import note_breach
from portal.appointments.services.complaints import send_complaint
from portal.appointments.services.feeds import make_feed
from portal.appointments.services.no_shows import object_to
from portal.appointments.services.offers import offer_place
from portal.appointments.services.window import open_visit
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_queries import offer_token, waiting_token
from portal.calendar import services as hours
from portal.calendar.hours_text import read_hours
from portal.calendar.models import ExceptionRow, HolidayRow, PatternRow, ScheduleRow
from portal.catalog.models import Fee, Offering, Post, Service, ServiceDocument
from portal.catalog.services import offers, posts, service_texts
from portal.core.actor import SYSTEM, Actor
from portal.core.base import Owned
from portal.duty.leave_models import Leave
from portal.duty.roster_models import Shift, ShiftPattern
from portal.files.services import attach
from portal.identity.contacts import Address
from portal.identity.models import RoleAssignment, Staff, Unit
from portal.identity.passwords import hash_password
from portal.identity.services import arranging, staffing
from portal.identity.services.contacts import note_contact
from portal.matters.assistance_models import Assistance
from portal.matters.intake_rules import Channel, Confirmation, Identity, Kind
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.matters.services.assisting import ask_help, escalate
from portal.matters.services.demanding import demand_paper
from portal.matters.services.opening import Account, Bringer, open_matter
from portal.matters.services.recording import Head, acknowledge, confirm, report
from portal.matters.services.referring import give_back, refer
from portal.tenancy import services as tenancy
from portal.tenancy.queries import list_versions
from tests.support import closing
from tests.support.attaching import checked, paper
from tests.support.citizens import ask_code, prove
from tests.support.duty_objects import be_on_duty
from tests.support.handover_objects import hand_over
from tests.support.inhabited import Inhabited
from tests.support.missing import add_missed
from tests.support.notices import give
from tests.support.pages import Page, post
from tests.support.waiting import joining, slots_of
from tests.support.walks import book_online, bookings, choose_time, give_details, sign_in
from tests.support.world import (
    PASSWORD,
    SHANGHAI,
    add_staff,
    furnish,
    local,
    make_institution,
)

PERMISSIONS = [entry.code for feature in FEATURES for entry in feature.permissions]
OTHER_PHONE = "13987654321"
#: The day of the second booking, which can still be moved and cancelled.
LATER = "2026-11-26"
#: What the telephone of the person who waits at the second step has learnt.
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


CITIZENS = (
    "stranger",
    "citizen",
    "other citizen",
    "visitor with a kept time",
    "citizen with a kept time",
    "visitor with a code",
    "citizen with a new number",
)


def inhabit(app: Flask, slug: str = "qingxi", *, house: str = "town") -> Inhabited:
    """An institution with one of everything and its people signed in."""
    world = make_institution(app, slug, house=house)
    furnish(world)
    number = f"A{world.id}"
    admin_id = add_staff(world, number, PERMISSIONS)
    own = Inhabited(world, {"administrator_id": admin_id})
    add_staff(world, "C1", [])
    with app.app_context():
        password_hash = hash_password(PASSWORD)
    actor = Actor("staff", admin_id)
    own.objects |= world.do(lambda session: _arrange(session, world.now, actor, password_hash))
    own.objects |= world.do(lambda session: _plan(session, world.now, actor, own.objects))
    own.objects |= world.do(lambda session: _name(session, world.now, actor))
    world.publish()
    own.people = {
        "administrator": sign_in(world, number),
        "member without permission": sign_in(world, "C1"),
        "member of another unit": sign_in(world, "U1"),
        "newcomer": sign_in(world, "P3"),
        "member behind a locked screen": sign_in(world, "L1"),
        "member at the second step": sign_in(world, "T1"),
        **{name: world.client() for name in CITIZENS},
    }
    locked = own.people["member behind a locked screen"]
    post(locked, Page(locked.get(f"/{slug}/work/account/")), action="/work/lock/")
    own.objects |= _book(own)
    own.objects |= world.do(lambda session: _let_down(session, world.now))
    own.objects |= _wait(own)
    booking_id = own.objects["booking_id"]
    own.objects |= world.do(lambda session: _miss(session, booking_id, world.now))
    own.objects |= _close(own)
    own.objects |= world.do(lambda session: _bring(session, world.now, actor))
    own.objects |= world.do(lambda session: _roster(session, world.now, own.objects))
    post_id = own.objects["post_id"]
    own.objects |= world.do(lambda session: be_on_duty(session, world.now, actor, post_id))
    own.objects |= hand_over(world, admin_id)
    own.objects["alarm_id"] = world.do(lambda session: _watch(session, world.now, admin_id))
    return own


def _arrange(session: Session, now: datetime, actor: Actor, password_hash: str) -> dict[str, int]:
    """Units, roles and people."""
    hall = session.scalars(select(Unit)).one()

    def unit(code: str) -> Unit:
        name = {"zh_Hant": f"單位{code}", "en": f"Unit {code}"}
        return arranging.add_unit(
            session, code=code, name=name, parent_id=None, actor=actor, now=now
        )

    def role(code: str, permissions: list[str]) -> int:
        return arranging.add_role(
            session,
            code=code,
            name={"zh_Hant": f"角色{code}", "en": f"Role {code}"},
            permissions=permissions,
            needs_second_factor=False,
            actor=actor,
            now=now,
        ).id

    def person(number: str) -> Staff:
        return staffing.add_staff(
            session,
            details=staffing.Details(number, "李四", hall.id, phone="13700000001"),
            password_hash=password_hash,
            actor=actor,
            now=now,
        )

    annex, closed, spare = unit("annex"), unit("cellar"), unit("attic")
    arranging.close_unit(session, unit_id=closed.id, actor=actor, now=now)
    keeper = role("keeper", sorted(PERMISSIONS))
    colleague, left, away = person("P1"), person("P2"), person("U1")
    person("P3")
    locked, waiting = person("L1"), person("T1")
    for settled in (away, locked, waiting):
        settled.must_change_password = False
    waiting.totp_secret = TOTP_SECRET
    staffing.grant_role(
        session, staff_id=away.id, role_id=keeper, unit_id=annex.id, actor=actor, now=now
    )
    granted: RoleAssignment = staffing.grant_role(
        session, staff_id=colleague.id, role_id=keeper, unit_id=annex.id, actor=actor, now=now
    )
    staffing.let_go(session, staff_id=left.id, actor=actor, now=now)
    return {
        "unit_id": annex.id,
        "spare_unit_id": spare.id,
        "closed_unit_id": closed.id,
        "role_id": keeper,
        "spare_role_id": role("spare", []),
        "staff_id": colleague.id,
        "left_staff_id": left.id,
        "grant_id": granted.id,
    }


def _plan(session: Session, now: datetime, actor: Actor, known: dict[str, Any]) -> dict[str, int]:
    """Hours, fees and windows to come."""
    schedule = session.scalars(select(ScheduleRow)).one()
    service = session.scalars(select(Service)).one()
    post = session.scalars(select(Post)).one()
    today = now.astimezone(SHANGHAI).date()
    day: dict[str, Any] = {"today": today, "actor": actor, "now": now}
    morning = read_hours("9:00-12:00")
    hours.set_week(
        session,
        schedule=schedule,
        valid_from=date(2027, 1, 4),
        week=[morning] * 5 + [(), ()],
        holiday=(),
        makeup=None,
        **day,
    )
    hours.set_exception(
        session,
        schedule=schedule,
        day=date(2026, 12, 24),
        hours=(),
        reason={"zh_Hant": "盤點", "en": "Stocktaking"},
        **day,
    )
    hours.set_holiday(
        session,
        day=date(2026, 12, 25),
        kind="holiday",
        name={"zh_Hant": "節", "en": "Feast"},
        **day,
    )
    offers.add_fee(
        session,
        service=service,
        amount=Decimal("12.50"),
        basis={},
        valid_from=date(2027, 1, 1),
        **day,
    )
    for kind in ("step", "ground"):
        for text in ("一", "二"):
            values = {"text": {"zh_Hant": text}, **({"basis": {}} if kind == "ground" else {})}
            service_texts.add_line(
                session, service=service, kind=kind, values=values, actor=actor, now=now
            )
    posts.assign_staff(
        session, post=post, staff_id=known["staff_id"], position="A", actor=actor, now=now
    )
    details = posts.PostDetails(
        unit_id=post.unit_id,
        code="w4",
        name={"zh_Hant": "四號窗口", "en": "Window 4"},
        plate="4",
        place={},
        way={},
        schedule_id=None,
        position=4,
    )
    closed = posts.create_post(session, details=details, actor=actor, now=now)
    posts.set_post_active(session, post=closed, is_active=False, actor=actor, now=now)
    return {
        "closed_post_id": closed.id,
        "pattern_id": session.scalars(
            select(PatternRow.id).where(PatternRow.valid_from == date(2027, 1, 4))
        ).one(),
    }


def _begin_settings(session: Session, now: datetime, actor: Actor) -> int:
    """A planned version whose number no institution made before has."""
    newest = list_versions(session)[0]

    def change(valid_from: datetime, expected: int) -> int:
        return tenancy.change_settings(
            session,
            sections={"words": newest.document["words"]},
            expected=expected,
            valid_from=valid_from,
            actor=actor,
            now=now,
        )

    number = newest.number
    while number < newest.institution_id:
        number = change(now, number)
    return change(datetime.combine(date(2027, 2, 1), time(), SHANGHAI), number)


def _name(session: Session, now: datetime, actor: Actor) -> dict[str, Any]:
    """The rest of the examples."""
    only: dict[str, type[Owned]] = {
        "service_id": Service,
        "schedule_id": ScheduleRow,
        "exception_id": ExceptionRow,
        "holiday_id": HolidayRow,
        "fee_id": Fee,
        "line_id": ServiceDocument,
    }
    found = {name: session.scalars(select(kind.id)).one() for name, kind in only.items()}
    post_id = session.scalars(select(Offering.post_id)).one()
    visit = open_visit(
        session,
        service_id=found["service_id"],
        post_id=post_id,
        name="王五",
        today=now.astimezone(SHANGHAI).date(),
        actor=actor,
        now=now,
    )
    assert actor.id is not None
    feed, link = make_feed(
        session, post_id=post_id, staff_id=actor.id, language="en", actor=actor, now=now
    )
    return {
        **found,
        "post_id": post_id,
        "visit_id": visit.id,
        "feed_id": feed.id,
        "link": link,
        "number": _begin_settings(session, now, actor),
    }


def _wait(own: Inhabited) -> dict[str, Any]:
    """Four who wait, a place kept for each of the first three until the evening."""
    world = own.world
    waiting = [world.do(joining(world, number)) for number in range(4)]
    slots = slots_of(world)[-3:]

    def keep(session: Session, number: int) -> Offer:
        session.get_one(Waiting, waiting[number].id).state = "offered"
        return offer_place(
            session,
            slot_id=slots[number].id,
            kind=OfferKind.WAITING,
            contact_id=waiting[number].contact_id,
            waiting_id=waiting[number].id,
            expires_at=world.now + timedelta(hours=12),
            actor=SYSTEM,
            now=world.now,
        )

    kept = [world.do(partial(keep, number=number)) for number in range(3)]
    return world.do(
        lambda _session: {
            "waiting_id": waiting[0].id,
            "waiting_token": waiting_token(waiting[0].id),
            "offer_id": kept[0].id,
            "offer_token": offer_token(kept[0]),
            "other_offer_id": kept[1].id,
            "other_offer_token": offer_token(kept[1]),
            "third_waiting_id": waiting[2].id,
            "last_waiting_id": waiting[3].id,
            "last_waiting_token": waiting_token(waiting[3].id),
        }
    )


def _book(own: Inhabited) -> dict[str, Any]:
    """A booking of each of two citizens, and the service under a code of its own."""
    world = own.world
    prove(own.people["citizen"], world)
    prove(own.people["other citizen"], world, contact=OTHER_PHONE)
    prove(own.people["citizen with a new number"], world, contact="13911110001")
    page = book_online(own.people["citizen"], world)
    other = book_online(
        own.people["other citizen"], world, name="趙六", contact=OTHER_PHONE, day=LATER
    )
    assert page.status == other.status == 200, page.text
    booking_id = bookings(world)[0].id
    on_the_way = own.people["visitor with a kept time"]
    give_details(on_the_way, choose_time(on_the_way, world), contact="13911110002")
    choose_time(own.people["citizen with a kept time"], world)
    prove(own.people["citizen with a kept time"], world, contact="13911110003")
    ask_code(own.people["visitor with a code"], world, contact="13911110004")
    moving = own.people["citizen with a new number"]
    post(moving, Page(moving.get(f"/{world.slug}/me/contact/")), contact="13911110005")

    def rename(session: Session) -> str:
        service = session.scalars(select(Service)).one()
        service.code = f"birth-{world.slug}"
        return service.code

    return {
        "code": world.do(rename),
        "booking_id": booking_id,
        "served_id": booking_id,
        **dict(zip(("reference", "token"), _parts(page), strict=True)),
        **dict(zip(("other_reference", "other_token"), _parts(other), strict=True)),
    }


def _let_down(session: Session, now: datetime) -> dict[str, Any]:
    """Two bookings of yesterday that the office broke; about the second there is a complaint."""
    booked = session.scalars(select(Booking).order_by(Booking.id.desc()).limit(1)).one()
    starts_at = now - timedelta(days=1)
    found: dict[str, Any] = {}
    for number, what in enumerate(("broken", "complained")):
        booking = Booking(
            reference=f"Z{booked.institution_id:05d}{number}",
            service_id=booked.service_id,
            post_id=booked.post_id,
            slot_id=booked.slot_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            local_date=starts_at.astimezone(SHANGHAI).date(),
            state="arrived",
            channel="phone",
            contact_id=booked.contact_id,
            name="何九",
            language="zh_Hant",
            is_overbooked=True,
            arrived_at=starts_at,
            created_at=starts_at - timedelta(days=1),
        )
        session.add(booking)
        session.flush()
        note_breach(session, booking=booking, now=now)
        found[f"{what}_reference"] = booking.reference
        found[f"{what}_token"] = message_token(booking.reference)
    latest = session.scalars(select(Breach).order_by(Breach.id.desc()).limit(1)).one()
    citizen = Actor("citizen", booked.contact_id)
    send_complaint(session, breach=latest, words="等了很久", actor=citizen, now=now)
    return {**found, "breach_id": latest.id}


def _miss(session: Session, booking_id: int, now: datetime) -> dict[str, int]:
    """Two missed appointments of the citizen, and a claim to priority to be verified."""
    booking = session.get_one(Booking, booking_id)
    booking.priority = "elderly"
    earlier = now - timedelta(hours=1)
    first, second = (
        add_missed(session, booking, reference=reference, starts_at=earlier, now=now)
        for reference in ("Y000001", "Y000002")
    )
    object_to(session, no_show=second, words="我在", actor=SYSTEM, now=now)
    return {
        "missed_booking_id": first.booking_id,
        "no_show_id": first.id,
        "objected_no_show_id": second.id,
    }


def _watch(session: Session, now: datetime, staff_id: int) -> int:
    """A limit of something that nobody answers for, so that whoever oversees is told of it."""
    limit = limits.Limit("pretended", 1, "AL-04")
    level = limits.Level(limits.Wait(0), ("holder",), limits.Kind.ESCALATE)
    watch = arm(session, limit=limit, ladder=(level,), due_at=now, actor=SYSTEM, now=now)
    raise_due(session, now)
    raised = select(Alarm.id).where(Alarm.recipient_id == staff_id, Alarm.watch_id == watch.id)
    return session.scalars(raised).one()


def _close(own: Inhabited) -> dict[str, Any]:
    """Half an hour that closed, and somebody who was moved and has not answered yet."""
    world = own.world
    at = local(date(2026, 11, 27), 16)
    moved = closing.book(world, at, who="吳八", phone="+8613911110009")
    closure_id = closing.close(world, at, at + timedelta(minutes=30))
    closing.settle_all(world)
    [row] = world.do(lambda session: list(session.scalars(select(ClosedBooking))))
    return {
        "closure_id": closure_id,
        "row_id": row.id,
        "moved_reference": moved.reference,
        "moved_token": world.do(lambda _session: booking_token(moved.reference)),
    }


def _bring(session: Session, now: datetime, actor: Actor) -> dict[str, Any]:
    """A matter that was reported, and one that nobody has read back yet."""
    assert actor.id is not None
    hall = session.scalars(select(Unit).where(Unit.code == "hall")).one()
    hall.head_id = actor.id
    known: dict[str, Any] = {"actor": actor, "now": now}
    # Nobody decides in one's own dispute.
    elsewhere = session.scalars(select(Staff.id).where(Staff.number == "U1")).one()
    # No number of one institution is one of the other.
    prefix = "T" + chr(ord("A") + hall.institution_id)
    first, other, disputed, fresh = (
        open_matter(
            session,
            account=Account(Kind.ENQUIRY, Channel.PHONE, title, "問了兩次"),
            bringer=Bringer(Identity.NAMED, name="鄭十"),
            first_asked_id=asked_id,
            prefix=prefix,
            zone=SHANGHAI,
            **known,
        )
        for title, asked_id in (
            ("周末辦不辦公", actor.id),
            ("停車收不收費", actor.id),
            ("水溝誰來清", elsewhere),
            ("怎麼辦出生登記", actor.id),
        )
    )
    # The examples are papers, which can be read as text; pages show photos as well.
    paper_of_first, paper_of_other = (
        attach(
            session,
            subject=("matter", matter.id),
            files=[checked(paper(), "表.pdf"), checked()],
            **known,
        )[0].id
        for matter in (first, other)
    )
    reached = Address("phone", "+8613911110008")
    fresh.contact_id = note_contact(session, address=reached, language="zh_Hant", now=now).id
    confirm(session, matter=first, version=1, way=Confirmation.WORD, hours=72, **known)
    report(session, matter=first, version=2, head=Head(hall.id, actor.id), **known)
    _return_twice(session, disputed, actor, now)
    helps = [
        _ask_for_help(session, title, helper=helper, prefix=prefix, now=now)
        for title, helper in (
            ("借一臺水泵", actor.id),
            ("借兩張桌子", actor.id),
            ("借一輛車", elsewhere),
        )
    ]
    escalate(
        session, row=helps[2], version=0, reason="車在修", actor=Actor("staff", elsewhere), now=now
    )
    notice, other_notice, disputed_notice = (
        give(session, matter, actor=actor, now=now) for matter in (first, other, disputed)
    )
    signal = demand_paper(
        session,
        notice=notice,
        matter=first,
        version=first.version,
        paper="照片",
        reason="上級要求",
        actor=Actor("staff", elsewhere),
        now=now,
    )
    return {
        "help_id": helps[0].id,
        "other_help_id": helps[1].id,
        "escalated_help_id": helps[2].id,
        "notice_id": notice.id,
        "other_notice_id": other_notice.id,
        "disputed_notice_id": disputed_notice.id,
        "fresh_matter_id": fresh.id,
        "fresh_serial": fresh.reference,
        "fresh_matter_token": matter_token(fresh.reference),
        "signal_id": signal.id,
        "matter_id": first.id,
        "serial": first.reference,
        "matter_token": matter_token(first.reference),
        "attachment_id": paper_of_first,
        "hall_id": hall.id,
        "disputed_matter_id": disputed.id,
        "other_matter_id": other.id,
        "other_attachment_id": paper_of_other,
        "other_serial": other.reference,
        "other_matter_token": matter_token(other.reference),
    }


def _ask_for_help(
    session: Session, title: str, *, helper: int, prefix: str, now: datetime
) -> Assistance:
    """A matter that a colleague holds and in which somebody is asked for help."""
    colleague = session.scalars(select(Staff.id).where(Staff.number == "C1")).one()
    known: dict[str, Any] = {"actor": Actor("staff", colleague), "now": now}
    matter = open_matter(
        session,
        account=Account(Kind.ENQUIRY, Channel.PHONE, title, "明天要用"),
        bringer=Bringer(Identity.NAMED, name="鄭十"),
        first_asked_id=colleague,
        prefix=prefix,
        zone=SHANGHAI,
        **known,
    )
    confirm(session, matter=matter, version=1, way=Confirmation.WORD, hours=72, **known)
    hall = session.scalars(select(Unit.id).where(Unit.code == "hall")).one()
    report(session, matter=matter, version=2, head=Head(hall, colleague), **known)
    acknowledge(session, matter=matter, version=3, **known)
    return ask_help(
        session, matter=matter, version=4, helper_id=helper, words="請幫忙", day=None, **known
    )


def _return_twice(session: Session, matter: Matter, actor: Actor, now: datetime) -> None:
    """A matter that a colleague does not want, so that somebody above decides."""
    colleague = session.scalars(select(Staff.id).where(Staff.number == "C1")).one()
    confirm(
        session, matter=matter, version=1, way=Confirmation.WORD, hours=72, actor=actor, now=now
    )
    for _time in range(2):
        refer(
            session,
            matter=matter,
            version=matter.version,
            recipient_id=colleague,
            words="請清水溝",
            papers="",
            minutes=30,
            actor=actor,
            now=now,
        )
        give_back(
            session,
            matter=matter,
            version=matter.version,
            reason="不是我們清",
            actor=Actor("staff", colleague),
            now=now,
        )


def _parts(page: Page) -> list[str]:
    """Reference and token of the page of a booking."""
    return page.path.split("/")[3:5]


def _roster(session: Session, now: datetime, known: dict[str, Any]) -> dict[str, int]:
    """A shift, a pattern that begins later, and leave of a colleague and of the administrator.

    All leave is on Sundays, on which no post needs anybody.
    """
    shift = Shift(
        post_id=known["post_id"],
        staff_id=known["staff_id"],
        part="override",
        starts_at=local(date(2026, 12, 1), 9),
        ends_at=local(date(2026, 12, 1), 12),
    )
    pattern = ShiftPattern(
        post_id=known["post_id"],
        name={"zh_Hant": "早班", "en": "Early shift"},
        start_minute=540,
        end_minute=720,
        cycle_days=7,
        anchor=date(2027, 5, 3),
        days=[0],
        staff_a_id=known["staff_id"],
    )

    def leave(day: date, staff_id: int, cover_id: int | None) -> Leave:
        return Leave(
            staff_id=staff_id,
            from_at=local(day, 0),
            until_at=local(day, 23),
            kind="annual",
            reason="家裡有事",
            cover_staff_id=cover_id,
            asked_at=now,
        )

    colleague, administrator = known["staff_id"], known["administrator_id"]
    first = leave(date(2026, 12, 6), colleague, administrator)
    second = leave(date(2026, 12, 13), colleague, administrator)
    own = leave(date(2026, 12, 6), administrator, None)
    session.add_all([shift, pattern, first, second, own])
    session.flush()
    return {
        "shift_id": shift.id,
        "shift_pattern_id": pattern.id,
        "leave_id": first.id,
        "other_leave_id": second.id,
        "own_leave_id": own.id,
    }
