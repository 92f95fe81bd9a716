"""Addresses in templates: what they look like follows from a few values, so it is worked out once.

A list of people asks for dozens of them, and building one costs more than writing it.
"""

from functools import lru_cache
from typing import Any

from flask import g, has_request_context, request, url_for

#: Addresses that are remembered; the oldest are forgotten.
REMEMBERED = 4096
#: Values of these kinds look the same whenever they are equal; True and 1 do not.
_PLAIN = {str, int}


def address_for(endpoint: str, **values: Any) -> str:
    """As Flask's ``url_for``, for addresses of this house."""
    if not has_request_context() or any(
        name.startswith("_") or type(value) not in _PLAIN for name, value in values.items()
    ):
        return url_for(endpoint, **values)
    place = request.blueprint if endpoint.startswith(".") else None
    institution = g.get("slug") or getattr(g.get("institution"), "slug", None)
    return _build(request.script_root, institution, place, endpoint, tuple(values.items()))


@lru_cache(maxsize=REMEMBERED)
def _build(
    _root: str,
    _institution: str | None,
    _place: str | None,
    endpoint: str,
    values: tuple[tuple[str, Any], ...],
) -> str:
    """The first three are what Flask adds from the request."""
    return url_for(endpoint, **dict(values))
