"""What whoever leads the institution decides, and nobody below (P-3.1d, Q7); pure."""

from portal.core.errors import N_, DomainError
from portal.matters.intake_rules import Severity


class NeedsLeader(DomainError):
    """A grave matter, or one above the limit, is not settled by the desk."""

    default = N_("Whoever leads the institution decides this first. Put it before the leader.")
    above = N_(
        "Up to %(limit)s you decide yourself. More is decided by whoever leads the institution."
    )


class BeforeLeader(DomainError):
    """It lies before the leader already."""

    status = 409
    default = N_("It lies before the leader already.")


class NotBeforeLeader(DomainError):
    """Nothing lies before the leader."""

    status = 409
    default = N_("Nothing was put before the leader.")


def check_authority(
    *,
    severity: Severity,
    amount: int | None,
    limit: int,
    settled_amount: int | None,
    is_settled: bool,
    is_escalated: bool,
) -> None:
    """Refuse what is beyond the holder: raises NeedsLeader, on the field "amount" for money.

    ``settled_amount`` is what the leader granted, in whole units.
    """
    if is_escalated or (severity is Severity.MAJOR and not is_settled):
        raise NeedsLeader
    allowed = max(limit, settled_amount or 0) if is_settled else limit
    if amount is not None and amount > allowed:
        raise NeedsLeader(NeedsLeader.above, field="amount", limit=allowed)
