"""Which institution the running work belongs to."""

from contextvars import ContextVar

_institution: ContextVar[int | None] = ContextVar("institution", default=None)


class ScopeError(RuntimeError):
    """Work on an institution's rows without its scope, or on another institution's rows."""


def current_institution_id() -> int:
    """The institution whose scope is open; raises ScopeError when there is none."""
    institution_id = _institution.get()
    if institution_id is None:
        raise ScopeError("no institution is set")
    return institution_id
