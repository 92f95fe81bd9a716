"""Who may keep a post by what they signed and are qualified for (W-GC-1, W-AB-2); pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from portal.core.errors import N_, DomainError
from portal.duty.coverage import Segment
from portal.duty.roster_rules import Finding, Trouble

#: What a person lacks, whatever the time of a shift is.
LACKS = frozenset({Trouble.UNSIGNED, Trouble.UNQUALIFIED, Trouble.EXPIRED})


class Unsigned(DomainError):
    """Whoever begins at a post has read and signed what it answers for (W-GC-1)."""

    default = N_("Read and sign the duty statement of this post first.")


class Unqualified(DomainError):
    """Whoever serves at a post is qualified for what is asked there (W-AB-2)."""

    default = N_(
        "A service of this post asks for a qualification that you do not have, or that is over. "
        "Ask whoever heads the unit."
    )


@dataclass(frozen=True)
class Fitness:
    """What posts ask for, and what people have of it."""

    #: The number of the newest statement, by post; a post without one asks for no signature.
    newest: Mapping[int, int] = field(default_factory=dict)
    #: The newest version that somebody has signed, by staff and post.
    signed: Mapping[tuple[int, int], int] = field(default_factory=dict)
    #: The services of a post that ask for a qualification, by post.
    asked: Mapping[int, Collection[int]] = field(default_factory=dict)
    #: Until when somebody is qualified, by staff and service.
    qualified: Mapping[tuple[int, int], datetime] = field(default_factory=dict)

    def find_lack(
        self, staff_id: int, post_id: int, until: datetime, *, is_published: bool = False
    ) -> Trouble | None:
        """What somebody lacks to keep a post up to a moment.

        Where it is published already, the signature under an older version holds.
        """
        newest = self.newest.get(post_id)
        if newest is not None:
            signed = self.signed.get((staff_id, post_id))
            if signed is None or (signed < newest and not is_published):
                return Trouble.UNSIGNED
        lacks = {
            self._qualification(staff_id, service_id, until)
            for service_id in self.asked.get(post_id, ())
        }
        return next(
            (each for each in (Trouble.UNQUALIFIED, Trouble.EXPIRED) if each in lacks), None
        )

    def _qualification(self, staff_id: int, service_id: int, until: datetime) -> Trouble | None:
        holds_until = self.qualified.get((staff_id, service_id))
        if holds_until is None:
            return Trouble.UNQUALIFIED
        return Trouble.EXPIRED if holds_until < until else None


def list_lacks(
    covered: Mapping[int, Iterable[Segment]],
    fitness: Fitness,
    is_published: Callable[[int, datetime], bool],
) -> list[Finding]:
    """Where somebody keeps a post who lacks what it asks for."""
    found = []
    for post_id, segments in covered.items():
        for segment in segments:
            if segment.duty is None:
                continue
            staff_id = segment.duty.staff_id
            lack = fitness.find_lack(
                staff_id,
                post_id,
                segment.end,
                is_published=is_published(post_id, segment.start),
            )
            if lack is not None:
                found.append(Finding(lack, post_id, segment.start, segment.end, staff_id))
    return found


def join_lacks(findings: Iterable[Finding]) -> list[Finding]:
    """Say once what somebody lacks at a post, from the first time to the last."""
    joined: list[Finding] = []
    place: dict[tuple[Trouble, int, int | None], int] = {}
    for each in findings:
        key = (each.trouble, each.post_id, each.staff_id)
        if each.trouble not in LACKS or key not in place:
            place[key] = len(joined)
            joined.append(each)
        else:
            first = joined[place[key]]
            joined[place[key]] = replace(first, end=max(first.end, each.end))
    return joined


def refuse(trouble: Trouble | None) -> None:
    """Say to the person what is missing; raises Unsigned and Unqualified."""
    if trouble is Trouble.UNSIGNED:
        raise Unsigned
    if trouble is not None:
        raise Unqualified
