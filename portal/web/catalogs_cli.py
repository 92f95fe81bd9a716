"""The commands with which translators and the build keep the catalogues."""

import json
import sys
from pathlib import Path

import click

from portal.web import catalogs as library_of_messages
from portal.web.catalog_checks import find_problems
from portal.web.catalogs import Library, UnknownMessageError, extract, list_missing, read_written


@click.group()
def catalogs() -> None:
    """Keep the message catalogues of the three languages."""


@catalogs.command()
@click.option("--prune", is_flag=True, help="Forget translations that the source has no use for.")
def update(*, prune: bool) -> None:
    """Bring the catalogues up to the source."""
    written = library_of_messages.update(Library(), is_pruned=prune)
    click.echo(
        f"Catalogues follow the source; {len(list_missing(written))} messages have no translation, "
        f"{len(written.obsolete)} translations have no use."
    )


@catalogs.command()
def check() -> None:
    """Fail when a catalogue or a text in the source is not as it must be."""
    problems = find_problems(Library())
    for problem in problems:
        click.echo(problem)
    if problems:
        click.echo(f"{len(problems)} problems with the catalogues.", err=True)
        sys.exit(1)


@catalogs.command("compile")
def compile_() -> None:
    """Make what the program reads; quick when nothing changed."""
    stale = library_of_messages.compile_catalogs(Library())
    click.echo(f"Compiled: {', '.join(stale) or 'nothing, all fresh'}.")


@catalogs.command()
def missing() -> None:
    """Print the messages without a translation as JSON, ready for `fill`."""
    library = Library()
    written = read_written(library, extract(library))
    click.echo(json.dumps(list_missing(written), ensure_ascii=False, indent=1))


@catalogs.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def fill(file: Path) -> None:
    """Write the translations of a JSON file into the Traditional catalogue."""
    try:
        translations = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"Not JSON: {error}") from None
    if not isinstance(translations, dict):
        raise click.ClickException("Expected an object of messages and translations.")
    try:
        count = library_of_messages.fill(Library(), translations)
    except UnknownMessageError as error:
        raise click.ClickException(f"These fit no message of the source:\n{error}") from None
    click.echo(f"Wrote {count} translations.")


if __name__ == "__main__":
    catalogs()
