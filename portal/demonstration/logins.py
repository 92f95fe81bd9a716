"""The accounts of the demonstration, open to everybody who tries it."""

from dataclasses import dataclass

import click

from portal.core.config import Config

#: Known to everybody; production refuses to serve this demonstration.
PASSWORD = "look-around-here"  # noqa: S105 meant to be known
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 meant to be known

SLUGS = {"township": "qingxi", "property": "sunshine", "outpatient": "linjiang"}


@dataclass(frozen=True)
class Login:
    """One account, the same in every institution."""

    number: str
    role: str
    words: str


LOGINS = (
    Login("1001", "clerk", "window clerk"),
    Login("1002", "clerk", "window clerk"),
    Login("1003", "clerk", "window clerk"),
    Login("2001", "head", "head, with second factor"),
    Login("9001", "administrator", "administrator, with second factor"),
)


def print_logins(config: Config) -> None:
    """Say where to look and how to get in."""
    address = f"http://{config.host}:{config.port}"
    click.echo(f"\nThe portal is at {address}/")
    for slug in SLUGS.values():
        click.echo(f"  {address}/{slug}/   for staff: {address}/{slug}/work/sign-in/")
        click.echo(f"      messages with one-time codes: {address}/{slug}/outbox/")
    click.echo(f"\nSign in with the password {PASSWORD} and one of these numbers:")
    for login in LOGINS:
        click.echo(f"  {login.number}  {login.words}")
    click.echo("Codes of the second factor stand on the page of messages, too.\n")
