"""Telling colleagues by message what concerns their duty: one template, one headline for each."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.services.telling import find_address
from portal.catalog.models import Post
from portal.core.errors import N_
from portal.core.runtime import runtime
from portal.duty.fitness_models import DutySignature
from portal.duty.offer_models import ShiftOffer
from portal.duty.offer_rules import OfferState
from portal.identity.models import Staff
from portal.messages.events import Sending, message_sending
from portal.messages.models import Message
from portal.messages.services import queue_message
from portal.tenancy.queries import Tenant, get_tenant
from portal.web.languages import DEFAULT_LANGUAGE

NOTICE = "duty/messages/notice"


class Occasion(StrEnum):
    """What is told."""

    SIGN = "sign"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    LAPSED = "lapsed"
    VOID = "void"
    SWAPPED = "swapped"
    ALLOWED = "allowed"
    NOT_ALLOWED = "not_allowed"
    NOT_SIGNED_OUT = "not_signed_out"
    HAS_NOT_SIGNED_OUT = "has_not_signed_out"
    COVER_ASKED = "cover_asked"
    COVER_DECLINED = "cover_declined"
    LEAVE_ASKED = "leave_asked"
    LEAVE_APPROVED = "leave_approved"
    LEAVE_REFUSED = "leave_refused"
    LEAVE_WITHDRAWN = "leave_withdrawn"
    LEAVE_CUT = "leave_cut"
    COVERS = "covers"
    COVER_NOT_NEEDED = "cover_not_needed"
    CONTESTED = "contested"
    UPHELD = "upheld"
    KEPT = "kept"


HEADLINES: Mapping[Occasion, str] = {
    Occasion.SIGN: N_("Please read and sign the duty statement of %(post)s"),
    Occasion.OFFERED: N_("%(who)s offers you a shift: %(post)s, %(time)s"),
    Occasion.ACCEPTED: N_("Agreed: %(who)s keeps %(post)s, %(time)s"),
    Occasion.DECLINED: N_("%(who)s cannot take your shift: %(post)s, %(time)s"),
    Occasion.TAKEN_BACK: N_("%(who)s has taken the offer back: %(post)s, %(time)s"),
    Occasion.LAPSED: N_("The offer was not answered in time: %(post)s, %(time)s"),
    Occasion.VOID: N_("The offer is void, a shift has changed: %(post)s, %(time)s"),
    Occasion.SWAPPED: N_("A shift has changed hands: %(who)s keeps %(post)s, %(time)s"),
    Occasion.ALLOWED: N_("You may keep %(post)s as well: %(time)s"),
    Occasion.NOT_ALLOWED: N_("You may not keep %(post)s as a second post"),
    Occasion.NOT_SIGNED_OUT: N_(
        "You did not sign out of %(post)s. You are signed out, and it is marked as not signed out"
    ),
    Occasion.HAS_NOT_SIGNED_OUT: N_("%(who)s did not sign out of %(post)s"),
    Occasion.COVER_ASKED: N_("%(who)s asks you to cover during a leave: %(time)s"),
    Occasion.COVER_DECLINED: N_("%(who)s cannot cover, so your leave is refused: %(time)s"),
    Occasion.LEAVE_ASKED: N_("Please decide on the leave of %(who)s: %(time)s"),
    Occasion.LEAVE_APPROVED: N_("Your leave is approved: %(time)s"),
    Occasion.LEAVE_REFUSED: N_("Your leave is refused: %(time)s"),
    Occasion.LEAVE_WITHDRAWN: N_("%(who)s has withdrawn the leave: %(time)s"),
    Occasion.LEAVE_CUT: N_("%(who)s is back, the leave ended early: %(time)s"),
    Occasion.COVERS: N_("You cover for %(who)s: %(time)s"),
    Occasion.COVER_NOT_NEEDED: N_("You need not cover for %(who)s: %(time)s"),
    Occasion.CONTESTED: N_("%(who)s contests an entry of attendance: %(post)s, %(time)s"),
    Occasion.UPHELD: N_("Your entry of attendance is excused: %(post)s, %(time)s"),
    Occasion.KEPT: N_("Your entry of attendance stays as it is: %(post)s, %(time)s"),
}
_OF_POSTS = (
    Occasion.ALLOWED,
    Occasion.NOT_ALLOWED,
    Occasion.NOT_SIGNED_OUT,
    Occasion.HAS_NOT_SIGNED_OUT,
)
_OF_LEAVE = (
    Occasion.COVER_ASKED,
    Occasion.COVER_DECLINED,
    Occasion.LEAVE_ASKED,
    Occasion.LEAVE_APPROVED,
    Occasion.LEAVE_REFUSED,
    Occasion.LEAVE_WITHDRAWN,
    Occasion.LEAVE_CUT,
    Occasion.COVERS,
    Occasion.COVER_NOT_NEEDED,
)
_OF_ATTENDANCE = (Occasion.CONTESTED, Occasion.UPHELD, Occasion.KEPT)
#: Where the page stands that it leads to, below the pages of staff.
PLACES: Mapping[Occasion, str] = {
    Occasion.SIGN: "duty/statements/",
    Occasion.SWAPPED: "roster/",
    **dict.fromkeys(_OF_POSTS, "duty/"),
    **dict.fromkeys(_OF_LEAVE, "leave/"),
    **dict.fromkeys(_OF_ATTENDANCE, "attendance/"),
}
ELSEWHERE = "roster/mine/"


def notice_address(tenant: Tenant, occasion: str) -> str:
    """The full address of the page that a notice leads to."""
    base = runtime().config.base_url
    return f"{base}/{tenant.slug}/work/{PLACES.get(Occasion(occasion), ELSEWHERE)}"


def tell(
    session: Session,
    occasion: Occasion,
    staff_ids: Collection[int],
    *,
    subject: tuple[str, int],
    post: Post | None = None,
    who: str = "",
    span: tuple[datetime, datetime] | None = None,
    step: str = "",
    now: datetime,
) -> int:
    """Tell people who work here, each once of the same; says how many were not told before.

    Whoever has no address for messages finds it on the page. ``step`` tells occasions about the
    same thing apart.
    """
    tenant = get_tenant(session)
    working = select(Staff).where(Staff.id.in_(sorted(staff_ids)), Staff.left_at.is_(None))
    count = 0
    for person in session.scalars(working.order_by(Staff.id)).all():
        key = f"duty:{occasion}:{subject[0]}:{subject[1]}:{step}:{person.id}"
        address = find_address(person, tenant)
        if address is None or _is_told(session, key):
            continue
        queue_message(
            session,
            template=NOTICE,
            kind=address.kind,
            to=address.value,
            language=DEFAULT_LANGUAGE,
            params={
                "occasion": str(occasion),
                "to": person.id,
                "post": post.name if post else {},
                "who": who,
                "starts": span[0].isoformat() if span else "",
                "ends": span[1].isoformat() if span else "",
            },
            key=key,
            subject=subject,
            now=now,
        )
        count += 1
    return count


@message_sending.connect
def is_still_needed(question: Sending) -> bool | None:
    """Nobody is asked to sign what is signed by then, or to answer what is over."""
    if question.template != NOTICE:
        return None
    session, subject_id = question.session, question.subject[1]
    if question.params["occasion"] == Occasion.SIGN:
        signed = select(DutySignature.id).where(
            DutySignature.statement_id == subject_id,
            DutySignature.staff_id == question.params["to"],
        )
        return session.scalars(signed).first() is None
    if question.params["occasion"] == Occasion.OFFERED:
        return session.get_one(ShiftOffer, subject_id).state == OfferState.OPEN
    return None


def _is_told(session: Session, key: str) -> bool:
    return session.scalar(select(Message.id).where(Message.key == key)) is not None
