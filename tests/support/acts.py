"""Every form of the portal, how a person fills it in, and what the ledger says of it."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyotp
from flask.testing import FlaskClient

from tests.support.attaching import photo
from tests.support.handover import PIN
from tests.support.inhabited import Inhabited, build, own_rules
from tests.support.inhabiting import TOTP_SECRET
from tests.support.pages import Page
from tests.support.walks import code_sent
from tests.support.world import PASSWORD

ADMINISTRATOR = "administrator"
SIGNED = {"code": PIN}
NEW_PASSWORD = "three lamps over the quiet river"
Boxes = dict[str, Any] | Callable[[Inhabited, Page], dict[str, Any]]


@dataclass(frozen=True)
class Act:
    """A form that somebody fills in and sends."""

    endpoint: str
    #: What the ledger says of it, in order; nothing only with a reason.
    codes: tuple[str, ...]
    boxes: Boxes = field(default_factory=dict)
    who: str = ADMINISTRATOR
    #: The page with the form, when it is not the address itself.
    page: str = ""
    #: Parts of the address that are not the usual example.
    parts: dict[str, Any] = field(default_factory=dict)
    #: Objects in the address that are not the usual example, by their names.
    objects: dict[str, str] = field(default_factory=dict)
    #: What is asked of the page.
    question: str = ""
    #: Whether a page asks once more before it is done.
    is_asked_again: bool = False
    #: Why it leaves no line.
    reason: str = ""


def name(text: str = "新名", box: str = "name") -> dict[str, str]:
    """A text in the institution's language."""
    return {f"{box}-zh_Hant": text}


def sent_code(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"code": code_sent(own.world)}


def shown_code(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"code": pyotp.TOTP(TOTP_SECRET).at(own.world.now)}


def later_code(own: Inhabited, _page: Page) -> dict[str, Any]:
    """A code is taken once; the next one comes half a minute later."""
    own.world.wait(seconds=30)
    return {"code": pyotp.TOTP(TOTP_SECRET).at(own.world.now)}


def learnt_code(own: Inhabited, page: Page) -> dict[str, Any]:
    found = re.search(r"[A-Z2-7]{32}", page.text.replace(" ", ""))
    assert found
    return {"code": pyotp.TOTP(found[0]).at(own.world.now)}


def person_boxes(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"name": "周九", "agreed": "y", "priority": "", "for_other": ""}


def chosen_pin(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"password": PASSWORD, "pin": PIN, "again": PIN}


def to_third(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"receiver": own.objects["third_id"]}


def in_emergency(own: Inhabited, _page: Page) -> dict[str, Any]:
    people = {"giver": own.objects["second_id"], "receiver": own.objects["third_id"]}
    return {**people, **SIGNED, **WORDS}


def changed_password(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"password": PASSWORD, "new_password": NEW_PASSWORD, "again": NEW_PASSWORD}


def chosen_password(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"new_password": NEW_PASSWORD, "again": NEW_PASSWORD}


def first_slot(_own: Inhabited, page: Page) -> dict[str, Any]:
    return {"slot": page.values("slot")[0]}


def last_slot(_own: Inhabited, page: Page) -> dict[str, Any]:
    return {"slot": page.values("slot")[-1]}


def desk_boxes(own: Inhabited, page: Page) -> dict[str, Any]:
    return {**last_slot(own, page), "name": "孫七", "contact": "13511110000"}


def next_boxes(own: Inhabited, page: Page) -> dict[str, Any]:
    return {**last_slot(own, page), "name": "張麗華", "contact": "", "purpose": "補件"}


def colleague(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"colleague": own.objects["administrator_id"]}


def assigned(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"staff": own.objects["staff_id"]}


def table_of_people(_own: Inhabited, _page: Page) -> dict[str, Any]:
    rows = "number,name,unit,role\nI1,錢八,hall,keeper\n"
    return {"file": (io.BytesIO(rows.encode()), "people.csv")}


