"""The one-time notice (一次性告知): what is missing, what is complete, what may not be asked; pure.

W-SW-3 and W-WM-2: everything is told at once, and nothing that was not told is asked for later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.core.errors import N_, DomainError
from portal.matters.rules import STATE_LABELS, Part, State, WrongState

#: While somebody works on a matter its notice is given and papers are taken in.
OPEN_FILE = frozenset(
    {
        State.RECEIVED,
        State.VERIFIED,
        State.REPORTED,
        State.IN_PROGRESS,
        State.OFFERED,
        State.DISPUTED,
        State.WAITING,
    }
)
#: Who may give a notice and take papers in.
GIVERS = frozenset({Part.FIRST_ASKED, Part.HOLDER, Part.LEAD})


class PapersComplete(DomainError):
    """Whoever brought everything is not sent back for more (W-WM-2)."""

    status = 409
    default = N_("The papers are complete. Nothing more may be asked for.")


class OnTheNotice(DomainError):
    """What the notice lists anyway is no further demand."""

    default = N_("This paper is on the notice. It can be asked for as it is.")


class NothingBrought(DomainError):
    """Taking in needs at least one paper."""

    default = N_("Tick at least one paper.")


class MoreThanMissing(DomainError):
    """More is written down than the notice still asks for."""

    default = N_("So many are not asked for. Write how many of the missing ones are here.")


class NeedsArticle(DomainError):
    """A refusal rests on an article that the person can read (W-WM-2)."""

    default = N_("Write the article that the refusal rests on.")


class AlreadyRefused(DomainError):
    """A file is refused once."""

    status = 409
    default = N_("It is refused already.")


class AlreadyAnswered(DomainError):
    """What was written about a signal stays as it is."""

    status = 409
    default = N_("Somebody has dealt with this already.")


@dataclass(frozen=True)
class Papers:
    """So many originals, which are shown, and copies, which stay."""

    originals: int
    copies: int

    def __bool__(self) -> bool:
        """Whether it is any at all."""
        return self.originals > 0 or self.copies > 0


NONE = Papers(0, 0)


def needed_of(originals: int, copies: int) -> Papers:
    """What has to be brought of a paper; one that the catalog does not count is shown once."""
    return Papers(originals, copies) if originals or copies else Papers(1, 0)


def add_up(parts: Iterable[Papers]) -> Papers:
    """All of them together."""
    found = list(parts)
    return Papers(sum(one.originals for one in found), sum(one.copies for one in found))


def missing_of(needed: Papers, brought: Papers) -> Papers:
    """What is still to come."""
    return Papers(
        max(0, needed.originals - brought.originals), max(0, needed.copies - brought.copies)
    )


def check_brought(
    missing: Mapping[int, Papers], brought: Mapping[int, Papers]
) -> dict[int, Papers]:
    """What is taken in of each paper, by its key, without the empty ones.

    Raises MoreThanMissing, also for a paper of which nothing is missing, or of another notice.
    """
    taken = {key: papers for key, papers in brought.items() if papers}
    for key, papers in taken.items():
        left = missing.get(key, NONE)
        if papers.originals > left.originals or papers.copies > left.copies:
            raise MoreThanMissing
        if papers.originals < 0 or papers.copies < 0:
            raise MoreThanMissing
    return taken


def is_complete(missing: Mapping[int, Papers], brought: Mapping[int, Papers]) -> bool:
    """Whether nothing is missing any more once this was taken in."""
    return not any(missing_of(left, brought.get(key, NONE)) for key, left in missing.items())


def names_same(demanded: str, name: str) -> bool:
    """Whether a demand means a paper of the notice by its name, whatever the spacing."""
    return _plain(demanded) == _plain(name)


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


def check_open(state: State) -> None:
    """Raises WrongState where nobody works on the matter any more, or nobody does yet."""
    if state not in OPEN_FILE:
        raise WrongState(state=STATE_LABELS[state])
