"""For what staff may look at personal data; whoever opens more than a list shows names one."""

from collections.abc import Mapping
from enum import StrEnum

from portal.core.errors import N_


class Purpose(StrEnum):
    """Why somebody looks, as the access log keeps it."""

    SERVE = "serve"
    REACH = "reach"
    CHECK = "check"
    CORRECT = "correct"
    COMPLAINT = "complaint"


PURPOSE_LABELS: Mapping[Purpose, str] = {
    Purpose.SERVE: N_("To serve the person"),
    Purpose.REACH: N_("To reach the person"),
    Purpose.CHECK: N_("To check papers"),
    Purpose.CORRECT: N_("To correct data"),
    Purpose.COMPLAINT: N_("To answer a complaint"),
}


def purpose_label(code: str) -> str:
    """The msgid of a purpose; an old code that nobody gives any more stands for itself."""
    return PURPOSE_LABELS[Purpose(code)] if code in set(Purpose) else code