def heard(_own: Inhabited, _page: Page) -> dict[str, Any]:
    boxes = {"channel": "phone", "title": "門口燈不亮", "body": "晚上看不見", "name": "褚七"}
    return {**boxes, "photos": one_photo()}


def one_photo() -> tuple[io.BytesIO, str]:
    return io.BytesIO(photo()), "門口.jpg"


def photo_alone(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"photos": one_photo()}


def told_online(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"title": "幾點開門", "photos": one_photo()}


def said_more(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {**WORDS, "photos": one_photo()}


def booked_pair(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"reference": own.objects["reference"], "contact": "13812345678"}


def own_booking(own: Inhabited, _page: Page) -> dict[str, Any]:
    objects = own.objects
    address = f"/b/{objects['reference']}/{objects['token']}/"
    return {"code": address, "last_four": ""}


def waiting_boxes(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"name": "鄭三", "agreed": "y", "priority": "", "for_other": ""}


def desk_waiting_boxes(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"name": "馮四", "contact": "13511110002"}


def paper_boxes(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {f"arrived_{own.objects['booking_id']}": "08:30"}


def hall(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"unit": own.objects["hall_id"]}


def to_clerk(_own: Inhabited, page: Page) -> dict[str, Any]:
    """Whoever has the number C1."""
    found = re.search(r'<option value="(\d+)">[^<]*\bC1\b', page.text)
    assert found
    return {"colleague": found[1]}


def all_originals(_own: Inhabited, page: Page) -> dict[str, Any]:
    boxes = set(re.findall(r'name="(originals_\d+)"', page.text))
    return dict.fromkeys(boxes, "y")


WORDS = {"words": "補充一句"}


def later_shift(own: Inhabited, _page: Page) -> dict[str, Any]:
    times = {"starts": "09:00", "ends": "12:00", "anchor": "2027-05-03", "days": "1,2"}
    return {**name("晚班"), **times, "staff_a": own.objects["staff_id"]}


def to_be_signed(own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"staff": own.objects["asking_id"]}


def to_be_qualified(own: Inhabited, _page: Page) -> dict[str, Any]:
    objects = own.objects
    return {
        "staff": objects["asking_id"],
        "service": objects["notary_id"],
        "valid_until": "2027-12-31",
    }


def on_sunday(_own: Inhabited, _page: Page) -> dict[str, Any]:
    return {"starts": "2026-12-20T08:00", "ends": "2026-12-20T20:00"}


def away_on_sunday(own: Inhabited, page: Page) -> dict[str, Any]:
    return {**on_sunday(own, page), "staff": own.objects["staff_id"], "reason": "住院"}


def decide(_own: Inhabited, page: Page) -> dict[str, Any]:
    return {**WORDS, "taker": page.values("taker")[0]}


OTHER_MATTER = {"matter_id": "other_matter_id"}
OTHER_LINK = {"serial": "other_serial", "matter_token": "other_matter_token"}
HELD = "a kept time is no promise yet; it runs out by itself"
SENDS = "only sends a code; what the code opens is written down"
LOOKS = "only looks something up"
DEVICE = "only opens or wipes a browser of the citizen's own"
#: The booking that can still be moved and cancelled.
LATER = {"reference": "other_reference", "token": "other_token"}
OTHER_OFFER = {"offer_id": "other_offer_id", "offer_token": "other_offer_token"}
LAST_WAITING = {"waiting_id": "last_waiting_id", "waiting_token": "last_waiting_token"}
BOOKED_FROM_LIST = (
    "appointments.booking.made",
    "appointments.waiting.booked",
    "appointments.offer.taken",
)
#: The booking that was moved because its time closed, and waits for an answer.
MOVED = {"reference": "moved_reference", "token": "moved_token"}
PLAIN = "member without permission"
AWAY = "member of another unit"
MOVING = "citizen with a new number"
KEPT = "visitor with a kept time"
SECOND = "member at the second step"

#: In an order in which each finds what it needs.
ACTS = (
    # The waiting list, as long as nothing is returned.
    Act("waiting.leave", ("appointments.waiting.left",), who="stranger", objects=LAST_WAITING),
    Act("offers.decline", ("appointments.offer.declined",), who="stranger"),
    Act("desk_waiting.remove", ("appointments.waiting.left",)),
    Act("offers.show", BOOKED_FROM_LIST, who="stranger", objects=OTHER_OFFER),
    Act("desk_waiting.take", BOOKED_FROM_LIST, objects={"waiting_id": "third_waiting_id"}),
    # Citizens.
    Act("booking.time", (), first_slot, who="stranger", reason=HELD),
    Act("booking.details", (), person_boxes, who="citizen with a kept time", reason=HELD),
    Act("booking.leave", (), who="citizen with a kept time", page="booking.details", reason=HELD),
    Act("booking.new_code", (), who=KEPT, page="booking.check", reason=SENDS),
    Act("booking.check", ("appointments.booking.made",), sent_code, who=KEPT),
    Act("citizens.verify", (), {"contact": "13911110009"}, who="stranger", reason=SENDS),
    Act("citizens.new_code", (), who="visitor with a code", page="citizens.code", reason=SENDS),
    Act("citizens.code", (), sent_code, who="visitor with a code", reason=DEVICE),
    Act("citizens.contact", (), {"contact": "13911110005"}, who=MOVING, reason=SENDS),
    Act("citizens.contact_code", ("identity.contact.changed",), sent_code, who=MOVING),
    Act("own.find", (), booked_pair, who="stranger", reason=LOOKS),
    Act(
        "own.move",
        ("appointments.booking.moved",),
        last_slot,
        who="stranger",
        objects=LATER,
        question="day=2026-11-27",
    ),
    Act("own.correct", ("appointments.booking.corrected",), {"name": "吳十"}, who="citizen"),
    Act("own.here", ("appointments.booking.arrived",), who="citizen"),
    # A broken promise, and one that was complained of.
    Act(
        "promise.complain", ("appointments.complaint.sent",), {"words": "等了很久"}, who="stranger"
    ),
    Act(
        "promise.take",
        (
            "appointments.booking.moved",
            "appointments.offer.taken",
            "appointments.offer.declined",
            "appointments.offer.declined",
            "appointments.breach.settled",
        ),
        who="stranger",
        page="own.show",
    ),
    Act(
        "promise.decline",
        ("appointments.offer.declined",) * 3,
        who="stranger",
        page="own.show",
    ),
    Act("oversight.show", ("appointments.complaint.answered",), {"answer": "對不起"}),
    Act(
        "own.object_to_no_show",
        ("appointments.no_show.objected",),
        {"words": "我在現場"},
        who="citizen",
    ),
    # At the window.
    Act(
        "no_shows.decide",
        ("appointments.no_show.answered",),
        {"decision": "stand", "words": "查過叫號記錄"},
    ),
    Act("no_shows.undo", ("appointments.booking.undone",), {"reason": "記錯了人"}),
    Act("today.step", ("appointments.booking.undone",), page="today.day", parts={"step": "back"}),
    Act("paper.enter", ("appointments.booking.arrived",), paper_boxes),
    Act("today.step", ("appointments.booking.undone",), page="today.day", parts={"step": "back"}),
    Act("entrance.arrive", ("appointments.booking.arrived",), own_booking, who="other citizen"),
    Act("today.step", ("appointments.booking.started",), page="today.day", parts={"step": "start"}),
    Act(
        "today.claim",
        ("appointments.booking.priority_checked",),
        {"outcome": "confirmed"},
        page="today.day",
    ),
    Act("today.step", ("appointments.booking.finished",), page="today.day", parts={"step": "done"}),
    Act("today.step", ("appointments.booking.undone",), page="today.day", parts={"step": "back"}),
    Act(
        "desk.following", ("appointments.booking.made", "appointments.booking.finished"), next_boxes
    ),
    Act(
        "today.waive",
        ("appointments.visit.finished",),
        {"waiver": "不要"},
        parts={"kind": "visit"},
        objects={"served_id": "visit_id"},
    ),
    Act(
        "today.served",
        (),
        {"purpose": "serve"},
        parts={"kind": "booking"},
        reason="who looked and what for is written in the access log",
    ),
    Act(
        "today.phoned",
        ("appointments.booking.phoned",),
        {"outcome": "reached"},
        page="today.served",
        parts={"kind": "booking"},
    ),
    Act("alarms.seen", ("alarms.alarm.acknowledged",), page="alarms.index"),
    Act("feeds.manage", ("appointments.feed.made",)),
    Act("feeds.end", ("appointments.feed.ended",)),
    Act("today.walk_in", ("appointments.visit.opened",), {"name": "吳十"}),
    Act("desk.book", ("appointments.booking.made",), desk_boxes),
    Act("own.cancel", ("appointments.booking.cancelled",), who="stranger", objects=LATER),
    Act("waiting.join", ("appointments.waiting.joined",), waiting_boxes, who="citizen"),
    Act("desk_waiting.add", ("appointments.waiting.joined",), desk_waiting_boxes),
    Act("own.agree", ("appointments.booking.confirmed",), who="stranger", objects=MOVED),
    # Closures.
    Act(
        "closures.add",
        ("appointments.closure.made",),
        {"day": "2026-12-02", "part": "afternoon", **name("停水", "reason")},
        is_asked_again=True,
    ),
    Act("closures.told", ("appointments.closure.told",), page="closures.show"),
    Act("closures.lift", ("appointments.closure.lifted",)),
    # Matters.
    Act(
        "intake.add",
        ("matters.matter.opened", "alarms.watch.armed", "files.attachment.added"),
        heard,
    ),
    Act(
        "intake.read_back",
        ("matters.matter.confirmed", "alarms.watch.armed", "alarms.watch.ended"),
        {"way": "word"},
        objects=OTHER_MATTER,
    ),
    Act(
        "intake.send_code",
        (),
        page="intake.read_back",
        objects={"matter_id": "fresh_matter_id"},
        reason=SENDS,
    ),
    Act(
        "intake.report_to",
        ("matters.matter.reported", "alarms.watch.armed"),
        hall,
        objects=OTHER_MATTER,
    ),
    Act("matters.add_words", ("matters.matter.added",), WORDS),
    Act("matters.add_photos", ("files.attachment.added", "matters.matter.attached"), photo_alone),
    Act(
        "matters.press",
        ("matters.matter.acknowledged", "alarms.watch.ended"),
        page="matters.show",
        parts={"step": "acknowledge"},
    ),
    Act(
        "matters.act",
        ("matters.matter.paused", "alarms.watch.paused", "alarms.watch.armed"),
        WORDS,
        parts={"step": "pause"},
    ),
    Act(
        "matters.press",
        ("matters.matter.resumed", "alarms.watch.armed", "alarms.watch.ended"),
        page="matters.show",
        parts={"step": "resume"},
    ),
    Act(
        "assistance.ask",
        ("matters.matter.assist_asked", "alarms.watch.armed"),
        lambda own, page: {**to_clerk(own, page), **WORDS},
    ),
    Act("assistance.give", ("matters.matter.assist_done", "alarms.watch.ended"), WORDS),
    Act(
        "assistance.escalate",
        ("matters.matter.assist_escalated", "alarms.watch.ended", "alarms.watch.armed"),
        WORDS,
        objects={"help_id": "other_help_id"},
    ),
    Act(
        "assistance.decide",
        ("matters.matter.assist_decided", "alarms.watch.ended", "alarms.watch.armed"),
        lambda own, page: {**to_clerk(own, page), **WORDS},
    ),
    Act(
        "matters.refer",
        ("matters.matter.referred",),
        lambda own, page: {**to_clerk(own, page), **WORDS, "papers": "照片兩張"},
    ),
    Act(
        "matters.press",
        ("matters.matter.taken_back",),
        page="matters.show",
        parts={"step": "take_back"},
    ),
    Act(
        "matters.more_time",
        ("matters.matter.time_asked", "alarms.watch.armed"),
        {**WORDS, "day": "2026-11-30"},
    ),
    Act(
        "matters.decide",
        ("matters.matter.decided", "alarms.watch.ended"),
        decide,
    ),
    # Being at a post.
    Act(
        "duty.away",
        ("duty.presence.stepped_away", "alarms.watch.armed", "alarms.watch.armed"),
        {"reason": "meal", "minutes": "10"},
        who="member without permission",
    ),
    Act(
        "duty.back",
        ("duty.presence.came_back", "alarms.watch.ended", "alarms.watch.ended"),
        page="duty.index",
        who="member without permission",
    ),
    Act(
        "duty.second",
        ("duty.concurrency.asked", "alarms.watch.armed"),
        {"reason": "同事請假", "until": "17:00"},
        objects={"post_id": "cover_post_id"},
        who="member without permission",
    ),
    Act(
        "duty.decide",
        ("duty.concurrency.granted", "alarms.watch.ended"),
        {"verdict": "grant"},
    ),
    Act(
        "duty.cover",
        ("duty.presence.covered", "alarms.watch.ended"),
        page="duty.index",
        objects={"post_id": "cover_post_id"},
        who="member without permission",
    ),
    # Duty statements and qualifications.
    Act(
        "statements.sign",
        ("duty.statement.signed",),
        who="member without permission",
    ),
    Act(
        "statements.ask",
        ("duty.statement.asked",),
        to_be_signed,
        page="statements.show",
    ),
    Act("qualifications.index", ("duty.qualification.given",), to_be_qualified),
    Act("qualifications.withdraw", ("duty.qualification.withdrawn",), page="qualifications.index"),
    # Shifts that are offered to colleagues.
    Act(
        "offers_of_shifts.offer",
        ("duty.offer.made",),
        {"taker": "0"},
        objects={"who": "asking_id"},
    ),
    Act(
        "offers_of_shifts.accept",
        ("duty.shift.dropped", "duty.shift.put", "duty.offer.accepted"),
        page="offers_of_shifts.show",
    ),
    Act(
        "offers_of_shifts.decline",
        ("duty.offer.declined",),
        page="offers_of_shifts.show",
        objects={"shift_offer_id": "other_shift_offer_id"},
    ),
    Act(
        "offers_of_shifts.withdraw",
        ("duty.offer.withdrawn",),
        page="offers_of_shifts.show",
        objects={"shift_offer_id": "own_shift_offer_id"},
    ),
    Act(
        "duty.out",
        ("duty.presence.signed_out", "alarms.watch.armed"),
        page="duty.index",
        who="member without permission",
    ),
    Act(
        "duty.sign_in",
        ("duty.presence.signed_in", "alarms.watch.ended"),
        page="duty.index",
        who="member without permission",
    ),
    # Handing over.
    Act("account.pin", ("identity.pin.set",), chosen_pin),
    Act(
        "handover.begin",
        ("handover.handover.made",),
        {"reason": "shift"},
    ),
    Act("handover.add", ("handover.handover.item_added",), {"kind": "seal", **WORDS}),
    Act("handover.change", ("handover.handover.item_changed",), WORDS),
    Act("handover.drop", ("handover.handover.item_dropped",), page="handover.change"),
    Act("handover.choose", ("handover.handover.receiver_chosen",), to_third),
    Act(
        "handover.refresh",
        ("handover.handover.refreshed",),
        page="handover.show",
        objects={"handover_id": "untrue_handover_id"},
    ),
    Act(
        "handover.offer",
        ("handover.handover.offered", "alarms.watch.armed"),
        SIGNED,
        page="handover.show",
        objects={"handover_id": "untrue_handover_id"},
    ),
    Act(
        "handover.confirm",
        ("handover.handover.confirmed",),
        lambda own, _page: {**SIGNED, "item": own.objects["offered_item_id"]},
        page="handover.show",
        objects={"handover_id": "offered_handover_id"},
    ),
    Act("handover.refuse", ("handover.handover.refused",), {"reason": "少了一把"}),
    Act(
        "handover.sign",
        ("handover.handover.giver_signed",),
        SIGNED,
        page="handover.show",
        objects={"handover_id": "ordered_handover_id"},
    ),
    Act("handover.withdraw", ("handover.handover.withdrawn",), page="handover.show"),
    Act(
        "handover.give_back",
        ("handover.handover.made",),
        page="handover.show",
        objects={"handover_id": "taken_handover_id"},
    ),
    Act("handover.check", ("handover.book.checked",), page="handover.book"),
    Act(
        "handover.emergency",
        ("handover.handover.made", "handover.handover.ordered", "alarms.watch.armed"),
        in_emergency,
    ),
    # One-time notices.
    Act("matters.give", ("matters.matter.notified",)),
    Act(
        "matters.demand",
        ("matters.matter.demanded", "alarms.watch.armed"),
        {**WORDS, "paper": "無犯罪證明"},
    ),
    Act(
        "matters.send_back",
        (
            "matters.matter.paused",
            "alarms.watch.paused",
            "alarms.watch.ended",
            "alarms.watch.armed",
        ),
        WORDS,
    ),
    Act(
        "matters.press",
        ("matters.matter.resumed", "alarms.watch.armed", "alarms.watch.ended"),
        page="matters.show",
        parts={"step": "resume"},
    ),
    Act(
        "matters.notice_file",
        ("matters.matter.papers_in", "matters.matter.complete"),
        all_originals,
    ),
    Act(
        "matters.refuse",
        ("matters.matter.finished", "matters.notice.refused"),
        {**WORDS, "article": "第十條"},
    ),
    Act("signals.show", ("matters.fault_signal.answered", "alarms.watch.ended"), WORDS),
    Act(
        "matters.act",
        ("matters.matter.finished", "matters.matter.assist_ended", "alarms.watch.ended"),
        WORDS,
    ),
    Act(
        "matters.press",
        ("matters.matter.fed_back",),
        page="matters.show",
        parts={"step": "feed_back"},
    ),
    Act(
        "matters.act",
        ("matters.matter.told", "alarms.watch.ended"),
        {**WORDS, "way": "phone"},
        parts={"step": "tell"},
    ),
    Act(
        "matters.person",
        (),
        {"purpose": "reach"},
        reason="who looked and what for is written in the access log",
    ),
    Act(
        "own_matter.submit",
        ("matters.matter.opened", "alarms.watch.armed", "files.attachment.added"),
        told_online,
        who="citizen",
    ),
    Act(
        "own_matter.right",
        ("matters.matter.agreed",),
        page="own_matter.show",
        who="citizen",
        objects={"serial": "fresh_serial", "matter_token": "fresh_matter_token"},
    ),
    Act("own_matter.solved", ("matters.matter.closed",), page="own_matter.show", who="citizen"),
    Act(
        "own_matter.say",
        ("files.attachment.added", "matters.matter.added"),
        said_more,
        who="citizen",
        objects=OTHER_LINK,
    ),
    # The roster and leave.
    Act("shifts.put", ("duty.shift.put",), assigned),
    Act("shifts.drop", ("duty.shift.dropped",)),
    Act("shift_patterns.add", ("duty.pattern.added",), later_shift),
    Act("shift_patterns.end", ("duty.pattern.ended",)),
    Act("roster.drafts", ("duty.roster.drafted",), page="roster.index"),
    Act("roster.publish", ("duty.roster.published",), page="roster.index"),
    Act("leave.ask", ("duty.leave.asked",), on_sunday),
    Act("leave.accept", ("duty.leave.accepted",), page="leave.show"),
    Act("leave.decline", ("duty.leave.declined",), page="leave.show"),
    Act("leave.decide", ("duty.leave.approved",), {"decision": "approve"}),
    Act("leave.withdraw", ("duty.leave.withdrawn",), page="leave.show"),
    Act("leave.emergency", ("duty.leave.written",), away_on_sunday),
    Act("attendance.contest", ("duty.attendance.contested",), {"words": "公車誤點"}),
    Act(
        "attendance.decide",
        ("duty.attendance.upheld",),
        {"decision": "uphold", "words": "已證實"},
    ),
    Act("statements.set_text", ("duty.statement.set",), name("守崗盡責", "text")),
    # Hours.
    Act("hours.add", ("calendar.schedule.created",), {**name(), "code": "new"}),
    Act(
        "hours.add_week",
        ("calendar.schedule.hours_set",),
        {"valid_from": "2027-03-01"},
        is_asked_again=True,
    ),
    Act("hours.withdraw_week", ("calendar.schedule.hours_dropped",)),
    Act(
        "hours.add_exception",
        ("calendar.schedule.exception_set",),
        {"day": "2026-12-30", **name("盤點", "reason")},
        is_asked_again=True,
    ),
    Act("hours.remove_exception", ("calendar.schedule.exception_dropped",)),
    Act(
        "hours.add_holiday",
        ("calendar.schedule.holiday_set",),
        {"day": "2026-12-31", **name("節")},
        is_asked_again=True,
    ),
    Act("hours.remove_holiday", ("calendar.schedule.holiday_dropped",)),
    # Windows.
    Act("posts.add", ("catalog.post.created",), {**name(), "code": "w9", "plate": "9"}),
    Act("posts.edit", ("catalog.post.changed",), name()),
    Act("posts.release", ("catalog.post.unstaffed",), assigned, page="posts.show"),
    Act("posts.assign", ("catalog.post.staffed",), assigned, page="posts.show"),
    Act("posts.open_again", ("catalog.post.opened",), page="posts.show"),
    # Services.
    Act("service_admin.add", ("catalog.service.created",), {**name(), "code": "move-house"}),
    Act("service_admin.edit", ("catalog.service.changed",), name()),
    Act("service_admin.add_line", ("catalog.service.document_added",), name()),
    Act("service_admin.edit_line", ("catalog.service.document_changed",), name()),
    Act(
        "service_admin.move_line",
        ("catalog.service.document_moved",),
        page="service_admin.show",
        parts={"way": "down"},
    ),
    Act("service_admin.remove_line", ("catalog.service.document_removed",)),
    Act(
        "service_admin.fee",
        ("catalog.service.fee_set",),
        {"amount": "20", "valid_from": "2027-05-01"},
    ),
    Act("service_admin.withdraw_fee", ("catalog.service.fee_withdrawn",)),
    Act("service_admin.add_offer", ("catalog.service.offered_at",)),
    Act("service_admin.edit_offer", ("catalog.service.offered_at",), {"capacity": "3"}),
    Act("service_admin.active", ("catalog.service.withdrawn",)),
    # The institution.
    Act("institution.edit_name", ("tenancy.institution.changed",), name()),
    Act("institution.withdraw", ("tenancy.settings.changed",)),
    Act(
        "institution.edit_section",
        ("tenancy.settings.changed", "tenancy.settings.changed"),
        name("新詞", "citizen"),
    ),
    # Units and roles.
    Act("units.add", ("identity.unit.added",), {**name(), "code": "new"}),
    Act("units.edit", ("identity.unit.changed",), name()),
    Act("units.move", ("identity.unit.moved",), page="units.index"),
    Act("units.close", ("identity.unit.closed",)),
    Act("units.reopen", ("identity.unit.reopened",), page="units.index"),
    Act("roles.add", ("identity.role.added",), {**name(), "code": "new"}),
    Act("roles.edit", ("identity.role.changed",), name()),
    Act("roles.remove", ("identity.role.removed",)),
    # People.
    Act("people.add", ("identity.staff.added",), {"number": "N1", "name": "鄭一"}),
    Act("people.import_file", ("identity.staff.added", "identity.role.granted"), table_of_people),
    Act("people.edit", ("identity.staff.changed",), {"name": "李五"}),
    Act("people.grant", ("identity.role.granted",), page="people.show"),
    Act("people.end_role", ("identity.role.ended",)),
    Act("people.issue_password", ("identity.password.issued",)),
    Act("people.reset_telephone", ("identity.second_factor.reset",)),
    Act(
        "people.hand_over",
        (
            "catalog.post.unstaffed",
            "catalog.post.staffed",
            "duty.pattern.handed_over",
            "duty.shift.handed_over",
            "identity.staff.handed_over",
        ),
        colleague,
        page="people.leave",
    ),
    Act("people.leave", ("identity.staff.left",)),
    Act("people.take_back", ("identity.staff.returned",)),
    Act(
        "posts.close",
        ("catalog.post.closed", "appointments.closure.made", "matters.matter.post_moved"),
    ),
    # One's own account.
    Act(
        "staff.sign_in",
        ("identity.sign_in.done",),
        {"number": "C1", "password": PASSWORD},
        who="stranger",
    ),
    Act("staff.second_factor", ("identity.sign_in.done",), shown_code, who=SECOND),
    Act("account.renew_codes", ("identity.recovery_code.renewed",), later_code, who=SECOND),
    Act(
        "account.set_up_second_factor", ("identity.second_factor.enrolled",), learnt_code, who=PLAIN
    ),
    Act("account.change_password", ("identity.password.changed",), changed_password, who=PLAIN),
    Act("account.first_password", ("identity.password.changed",), chosen_password, who="newcomer"),
    Act("staff.sign_out", ("identity.sign_in.ended",), who=PLAIN, page="account.show"),
    Act("staff.lock", ("identity.screen.locked",), who=AWAY, page="account.show"),
    Act(
        "staff.unlock",
        ("identity.screen.unlocked",),
        {"password": PASSWORD},
        who="member behind a locked screen",
        page="staff.lock",
    ),
    Act("account.sign_out_everywhere", ("identity.sign_in.ended_everywhere",)),
    # Last, for nothing of the person is left afterwards.
    Act("citizens.erase", ("identity.contact.erased",), who="citizen with a kept time"),
    Act("citizens.finished", (), who="other citizen", page="citizens.my_data", reason=DEVICE),
)


@dataclass(frozen=True)
class Opened:
    """The page of an act in the browser of its person, and where its form goes."""

    client: FlaskClient
    page: Page
    address: str

    def form(self) -> dict[str, str]:
        """The boxes of the form; where a page offers none at the moment, its token."""
        sending = [form for form in self.page.forms if "csrf_token" in form["fields"]]
        fitting = [f for f in sending if f["action"].partition("?")[0] == self.address]
        fitting += [form for form in sending if not form["action"]]
        token = {"csrf_token": sending[0]["fields"]["csrf_token"]}
        return dict(fitting[0]["fields"] if fitting else token)

    def send(self, boxes: Any) -> Page:
        """Send what is given."""
        return Page(self.client.post(self.address, data=boxes))


def open_page(own: Inhabited, act: Act) -> Opened:
    """Open the page with the form."""
    rules = {rule.endpoint: rule for rule in own_rules(own.world.app)}
    client, rule, shown = own.people[act.who], rules[act.endpoint], rules[act.page or act.endpoint]
    said = {**own.arguments(rule), **act.parts}
    said |= {name: own.objects[key] for name, key in act.objects.items()}
    address = build(own.world.app, rule, said)
    there = {name: value for name, value in said.items() if name in shown.arguments}
    page = Page(client.get(own.address(shown, **there), query_string=act.question))
    return Opened(client, page, address)


def boxes_of(own: Inhabited, act: Act, page: Page) -> dict[str, Any]:
    """What the person writes into them."""
    return act.boxes(own, page) if callable(act.boxes) else dict(act.boxes)


def perform(own: Inhabited, act: Act) -> Page:
    """Open the page, fill in its form and send it as the person would."""
    opened = open_page(own, act)
    assert opened.page.status == 200, (act.endpoint, opened.page.status)
    answer = opened.send({**opened.form(), **boxes_of(own, act, opened.page)})
    if not act.is_asked_again:
        return answer
    again = Opened(opened.client, answer, opened.address)
    return again.send(again.form())
