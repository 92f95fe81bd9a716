"""Which version of an institution's settings holds when, and what each one changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from portal.tenancy.models import SettingsVersion

Document = dict[str, Any]
State = Literal["planned", "holds", "past"]


@dataclass(frozen=True)
class Chapter:
    """One version as the history shows it."""

    number: int
    valid_from: datetime
    #: Staff id of the author; None when a profile set it.
    author_id: int | None
    #: Sections in which it differs from what would have held without it.
    sections: tuple[str, ...]
    state: State


def _order(version: SettingsVersion) -> tuple[datetime, int]:
    return version.valid_from, version.number


def in_force(versions: Iterable[SettingsVersion], at: datetime) -> SettingsVersion:
    """The version that holds at a moment: of those begun the latest, of one moment the newest.

    Before the first one begins, the first one.
    """
    known = list(versions)
    begun = [version for version in known if version.valid_from <= at]
    return max(begun, key=_order) if begun else min(known, key=_order)


def planned(versions: Sequence[SettingsVersion], after: datetime) -> list[SettingsVersion]:
    """The versions that will begin to hold later than a moment, in order; one a moment."""
    later = sorted((v for v in versions if v.valid_from > after), key=_order)
    return list({version.valid_from: version for version in later}.values())


def replaced(document: Document, sections: Document) -> Document:
    """The document with some sections put in place of those it has."""
    return {**document, **sections}


def carried(base: Document, later: Document, sections: Document) -> Document:
    """A later document with the change carried on, save where it says something of its own."""
    untouched = {
        section: values
        for section, values in sections.items()
        if later.get(section) == base.get(section)
    }
    return replaced(later, untouched)


def history(
    versions: Sequence[SettingsVersion], shown: Iterable[SettingsVersion], now: datetime
) -> list[Chapter]:
    """Some of all versions, each with what it changed."""
    holding = in_force(versions, now).number
    coming = {version.number for version in planned(versions, now)}
    return [
        Chapter(
            number=version.number,
            valid_from=version.valid_from,
            author_id=version.author_id,
            sections=_changed_by(version, versions),
            state=_state(version.number, holding, coming),
        )
        for version in shown
    ]


def _changed_by(version: SettingsVersion, versions: Iterable[SettingsVersion]) -> tuple[str, ...]:
    earlier = [other for other in versions if other.number < version.number]
    base = in_force(earlier, version.valid_from).document if earlier else {}
    return tuple(name for name, values in version.document.items() if values != base.get(name))


def _state(number: int, holding: int, coming: set[int]) -> State:
    if number in coming:
        return "planned"
    return "holds" if number == holding else "past"
