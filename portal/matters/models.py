"""Matters, what happened to them, and what was said."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain
from portal.matters.intake_rules import Channel, Identity, Kind, Severity
from portal.matters.rules import ENDED, Outcome, State

_OFFERED = text("offered_to_id IS NOT NULL")
_REPORTED = text("state = 'reported'")
_STOOD_IN = text("stands_in_id IS NOT NULL")
_DISPUTED = text("state = 'disputed'")
_TO_ANSWER = text("answer_until IS NOT NULL")
#: Parts that let somebody see a matter and have no index of a few rows only.
SEEN = (
    "first_asked",
    "first_received",
    "holder_staff",
    "holder_post",
    "opened_by",
    "reported_to",
    "unit",
)
_IN_ORDER = ("ended_at", "due_at", "id")
_RUNNING = text("ended_at IS NULL")
_LIVE = text(f"state NOT IN ({', '.join(sorted(repr(str(state)) for state in ENDED))})")


def _one_of(column: str, codes: type[Kind | Channel | Identity | State | Outcome]) -> str:
    return f"{column} IN ({', '.join(repr(str(code)) for code in codes)})"


class Matter(Owned, Base):
    """A thing that somebody brings (事項), from the first word to the reply; never deleted.

    Three roles are never mixed (P-5.3, W-SW-1…3): who was asked first (首問), who received it
    first after a referral (首接), and who holds it now: always exactly one, a person or a post.
    The database refuses another first-asked person, and a row that is deleted.
    """

    __tablename__ = "matter"
    __table_args__ = owned(
        refers("unit_id", "unit"),
        refers("contact_id", "contact"),
        refers("opened_by_id", "staff"),
        refers("first_asked_id", "staff"),
        refers("first_received_id", "staff"),
        refers("stands_in_id", "staff"),
        refers("holder_staff_id", "staff"),
        refers("holder_post_id", "post"),
        refers("reported_to_id", "staff"),
        refers("offered_to_id", "staff"),
        refers("arbiter_id", "staff"),
        UniqueConstraint("institution_id", "year", "number", info={"violation": TryAgain}),
        UniqueConstraint("institution_id", "reference", info={"violation": TryAgain}),
        CheckConstraint(_one_of("kind", Kind), name="kind"),
        CheckConstraint(_one_of("channel", Channel), name="channel"),
        CheckConstraint(_one_of("identity", Identity), name="identity"),
        CheckConstraint(_one_of("state", State), name="state"),
        CheckConstraint(_one_of("outcome", Outcome), name="outcome"),
        # I-1: exactly one holder.
        CheckConstraint("(holder_staff_id IS NULL) <> (holder_post_id IS NULL)", name="one_holder"),
        # An offer has somebody who answers it by a time, and moves nothing before that.
        CheckConstraint("(state = 'offered') = (offered_to_id IS NOT NULL)", name="offered"),
        CheckConstraint(
            "(state IN ('offered', 'disputed')) = (answer_until IS NOT NULL)", name="answer_until"
        ),
        CheckConstraint("offered_to_id <> holder_staff_id", name="offered_to_other"),
        CheckConstraint("returns >= 0 AND extensions >= 0", name="counts"),
        # Whoever it is that takes a matter up answers for it to the end.
        CheckConstraint(
            "state IN ('submitted', 'withdrawn', 'voided') OR first_asked_id IS NOT NULL",
            name="first_asked",
        ),
        # I-2: no time is promised that the person was not told.
        CheckConstraint("due_at IS NULL OR due_told_at IS NOT NULL", name="due_told"),
        # P-5.4: nothing closes before the result went back and the person was told.
        CheckConstraint(
            "state <> 'closed' OR (fed_back_at IS NOT NULL AND told_at IS NOT NULL)",
            name="closed_told",
        ),
        Index(
            "ix_matter_held",
            "institution_id",
            "holder_staff_id",
            "due_at",
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
        Index(
            "ix_matter_at_post",
            "institution_id",
            "holder_post_id",
            "due_at",
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
        Index(
            "ix_matter_first_asked",
            "institution_id",
            "first_asked_id",
            "due_at",
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
        Index(
            "ix_matter_stands_in",
            "institution_id",
            "stands_in_id",
            "due_at",
            postgresql_where=_STOOD_IN,
            sqlite_where=_STOOD_IN,
        ),
        Index(
            "ix_matter_reported",
            "institution_id",
            "reported_to_id",
            postgresql_where=_REPORTED,
            sqlite_where=_REPORTED,
        ),
        Index(
            "ix_matter_offered",
            "institution_id",
            "offered_to_id",
            "due_at",
            postgresql_where=_OFFERED,
            sqlite_where=_OFFERED,
        ),
        Index(
            "ix_matter_disputed",
            "institution_id",
            "arbiter_id",
            "due_at",
            postgresql_where=_DISPUTED,
            sqlite_where=_DISPUTED,
        ),
        Index(
            "ix_matter_answer",
            "institution_id",
            "answer_until",
            postgresql_where=_TO_ANSWER,
            sqlite_where=_TO_ANSWER,
        ),
        # Whoever has a part in it finds it, live and ended alike, without looking at the row.
        *(
            Index(f"ix_matter_seen_{name}", "institution_id", f"{name}_id", *_IN_ORDER)
            for name in SEEN
        ),
        Index(
            "ix_matter_due",
            "institution_id",
            "due_at",
            "id",
            postgresql_where=_RUNNING,
            sqlite_where=_RUNNING,
        ),
        Index("ix_matter_unit", "institution_id", "unit_id", "opened_at"),
        Index("ix_matter_opened", "institution_id", "opened_at"),
        Index("ix_matter_contact", "institution_id", "contact_id", "opened_at"),
    )

    #: The serial number: year and running number, and as it was written then.
    year: Mapped[int]
    number: Mapped[int]
    reference: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))
    #: 1, and one more with each reopening; the number stays (I-16).
    round: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=0)

    #: What it is in one line, what was said, and where it is.
    title: Mapped[str | None] = mapped_column(EncryptedText("matter.title"))
    body: Mapped[str | None] = mapped_column(EncryptedText("matter.body"))
    place: Mapped[str | None] = mapped_column(EncryptedText("matter.place"))
    #: Who brings it, and how to reach the person; a fixed line stands in ``phone``.
    identity: Mapped[str] = mapped_column(String(10))
    name: Mapped[str | None] = mapped_column(EncryptedText("matter.name"))
    phone: Mapped[str | None] = mapped_column(EncryptedText("matter.phone"))
    contact_id: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(8))
    #: What a visitor was offered (P-4.1.1c): codes; and why something was not.
    reception: Mapped[list[str]] = mapped_column(JSON, default=list)
    reception_note: Mapped[str | None] = mapped_column(EncryptedText("matter.reception_note"))

    #: The responsible unit (責任單位), once it was named.
    unit_id: Mapped[int | None]
    #: None: the person wrote it down without staff.
    opened_by_id: Mapped[int | None]
    #: 首問責任人; written once.
    first_asked_id: Mapped[int | None]
    #: Who answers to the person in the place of whoever was asked first and left.
    stands_in_id: Mapped[int | None]
    #: 首接責任人.
    first_received_id: Mapped[int | None]
    holder_staff_id: Mapped[int | None]
    holder_post_id: Mapped[int | None]
    #: Whom the matter was reported to (一報告): the head of the unit, later maybe the deputy.
    reported_to_id: Mapped[int | None]
    #: To whom the holder offers it, and who decides after the second return.
    offered_to_id: Mapped[int | None]
    arbiter_id: Mapped[int | None]
    #: Until when the offer, or the decision, is to be answered.
    answer_until: Mapped[datetime | None]
    #: Offers of this round that came back, by word or by silence.
    returns: Mapped[int] = mapped_column(default=0)

    opened_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    #: How the person agreed with what was read back.
    confirmed_by: Mapped[str] = mapped_column(String(10), default="")
    reported_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    #: Until when the result is promised, and when the person was told so.
    due_at: Mapped[datetime | None]
    due_told_at: Mapped[datetime | None]
    #: Until when the holder asks for more time, and how often it was allowed in this round.
    wanted_due_at: Mapped[datetime | None]
    extensions: Mapped[int] = mapped_column(default=0)
    #: Of the present round.
    paused_at: Mapped[datetime | None]
    #: When the person said that the pause is not right; none: nobody decides about it.
    contested_at: Mapped[datetime | None]
    #: Until when the person hears from whoever handles it, and when that was (P-5.2a).
    contact_due_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    #: How grave it is, and the money that it costs or grants, in whole units (Q7).
    severity: Mapped[str] = mapped_column(String(8), default=Severity.NORMAL)
    amount: Mapped[int | None]
    #: Since when it lies before the leader, and when that one decided in this round.
    escalated_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    #: When the person looked at the own page and said that the record is right (復清楚).
    agreed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    fed_back_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(10), default="")
    erased_at: Mapped[datetime | None]


class MatterEvent(Owned, Base):
    """A step of a matter's course; never changed."""

    __tablename__ = "matter_event"
    __table_args__ = owned(
        refers("matter_id", "matter"),
        UniqueConstraint("institution_id", "matter_id", "number", info={"violation": TryAgain}),
    )

    matter_id: Mapped[int]
    #: 1, 2, 3 … in each matter.
    number: Mapped[int]
    round: Mapped[int]
    at: Mapped[datetime]
    #: What happened: a verb of the rules, or "opened", "added", "attached".
    code: Mapped[str] = mapped_column(String(16))
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor_id: Mapped[int | None]
    #: The state, and the holder, as they were afterwards.
    state: Mapped[str] = mapped_column(String(12))
    holder_staff_id: Mapped[int | None]
    holder_post_id: Mapped[int | None]
    #: Whom it concerns besides: the head it was reported to, the colleague it was offered to.
    staff_id: Mapped[int | None]
    #: The promised time that this step told.
    due_at: Mapped[datetime | None]
    #: How somebody was told or agreed.
    way: Mapped[str] = mapped_column(String(10), default="")


class MatterWords(Owned, Base):
    """What was said or written at a step; erased when it has been kept long enough."""

    __tablename__ = "matter_words"
    __table_args__ = owned(
        refers("matter_id", "matter"),
        refers("event_id", "matter_event"),
        UniqueConstraint("institution_id", "event_id"),
        Index("ix_matter_words_matter", "institution_id", "matter_id"),
    )

    matter_id: Mapped[int]
    event_id: Mapped[int]
    words: Mapped[str | None] = mapped_column(EncryptedText("matter_words.words"))
    #: The papers that went along with a referral, one a line.
    papers: Mapped[str | None] = mapped_column(EncryptedText("matter_words.papers"))
    #: Whether the person reads them, too.
    is_public: Mapped[bool]
