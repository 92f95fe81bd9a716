"""``portal import``: take in a file of real service requests, and say what became of them."""

import time
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.core.errors import DomainError
from portal.core.runtime import runtime
from portal.importing.course import Overtaken, begin_course
from portal.importing.figures import Month, write_table
from portal.importing.institution import HEAD_NUMBER, NotOurs, prepare, read_zone
from portal.importing.rows import UnreadableRegister, survey

#: Seconds between two lines of progress.
EVERY = 2.0
OLD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Progress:
    """Says on standard error how far it is, not too often."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._begun = self._told = time.monotonic()
        self.taken = 0

    @property
    def rate(self) -> float:
        """Rows taken in a second, by this process."""
        seconds = time.monotonic() - self._begun
        return self.taken / seconds if seconds else 0.0

    def tell(self, number: int) -> None:
        """One row more is taken in."""
        self.taken += 1
        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            _say(f"row {number:,} of {self._rows:,}, {self.rate:.0f} rows a second")


@click.group("import")
def import_commands() -> None:
    """Take in what another register holds, into an institution made for it."""


@import_commands.command("requests")
@click.argument("file", type=OLD_FILE)
@click.option("--institution", "slug", required=True, help="To be made, or gone on with.")
@with_appcontext
def requests(file: Path, slug: str) -> None:
    """Take the service requests of FILE in by the real services, each at its own time.

    FILE is a gzipped table with a line for each request. They become matters of an institution
    of their own. What cannot be is named with its row and changes nothing. An import that was cut
    off goes on where it was, and one that is done changes nothing. Standard output has the
    figures by month of acceptance as CSV, everything else is said on standard error.
    """
    try:
        months = run(file, slug=slug)
    except (UnreadableRegister, NotOurs) as error:
        raise click.ClickException(str(error)) from None
    except DomainError as error:
        raise click.ClickException(error.message) from None
    except Overtaken:
        raise click.ClickException("Another process takes it in; it goes on there.") from None
    click.echo(write_table(months), nl=False)


def run(file: Path, *, slug: str) -> dict[str, Month]:
    """Take a file in to its end; raises UnreadableRegister, NotOurs, BadSlug and Overtaken."""
    now = runtime().clock.now()
    contents = survey(file, read_zone(), now)
    for row in contents.bad:
        _say(f"{row}; not taken in")
    prepared = prepare(slug, contents)
    if prepared.issued is not None:
        _say(f"Made {slug!r}. {HEAD_NUMBER} signs in with {prepared.issued.plain}")
    progress = Progress(contents.rows)
    with begin_course(prepared.institution_id, file, now=now, tell=progress.tell) as course:
        course.take_all()
        months, held = course.count_months(), len(course.known)
    _say(
        f"{contents.rows:,} rows, {len(contents.bad)} not taken in, {progress.taken:,} taken in now"
        f" ({progress.rate:.1f} a second), {held:,} matters in all"
    )
    return months


def _say(line: str) -> None:
    click.echo(line, err=True)
