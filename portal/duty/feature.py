"""Manifest of duty at posts."""

from datetime import timedelta

from flask import Flask

from portal.core.errors import N_
from portal.core.sweeps import Sweep
from portal.duty import (
    attendance_forgetting,
    belonging,
    leave_telling,
    limits,
    notices,
    roster_belonging,
    telling,
)
from portal.duty.notices import HEADLINES, notice_address
from portal.duty.permissions import EDIT, REPORTS
from portal.duty.services.concurring import lapse_requests
from portal.duty.services.forgetting import end_forgotten
from portal.duty.services.offering import end_offers
from portal.duty.services.presence import end_lapsed
from portal.duty.services.watching import watch_posts
from portal.duty.telling import duty_address
from portal.duty.views import (
    attendance,
    leave,
    offers,
    own,
    public,
    qualifications,
    readiness,
    roster,
    shift_patterns,
    shifts,
    statements,
)
from portal.web.feature import Door, Feature, MenuEntry, Permission


def _set_up(app: Flask) -> None:
    """Messages name the page of one's posts without a request to build addresses from."""
    app.jinja_env.globals["duty_link"] = duty_address
    app.jinja_env.globals["duty_place"] = notice_address
    app.jinja_env.globals["duty_headlines"] = HEADLINES


FEATURE = Feature(
    name="duty",
    blueprints=(
        own.pages,
        public.pages,
        roster.pages,
        shifts.pages,
        shift_patterns.pages,
        leave.pages,
        statements.pages,
        qualifications.pages,
        offers.pages,
        attendance.pages,
        readiness.pages,
    ),
    doors=(
        Door(
            "windows.index",
            "person",
            N_("Who is at the windows now"),
            N_("Names, and who stands in for whom"),
            order=45,
        ),
    ),
    menu=(
        MenuEntry(N_("My posts"), "duty.index", order=14),
        MenuEntry(N_("Roster"), "roster.index", order=17),
        MenuEntry(N_("Leave of absence"), "leave.index", order=18),
        MenuEntry(N_("Attendance"), "attendance.index", order=19),
        MenuEntry(N_("Who is ready to stand in"), "readiness.index", REPORTS, order=34),
    ),
    permissions=(
        Permission(EDIT, N_("Keep the roster and decide on leave")),
        Permission(REPORTS, N_("See the reports on how posts are kept")),
    ),
    sweeps=(
        Sweep("duty.lapse", timedelta(minutes=1), end_lapsed),
        Sweep("duty.lapse_requests", timedelta(minutes=1), lapse_requests),
        Sweep("duty.forgotten", timedelta(minutes=1), end_forgotten),
        Sweep("duty.offers", timedelta(minutes=1), end_offers),
        Sweep("duty.watch", timedelta(minutes=1), watch_posts),
    ),
    listeners=(
        attendance_forgetting,
        belonging,
        leave_telling,
        limits,
        notices,
        roster_belonging,
        telling,
    ),
    set_up=_set_up,
)
