"""``portal replay``: book a file of real appointments anew, and say what became of them."""

import json
import resource
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select

from portal.appointments.models import Booking
from portal.core.runtime import runtime
from portal.replay.course import Course, Outcome, Overtaken, begin_course
from portal.replay.history import Contents, UnreadableHistory, survey
from portal.replay.institution import NotOurs, prepare

#: Seconds between two lines of progress.
EVERY = 2.0
CAPACITY = 400


@dataclass(frozen=True)
class Result:
    """What became of a file; the last four figures are those of this process alone."""

    rows: int
    capacity: int
    outcomes: dict[str, int]
    busiest_clinic_day: int
    rows_now: int
    seconds: float
    rows_per_second: float
    peak_memory_mb: float


class Progress:
    """Says on standard error how far it is, not too often."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._begun = self._told = time.monotonic()
        self.steps = 0

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self._begun

    def tell(self, what: str, position: int, _tally: Counter[str]) -> None:
        """One step more is done."""
        self.steps += 1
        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            rate = self.steps / self.seconds
            line = f"{what}: {position:,} of {self._rows:,} rows, {rate:.0f} steps a second"
            click.echo(line, err=True)


NEW_FILE = click.Path(dir_okay=False, path_type=Path)
OLD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PLACES = click.IntRange(1, 1000)


@click.command("replay")
@click.argument("file", type=OLD_FILE)
@click.option("--capacity", type=PLACES, default=CAPACITY, help="Places of a clinic a day.")
@click.option("--slug", default="", help="The institution to be made or gone on with.")
@click.option("--json", "target", type=NEW_FILE, help="Also write the result there, for programs.")
@with_appcontext
def replay(file: Path, capacity: int, slug: str, target: Path | None) -> None:
    """Book the appointments of FILE by the real services, each at its own time.

    FILE is a gzipped table with a line for each appointment, in the order of booking. They are
    booked in an institution of their own. A replay that was cut off goes on where it was.
    """
    try:
        result = run(file, slug=slug or f"replay-{capacity}", capacity=capacity)
    except (UnreadableHistory, NotOurs) as error:
        raise click.ClickException(str(error)) from None
    except Overtaken:
        raise click.ClickException("Another process replays this file; it goes on there.") from None
    for line in worded(result):
        click.echo(line)
    if target is not None:
        target.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")


def run(file: Path, *, slug: str, capacity: int) -> Result:
    """Replay a file to its end; raises UnreadableHistory, NotOurs and Overtaken."""
    contents = survey(file)
    institution_id = prepare(slug, contents, capacity=capacity, now=runtime().clock.now())
    progress = Progress(contents.rows)
    with begin_course(institution_id, file, progress.tell) as course:
        course.book_all()
        course.miss_all()
        return _result(course, contents, capacity, progress)


def _result(course: Course, contents: Contents, capacity: int, progress: Progress) -> Result:
    seconds = progress.seconds
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    a_day = (
        select(func.count(Booking.id))
        .where(Booking.slot_id.is_not(None))
        .group_by(Booking.service_id, Booking.local_date)
        .order_by(func.count(Booking.id).desc())
        .limit(1)
    )
    return Result(
        rows=contents.rows,
        capacity=capacity,
        outcomes={str(outcome): course.tally[outcome] for outcome in Outcome},
        busiest_clinic_day=course.session.scalar(a_day) or 0,
        rows_now=progress.steps,
        seconds=round(seconds, 1),
        rows_per_second=round(progress.steps / seconds, 1) if seconds else 0.0,
        peak_memory_mb=round(kilobytes / 1024, 1),
    )


def worded(result: Result) -> list[str]:
    """The result for people."""
    figures = {
        "rows": result.rows,
        "places of a clinic a day": result.capacity,
        **result.outcomes,
        "busiest clinic-day": result.busiest_clinic_day,
        "steps a second": result.rows_per_second,
        "peak memory, MB": result.peak_memory_mb,
    }
    return [f"{name:34}{value:>10,}" for name, value in figures.items()]
