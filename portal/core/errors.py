"""The errors a rule or service may raise, worded for the person who meets them."""

from typing import ClassVar


def N_(msgid: str) -> str:  # noqa: N802 gettext's own name
    """Mark a message for translation where no language is known yet; the web edge translates."""
    return msgid


class DomainError(Exception):
    """A request that the rules refuse; changes nothing and lands on a form field.

    ``message`` is an English msgid with ``%(name)s`` places filled from ``params`` after
    translation; ``field`` names the form field it belongs to, if any. ``worded`` names the
    parameters that are msgids themselves, as a state's label is.
    """

    status = 422
    default = N_("This cannot be done.")
    worded: ClassVar[tuple[str, ...]] = ()

    def __init__(self, message: str = "", *, field: str | None = None, **params: object) -> None:
        super().__init__(message or self.default)
        self.message = message or self.default
        self.field = field
        self.params = params


class NotFound(DomainError):
    """The thing does not exist for this person: absent, foreign and forbidden look alike."""

    status = 404
    default = N_("There is nothing here.")


class Forbidden(DomainError):
    """The person is known and may not do this."""

    status = 403
    default = N_("Your account may not do this.")


class Stale(DomainError):
    """Somebody else changed the thing since the form was opened (compare-and-set failed).

    ``version`` is how the thing stands by now: whoever has read what happened meanwhile decides
    by it. None where the form holds what others wrote, which a second try must not undo.
    """

    status = 409
    default = N_("Someone else changed this meanwhile. Look again, then decide.")

    def __init__(
        self,
        message: str = "",
        *,
        field: str | None = None,
        version: int | None = None,
        **params: object,
    ) -> None:
        super().__init__(message, field=field, **params)
        self.version = version


class TooMany(DomainError):
    """A limit on attempts is reached; ``retry_after`` says in seconds when to come back."""

    status = 429
    default = N_("Too many attempts. Wait a little, then try again.")

    def __init__(
        self,
        message: str = "",
        *,
        field: str | None = None,
        retry_after: int = 60,
        **params: object,
    ) -> None:
        super().__init__(message, field=field, **params)
        self.retry_after = retry_after


class Busy(DomainError):
    """The database could not take the work in time; trying again is right."""

    status = 503
    retry_after = 5
    default = N_("Very many people are here at once. Nothing was lost; please try again.")


class TryAgain(Exception):
    """Lost a race that a second try of the whole unit of work will win or answer."""
