"""The accounts of the demonstration, open to everybody who tries it."""

from dataclasses import dataclass

import click

from portal.core.config import Config

#: Known to everybody; production refuses to serve this demonstration.
PASSWORD = "look-around-here"  # noqa: S105 meant to be known
#: By which everybody signs what is handed over.
PIN = "480215"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 meant to be known

SLUGS = {"township": "qingxi", "property": "sunshine", "outpatient": "linjiang"}


@dataclass(frozen=True)
class Login:
    """One account, the same in every institution."""

    number: str
    #: Code of its role in every profile.
    role: str
    words: str
    #: Whether the role holds for the person's own unit only.
    is_bound: bool = False
    #: Whether it is one of those that are printed.
    is_shown: bool = False


LOGINS = (
    Login("1001", "clerk", "window clerk", is_shown=True),
    Login("1002", "clerk", "window clerk"),
    Login("1003", "clerk", "window clerk"),
    Login("1004", "clerk", "window clerk"),
    Login("1005", "clerk", "window clerk of one unit", is_bound=True, is_shown=True),
    Login("1006", "clerk", "window clerk of one unit", is_bound=True),
    Login("1007", "clerk", "window clerk of one unit", is_bound=True),
    Login("2001", "head", "head, with second factor", is_shown=True),
    Login("2002", "head", "head of one unit, with second factor", is_bound=True),
    Login("3001", "leader", "leader, oversees the windows, with second factor", is_shown=True),
    Login("9001", "administrator", "administrator, with second factor", is_shown=True),
    Login("9002", "administrator", "administrator, with second factor"),
)


def shown_logins() -> list[Login]:
    """The accounts that show all there is to see."""
    return [login for login in LOGINS if login.is_shown]


def print_logins(config: Config) -> None:
    """Say where to look and how to get in."""
    address = f"http://{config.host}:{config.port}"
    click.echo(f"\nThe portal is at {address}/")
    for slug in SLUGS.values():
        click.echo(f"  {address}/{slug}/   for staff: {address}/{slug}/work/sign-in/")
        click.echo(f"      messages with one-time codes: {address}/{slug}/outbox/")
    click.echo(f"\nSign in with the password {PASSWORD} and one of these numbers:")
    for login in shown_logins():
        click.echo(f"  {login.number}  {login.words}")
    click.echo(f"Whoever hands over or takes over signs with the PIN {PIN}.")
    click.echo("Codes of the second factor stand on the page of messages, too.\n")
