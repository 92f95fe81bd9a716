"""An institution's settings: one typed document, versioned as a whole, with valid-from."""

from datetime import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from portal.core.localized import Localized


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Phone(_Part):
    """A published number and what it is for."""

    label: Localized
    number: str = Field(min_length=3, max_length=40)


class Words(_Part):
    """What this institution calls its people and acts; a resident here is a patient there."""

    #: The person served, as staff read it: 業戶, 患者, 群眾.
    citizen: Localized
    #: The act of booking, on the home page: 預約掛號, 預約辦事.
    booking: Localized
    #: The place of service, as staff read it: 服務臺, 診室, 窗口.
    post: Localized
    #: The day list's heading for closed halves: 休息, 休診, 停辦.
    closed: Localized


class Presence(_Part):
    """How the institution presents itself on its pages."""

    tagline: Localized
    headline: Localized
    lead: Localized
    #: Lines of the framed motto on the home page.
    motto: list[Localized] = Field(max_length=2)
    address: Localized
    phones: list[Phone] = Field(min_length=1, max_length=4)


#: Classes of people who may claim priority (Q9); an institution has those it serves.
PriorityClass = Literal["elderly", "disabled", "pregnant", "child", "service"]


class BookingRules(_Part):
    """Limits of 辦事預約 (decisions 3.2)."""

    #: Days ahead that are open for booking.
    horizon_days: int = Field(default=14, ge=1, le=365)
    #: Local time at which the last day of the horizon is released.
    release_time: time = time(6, 30)
    hold_minutes: int = Field(default=10, ge=2, le=60)
    live_per_contact: int = Field(default=3, ge=1, le=20)
    #: Percent of each half-day's places kept for the counter.
    counter_share: int = Field(default=20, ge=0, le=100)
    #: Percent of each half-day's places kept for priority persons.
    priority_share: int = Field(default=10, ge=0, le=100)
    #: Local time, the day before, at which kept places open to all.
    share_opens: time = time(12, 0)
    #: Unverified holds one network may have at the same time.
    holds_per_network: int = Field(default=6, ge=1, le=1000)
    #: Minutes after the slot's start within which a late person is still served.
    grace_minutes: int = Field(default=30, ge=0, le=240)
    #: Who came this many minutes after the start or earlier came in time (W-YY-3) …
    breach_arrival_minutes: int = Field(default=10, ge=0, le=240)
    #: … and is let down when serving has not begun this many minutes after the end.
    breach_start_minutes: int = Field(default=10, ge=0, le=240)
    #: How long the new times are kept that a person is offered then.
    breach_offer_minutes: int = Field(default=60, ge=10, le=1440)
    #: Cancelling online closes this many hours before the end of the day before; 0 = 24:00.
    cancel_hours_before_midnight: int = Field(default=0, ge=0, le=48)
    #: Local times between which nobody is sent a reminder or an offer; the same twice: never.
    quiet_from: time = time(21, 0)
    quiet_until: time = time(7, 0)
    #: Minutes for which a returned place is kept for whoever is next on the waiting list.
    offer_minutes: int = Field(default=30, ge=5, le=240)
    #: Missed appointments that close online booking; 0: none ever does.
    no_show_limit: int = Field(default=3, ge=0, le=20)
    #: Days within which they count together.
    no_show_days: int = Field(default=90, ge=1, le=365)
    #: Days for which online booking is closed then; desk and phone stay open.
    no_show_closed_days: int = Field(default=30, ge=1, le=365)
    #: Classes of people who may claim priority here.
    priorities: tuple[PriorityClass, ...] = ("elderly", "disabled", "pregnant", "child", "service")
    #: From which age on a person counts as elderly.
    elderly_age: int = Field(default=60, ge=50, le=90)
    #: Days after a closed time within which another one counts as equivalent.
    closure_reach_days: int = Field(default=7, ge=0, le=60)
    #: Days ahead that opening hours must be published before they change (H-10, Q8).
    hours_notice_days: int = Field(default=7, ge=0, le=60)


class MatterRules(_Part):
    """Limits of 首問責任 (decisions 3.2)."""

    #: Capitals with which the serial numbers of matters begin.
    prefix: str = Field(default="M", pattern="^[A-Z]{1,3}$")
    #: Calendar hours from acceptance within which a result is promised (P-5.2c, Q1).
    resolution_hours: int = Field(default=72, ge=1, le=720)
    #: Open minutes from acceptance within which the person hears from whoever handles it, and
    #: minutes of the clock where it was accepted outside the hours (P-5.2a).
    contact_minutes: int = Field(default=30, ge=1, le=1440)
    contact_minutes_closed: int = Field(default=120, ge=1, le=2880)
    #: Money up to which the holder may decide alone, in whole units (P-3.1, Q7).
    amount_limit: int = Field(default=2000, ge=0, le=1_000_000)
    #: Minutes within which the head acknowledges a report, before the deputy is told (P-4.1.1b).
    acknowledge_minutes: int = Field(default=15, ge=1, le=1440)
    #: Working minutes within which a colleague answers a referral, before it comes back (W-SW-3).
    answer_minutes: int = Field(default=30, ge=1, le=1440)


class DutyRules(_Part):
    """Limits of AB頂崗 (decisions 3.2)."""

    #: Minutes for which an open post may be without anybody, before it is told (AL-06).
    empty_minutes: int = Field(default=5, ge=1, le=60)
    #: The same for a post that never closes (AL-01).
    desk_minutes: int = Field(default=1, ge=1, le=60)
    #: Longest absence that a colleague covers; a longer one is handed over (W-AB-1).
    cover_minutes: int = Field(default=30, ge=5, le=120)
    #: Hours that lie at least between two shifts of somebody on different days.
    rest_hours: int = Field(default=11, ge=0, le=24)
    #: Days ahead that leave is asked for; shorter: the head writes it down (W-AB-2).
    leave_notice_days: int = Field(default=1, ge=0, le=60)
    #: Hours before a shift begins at which the offer of it to a colleague ends.
    offer_hours: int = Field(default=12, ge=0, le=168)
    #: Minutes after the end of a shift, or of a post's hours, for which nobody is signed out.
    sign_out_minutes: int = Field(default=15, ge=5, le=240)
    #: Minutes up to which nobody comes late or leaves early.
    grace_minutes: int = Field(default=5, ge=0, le=30)
    #: Days after a shift in which its holder may contest what attendance says of it.
    contest_days: int = Field(default=7, ge=1, le=60)


class Privacy(_Part):
    """What is kept of people, why, and for how long."""

    #: Days after which the personal data of a finished booking are erased.
    retention_days: int = Field(default=365, ge=30, le=3650)
    notice: Localized


class SignIn(_Part):
    """Rules of signing in (decisions 3.2)."""

    password_length: int = Field(default=12, ge=12, le=64)
    idle_minutes: int = Field(default=15, ge=5, le=120)


class Settings(_Part):
    """The whole document."""

    words: Words
    presence: Presence
    booking: BookingRules = BookingRules()
    matters: MatterRules = MatterRules()
    duty: DutyRules = DutyRules()
    privacy: Privacy
    sign_in: SignIn = SignIn()
