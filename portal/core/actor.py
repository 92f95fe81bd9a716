"""Who does a thing: every verb is told, none looks around for it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Actor:
    """A member of staff, a citizen's verified contact, or the system's own sweeps."""

    kind: Literal["staff", "citizen", "system"]
    #: Id of the staff or contact row; None for the system and for citizens not yet verified.
    id: int | None = None


SYSTEM = Actor("system")
