"""The calendar entry that a mail carries: entered once, changed and taken back by it."""

from datetime import datetime, timedelta
from email.message import EmailMessage

from flask.testing import FlaskClient

from portal.appointments.models import Booking
from portal.appointments.services.bookings import correct_person
from portal.core.actor import SYSTEM
from tests.support.calendars import Read, read_calendar
from tests.support.delivering import MAILBOX, deliver, messages
from tests.support.gateways import MailServer
from tests.support.pages import Page, post
from tests.support.walks import book_online, bookings
from tests.support.world import World

FROM, TO = "mailto:portal@town.example", f"mailto:{MAILBOX}"


def enclosed(mail: EmailMessage) -> Read:
    """The one entry of a mail that also says it in words."""
    assert mail.get_content_type() == "multipart/alternative"
    words, part = mail.iter_parts()
    assert words.get_content_type() == "text/plain"
    assert part.get_content_type() == "text/calendar"
    content = part.get_content()
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert content.replace("\r\n", "\n") == raw.decode().replace("\r\n", "\n")
    [entry] = read_calendar(raw)
    assert part["Content-Type"].params["method"] == entry.method
    assert part["Content-Type"].params["charset"] == "utf-8"
    return entry


class Calendar:
    """What a calendar program does with invitations (RFC 5546): by UID, the highest SEQUENCE."""

    def __init__(self) -> None:
        self.entries: dict[str, Read] = {}

    def take(self, entry: Read) -> None:
        known = self.entries.get(entry.uid)
        if known is not None and known.sequence >= entry.sequence:
            return
        if entry.method == "CANCEL":
            self.entries.pop(entry.uid, None)
        else:
            self.entries[entry.uid] = entry

    @property
    def times(self) -> list[datetime]:
        return [entry.starts_at for entry in self.entries.values()]


def test_a_calendar_follows_the_booking_from_mail_to_mail(
    town: World, client: FlaskClient, mail: MailServer
) -> None:
    page = book_online(client, town, contact=MAILBOX, day="2026-11-25")
    deliver(town)
    [made] = bookings(town)
    first = enclosed(mail.mails[-1])
    assert (first.method, first.status, first.sequence) == ("REQUEST", "CONFIRMED", 0)
    assert (first.starts_at, first.ends_at) == (made.starts_at, made.ends_at)
    assert (first.organizer, first.attendees) == (FROM, (TO,))
    assert first.summary == "生育登記 · 青溪鎮"
    calendar = Calendar()
    calendar.take(first)

    moving = Page(client.get(page.path + "move/?day=2026-11-26"))
    assert post(client, moving, slot=moving.values("slot")[-1]).status == 200
    deliver(town)
    [moved] = bookings(town)
    second = enclosed(mail.mails[-1])
    assert (second.uid, second.method) == (first.uid, "REQUEST")
    assert second.starts_at == moved.starts_at != made.starts_at
    calendar.take(second)
    calendar.take(first)  # A mail that was held up on its way changes nothing back.
    assert calendar.times == [moved.starts_at]

    assert post(client, Page(client.get(page.path + "cancel/"))).status == 200
    deliver(town)
    third = enclosed(mail.mails[-1])
    assert (third.uid, third.method, third.status) == (first.uid, "CANCEL", "CANCELLED")
    assert first.sequence < second.sequence < third.sequence
    calendar.take(third)
    assert calendar.times == []


def test_mails_held_up_say_what_they_said_when_they_were_written(
    town: World, client: FlaskClient, mail: MailServer
) -> None:
    """Each is of one piece, and the order of the numbers settles the rest."""
    page = book_online(client, town, contact=MAILBOX, day="2026-11-25")
    before = bookings(town)[0].starts_at
    moving = Page(client.get(page.path + "move/?day=2026-11-26"))
    post(client, moving, slot=moving.values("slot")[-1])
    after = bookings(town)[0].starts_at
    deliver(town)
    told = [enclosed(sent) for sent in mail.mails[-2:]]
    assert [(entry.starts_at, entry.sequence) for entry in told] == [(before, 0), (after, 1)]


def test_the_file_to_fetch_and_the_mail_are_one_entry(
    town: World, client: FlaskClient, mail: MailServer
) -> None:
    page = book_online(client, town, contact=MAILBOX, day="2026-11-25")
    deliver(town)

    def correct(session: object) -> None:
        booking = session.get_one(Booking, bookings(town)[0].id)  # type: ignore[attr-defined]
        correct_person(
            session,  # type: ignore[arg-type]
            booking=booking,
            version=booking.version,
            name="張美華",
            id_number=None,
            actor=SYSTEM,
            now=town.now,
        )

    town.do(correct)
    [fetched] = read_calendar(client.get(page.path + "invite.ics").data)
    sent = enclosed(mail.mails[-1])
    assert (fetched.method, fetched.uid, fetched.attendees) == ("PUBLISH", sent.uid, ())
    assert fetched.sequence == sent.sequence + 1
    assert fetched.organizer == FROM
    post(client, Page(client.get(page.path + "cancel/")))
    answer = client.get(page.path + "invite.ics")
    [gone] = read_calendar(answer.data)
    assert (gone.method, gone.status, gone.uid) == ("CANCEL", "CANCELLED", sent.uid)
    assert answer.mimetype_params["method"] == "CANCEL"


def test_what_is_no_booking_carries_nothing(
    town: World, client: FlaskClient, mail: MailServer
) -> None:
    book_online(client, town, contact=MAILBOX)
    deliver(town)
    code = mail.mails[0]
    assert code.get_content_type() == "text/plain"
    [_, confirmed] = messages(town)
    assert confirmed.sent_at is not None
    assert confirmed.sent_at - confirmed.created_at < timedelta(minutes=1)
