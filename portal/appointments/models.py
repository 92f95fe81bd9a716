"""Published days and slots, holds, bookings and visits."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.appointments.rules import LIVE, AlreadyBooked, SlotTaken, State, label_state
from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain

_LIVE = text(f"state IN ({', '.join(repr(str(state)) for state in LIVE)})")
_FREE = text("booked < capacity AND NOT is_withdrawn")
_UNSERVED = text("arrived_at IS NOT NULL AND started_at IS NULL")
_REMIND = text("remind_at IS NOT NULL")
_FALSE_CLAIM = text("priority_verdict IN ('refused', 'lost')")
#: SQLite uses the index only where a statement says the same in the same words.
_FREE_SQLITE = text("booked < capacity AND is_withdrawn = 0")


class PublishedDay(Owned, Base):
    """A service's day whose slots stand; its row makes publishing safe to repeat."""

    __tablename__ = "published_day"
    __table_args__ = owned(
        refers("service_id", "service"),
        # Two workers that publish at once: the second looks again and finds it done.
        UniqueConstraint(
            "institution_id", "service_id", "local_date", info={"violation": TryAgain}
        ),
    )

    service_id: Mapped[int]
    local_date: Mapped[date]
    #: First and last moment of the local day, half-open.
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    #: "", "am" or "pm": the half that is closed; "all" when nothing is open.
    closed: Mapped[str] = mapped_column(String(3), default="")
    is_provisional: Mapped[bool] = mapped_column(default=False)
    #: Unset when hours, posts or capacity changed; the sweep then rebuilds the day.
    is_current: Mapped[bool] = mapped_column(default=True)
    published_at: Mapped[datetime]


class Slot(Owned, Base):
    """Places of one service at one post from a moment on, of one pool (號源)."""

    __tablename__ = "slot"
    __table_args__ = owned(
        refers("service_id", "service"),
        refers("post_id", "post"),
        # In this order it also finds the slots of one moment, and of one day, at all posts.
        UniqueConstraint(
            "institution_id",
            "service_id",
            "starts_at",
            "post_id",
            "pool",
            info={"violation": TryAgain},
        ),
        CheckConstraint(
            "booked BETWEEN 0 AND capacity", name="capacity", info={"violation": SlotTaken}
        ),
        CheckConstraint("pool IN ('public', 'counter', 'priority')", name="pool"),
        Index(
            "ix_slot_free",
            "institution_id",
            "service_id",
            "starts_at",
            postgresql_where=_FREE,
            sqlite_where=_FREE_SQLITE,
        ),
        Index("ix_slot_day", "institution_id", "post_id", "starts_at"),
    )

    service_id: Mapped[int]
    post_id: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    pool: Mapped[str] = mapped_column(String(10))
    #: From when anybody may book it: the release, or for kept places the day before.
    public_from: Mapped[datetime]
    capacity: Mapped[int]
    #: No longer planned since the hours changed: keeps its promises, takes no new ones.
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    #: Places taken by bookings and by holds.
    booked: Mapped[int] = mapped_column(default=0)


class Hold(Owned, Base):
    """A place kept for one browser while its person fills in the form."""

    __tablename__ = "hold"
    __table_args__ = owned(
        refers("slot_id", "slot"),
        refers("contact_id", "contact"),
        UniqueConstraint("institution_id", "holder", info={"violation": TryAgain}),
        UniqueConstraint("institution_id", "network", "network_seat", info={"violation": TryAgain}),
        Index("ix_hold_slot", "institution_id", "slot_id", "expires_at"),
    )

    slot_id: Mapped[int]
    #: Random name of the browser session.
    holder: Mapped[str] = mapped_column(String(43))
    #: Blind index of the network it came from, or of the proved contact.
    network: Mapped[str] = mapped_column(String(64))
    #: Which of the network's or the contact's places this is; none once it has expired.
    network_seat: Mapped[int | None]
    contact_id: Mapped[int | None]
    #: What the person has filled in so far, as JSON.
    draft: Mapped[str | None] = mapped_column(EncryptedText("hold.draft"))
    expires_at: Mapped[datetime]


class Served:
    """The course of being served, the same for a booking and for a walk-in."""

    arrived_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: Staff id of who served.
    server_id: Mapped[int | None]
    #: "": not finished; "done"; "continued": cannot be finished today (W-YY-1).
    outcome: Mapped[str] = mapped_column(String(10), default="")
    #: The next appointment that a continued matter was given, or the words of ``waiver``.
    next_booking_id: Mapped[int | None]

    def label_as(self, state: str) -> str:
        """What being in a state is called for this one."""
        has_next = self.next_booking_id is not None
        return label_state(State(state), outcome=self.outcome, has_next=has_next)


