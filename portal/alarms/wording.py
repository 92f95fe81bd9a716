"""What the watched limits are called (decisions 3.4), for pages and messages."""

from flask_babel import gettext

from portal.core.errors import N_

#: By the alarm's code; named after the limit, which may still lie ahead.
LIMITS = {
    "AL-01": N_("Nobody is on duty at the 24-hour desk"),
    "AL-02": N_("Report to the head"),
    "AL-02c": N_("First contact"),
    "AL-02r": N_("Reading it back"),
    "AL-03": N_("Promised time in danger"),
    "AL-04": N_("Promised time"),
    "AL-04c": N_("Objection to a pause"),
    "AL-04d": N_("Decision of the leader"),
    "AL-04e": N_("More time is asked for"),
    "AL-04p": N_("A pause that goes on"),
    "AL-05": N_("It came back"),
    "AL-06": N_("Nobody is at an open post"),
    "AL-06r": N_("Coming back to the post"),
    "AL-07": N_("Handover at the end of the shift"),
    "AL-07b": N_("Handing back after an absence"),
    "AL-07s": N_("Signature after an emergency"),
    "AL-09": N_("Approval of a second post"),
    "P-4.2.1": N_("Help that is owed"),
    "W-SW-3": N_("Demand outside the notice"),
}


def limit_name(code: str) -> str:
    """A limit in the reader's language; its bare code where it has no words yet."""
    return str(gettext(LIMITS[code])) if code in LIMITS else code
