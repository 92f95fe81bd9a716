"""What is known of a matter when it comes in: kind, way, who, how grave; pure."""

from collections.abc import Mapping
from enum import StrEnum

from portal.core.errors import N_


class Kind(StrEnum):
    """What somebody brings (Q5)."""

    REPAIR = "repair"
    PAID_SERVICE = "paid_service"
    COMPLAINT = "complaint"
    ENQUIRY = "enquiry"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    APPLICATION = "application"


KIND_LABELS: Mapping[Kind, str] = {
    Kind.REPAIR: N_("Repair"),
    Kind.PAID_SERVICE: N_("Paid service"),
    Kind.COMPLAINT: N_("Complaint"),
    Kind.ENQUIRY: N_("Enquiry"),
    Kind.SUGGESTION: N_("Suggestion"),
    Kind.PRAISE: N_("Praise"),
    Kind.APPLICATION: N_("Application"),
}

#: What belongs to each kind, in one line for whoever chooses.
KIND_HINTS: Mapping[Kind, str] = {
    Kind.REPAIR: N_("Something is broken or does not work"),
    Kind.PAID_SERVICE: N_("Work that you order and pay for"),
    Kind.COMPLAINT: N_("Something went wrong, or somebody treated you badly"),
    Kind.ENQUIRY: N_("A question that needs an answer"),
    Kind.SUGGESTION: N_("How something could be better"),
    Kind.PRAISE: N_("Thank somebody who helped you"),
    Kind.APPLICATION: N_("Papers or a permit that you want to have made"),
}

#: What to ask besides (問清楚), by kind.
PROMPTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.REPAIR: (
        N_("Exactly which spot is it, and since when?"),
        N_("Is water, gas, power or fire involved, or is somebody in danger?"),
        N_("When may somebody come, and who opens the door?"),
    ),
    Kind.PAID_SERVICE: (
        N_("What is wanted, how much of it, and when?"),
        N_("Is the price known and agreed?"),
    ),
    Kind.COMPLAINT: (
        N_("When and where did it happen, and who was there?"),
        N_("Who or what is it about?"),
        N_("What would put it right?"),
    ),
    Kind.ENQUIRY: (N_("What exactly does the person want to know, and for what?"),),
    Kind.SUGGESTION: (N_("What should be different, and whom would it help?"),),
    Kind.PRAISE: (N_("Who is praised, and what for?"),),
    Kind.APPLICATION: (
        N_("Which service is it, and for whom?"),
        N_("Which papers are here already?"),
    ),
}


class Channel(StrEnum):
    """How it came."""

    PHONE = "phone"
    VISIT = "visit"
    ONLINE = "online"
    INTERNAL = "internal"


CHANNEL_LABELS: Mapping[Channel, str] = {
    Channel.PHONE: N_("By phone"),
    Channel.VISIT: N_("In person"),
    Channel.ONLINE: N_("Online"),
    Channel.INTERNAL: N_("Noticed by ourselves"),
}


class Identity(StrEnum):
    """What is known of who brings it."""

    NAMED = "named"
    #: A name was given and not checked (身份待核); it is taken all the same (P-2).
    UNVERIFIED = "unverified"
    ANONYMOUS = "anonymous"


IDENTITY_LABELS: Mapping[Identity, str] = {
    Identity.NAMED: N_("Gives a name"),
    Identity.UNVERIFIED: N_("Gives a name, not yet verified"),
    Identity.ANONYMOUS: N_("Stays anonymous"),
}


class Confirmation(StrEnum):
    """How the person agreed with what was read back (復清楚)."""

    WORD = "word"
    #: The person said the code that was sent with it.
    CODE = "code"
    SIGNATURE = "signature"
    #: The person looked at it on the own page and said that it is right.
    OWN = "own"
    #: The person wrote it online and left no way to be asked.
    SENT = "sent"


CONFIRMATION_LABELS: Mapping[Confirmation, str] = {
    Confirmation.WORD: N_("The person said yes"),
    Confirmation.CODE: N_("The person said the code that we sent"),
    Confirmation.SIGNATURE: N_("The person signed the printed sheet"),
    Confirmation.OWN: N_("The person said so on the own page"),
    Confirmation.SENT: N_("The person wrote it and cannot be asked"),
}


class Severity(StrEnum):
    """How grave it is (P-3.1, Q7)."""

    NORMAL = "normal"
    MAJOR = "major"


SEVERITY_LABELS: Mapping[Severity, str] = {
    Severity.NORMAL: N_("Ordinary"),
    Severity.MAJOR: N_("Grave: whoever leads the institution decides"),
}


class Told(StrEnum):
    """How somebody was told."""

    MESSAGE = "message"
    PHONE = "phone"
    PERSON = "person"


TOLD_LABELS: Mapping[Told, str] = {
    Told.MESSAGE: N_("By message"),
    Told.PHONE: N_("On the phone"),
    Told.PERSON: N_("In person"),
}