def _w_yy_1() -> CheckConstraint:
    """What cannot be finished today has an appointment or the citizen's waiver."""
    return CheckConstraint(
        "outcome <> 'continued' OR next_booking_id IS NOT NULL OR waiver IS NOT NULL",
        name="w_yy_1",
    )


class Booking(Served, Owned, Base):
    """A promised time (預約)."""

    __tablename__ = "booking"
    __table_args__ = owned(
        refers("service_id", "service"),
        refers("post_id", "post"),
        refers("slot_id", "slot"),
        refers("contact_id", "contact"),
        refers("next_booking_id", "booking"),
        UniqueConstraint("institution_id", "reference", info={"violation": TryAgain}),
        _w_yy_1(),
        Index(
            "uq_booking_person_day",
            "institution_id",
            "person_key",
            "service_id",
            "local_date",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
            info={"violation": AlreadyBooked},
        ),
        Index(
            "uq_booking_contact_seat",
            "institution_id",
            "contact_id",
            "contact_seat",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
            info={"violation": TryAgain},
        ),
        Index("ix_booking_post_day", "institution_id", "post_id", "local_date", "starts_at"),
        Index("ix_booking_contact", "institution_id", "contact_id", "starts_at"),
        Index("ix_booking_slot", "institution_id", "slot_id"),
        # Who came and has not been served, for the sweep that sees promises break (W-YY-3).
        Index(
            "ix_booking_unserved",
            "institution_id",
            "ends_at",
            postgresql_where=_UNSERVED,
            sqlite_where=_UNSERVED,
        ),
        CheckConstraint(
            "priority_verdict IN ('', 'confirmed', 'refused', 'lost')", name="priority_verdict"
        ),
        Index(
            "ix_booking_false_claim",
            "institution_id",
            "person_key",
            postgresql_where=_FALSE_CLAIM,
            sqlite_where=_FALSE_CLAIM,
        ),
        Index(
            "ix_booking_remind",
            "institution_id",
            "remind_at",
            postgresql_where=_REMIND,
            sqlite_where=_REMIND,
        ),
    )

    reference: Mapped[str] = mapped_column(String(7))
    service_id: Mapped[int]
    post_id: Mapped[int]
    slot_id: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    local_date: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="booked")
    #: Counts the changes, for compare-and-set and for calendar invitations.
    version: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str] = mapped_column(String(10))
    #: Blind index of who it is for; none when the desk booked for somebody without a contact.
    person_key: Mapped[str | None] = mapped_column(String(64))
    contact_id: Mapped[int | None]
    #: Which of the contact's live bookings this is.
    contact_seat: Mapped[int | None]
    name: Mapped[str | None] = mapped_column(EncryptedText("booking.name"))
    #: Why a continued matter has no next appointment, in the citizen's own words.
    waiver: Mapped[str | None] = mapped_column(EncryptedText("booking.waiver"))
    id_number: Mapped[str | None] = mapped_column(EncryptedText("booking.id_number"))
    is_for_other: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[str] = mapped_column(String(10), default="")
    #: What the window saw of the claim; "lost": it was not granted.
    priority_verdict: Mapped[str] = mapped_column(String(10), default="")
    language: Mapped[str] = mapped_column(String(8))
    #: Reported by own device or at the entrance: the window cannot take the time back (W-YY-3).
    is_arrival_own: Mapped[bool] = mapped_column(default=False)
    #: When to see next whether a reminder is due; none when all are over or nobody can be told.
    remind_at: Mapped[datetime | None]
    #: Given beyond the slot's capacity by someone who may.
    is_overbooked: Mapped[bool] = mapped_column(default=False)
    #: What will be done and what to bring, when the window set the appointment.
    purpose: Mapped[str | None] = mapped_column(EncryptedText("booking.purpose"))
    bring: Mapped[str | None] = mapped_column(EncryptedText("booking.bring"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class Visit(Served, Owned, Base):
    """Somebody who came without an appointment."""

    __tablename__ = "visit"
    __table_args__ = owned(
        refers("service_id", "service"),
        refers("post_id", "post"),
        refers("next_booking_id", "booking"),
        _w_yy_1(),
        Index("ix_visit_post_day", "institution_id", "post_id", "local_date"),
    )

    service_id: Mapped[int]
    post_id: Mapped[int]
    local_date: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="serving")
    version: Mapped[int] = mapped_column(default=0)
    name: Mapped[str | None] = mapped_column(EncryptedText("visit.name"))
    #: Why a continued matter has no next appointment, in the citizen's own words.
    waiver: Mapped[str | None] = mapped_column(EncryptedText("visit.waiver"))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
