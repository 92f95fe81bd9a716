"""What the shape of a profile's items does not tell: texts, codes and what they refer to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from portal.core.localized import LANGUAGE_ORDER
from portal.tenancy.profile_lines import Place
from portal.web.feature import ProfilePart

Problem = tuple[Place, str]


def check_texts(item: BaseModel, place: Place) -> Iterator[Problem]:
    """Every text needs Traditional Chinese, and knows no language but ours."""
    for name, field in type(item).model_fields.items():
        value = getattr(item, name)
        if value or field.is_required():
            yield from _check_value(value, (*place, name))


def _check_value(value: Any, place: Place) -> Iterator[Problem]:
    if isinstance(value, BaseModel):
        yield from check_texts(value, place)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _check_value(item, (*place, number))
    elif isinstance(value, dict):
        # A dictionary in a profile is a text by language; there is no other.
        if not value.get("zh_Hant", "").strip():
            yield place, "a text needs zh_Hant"
        for language in value.keys() - set(LANGUAGE_ORDER):
            yield (*place, language), f"there is no language {language!r}"


def check_codes(codes: Sequence[str], key: str) -> Iterator[Problem]:
    """A code names one item."""
    for number, code in enumerate(codes):
        if code and code in codes[:number]:
            yield (key, number, "code"), f"{code!r} stands twice"


def check_references(
    part: ProfilePart,
    items: Sequence[Any],
    codes: Sequence[str],
    known: Mapping[str, frozenset[str]],
) -> Iterator[Problem]:
    """What an item refers to must be there; within its own part, further up."""
    for number, item in enumerate(items):
        if item is None:
            continue
        for path, target in part.refers.items():
            is_own = target == part.key
            there = set(codes[:number]) if is_own else known[target]
            for place, code in _values(item, path.split("."), (part.key, number)):
                if code and code not in there:
                    where = " further up" if is_own else ""
                    yield place, f"there is no {target} {code!r}{where}"


def _values(value: Any, path: list[str], place: Place) -> Iterator[tuple[Place, str]]:
    """All values at a path, which may lead through lists."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _values(item, path, (*place, number))
    elif path:
        yield from _values(getattr(value, path[0]), path[1:], (*place, path[0]))
    else:
        yield place, value
