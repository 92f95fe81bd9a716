"""The course of an import: every row by the real services, with the clock as it was then."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.session import db, institution_scope
from portal.core.unit import run_unit
from portal.importing import figures
from portal.importing.institution import Office, read_office
from portal.importing.models import ImportedRequest, TakenInAlready
from portal.importing.rows import BadRow, Row, read_rows, unit_of
from portal.matters.answer_rules import ANSWER_TIME
from portal.matters.intake_rules import Channel, Confirmation, Identity, Kind, Told
from portal.matters.models import Matter
from portal.matters.services import handling, opening, recording
from portal.matters.services.opening import Account, Bringer
from portal.tenancy.queries import Tenant, get_settings, get_tenant

T = TypeVar("T")
#: Told after each row that was taken in: its number in the file.
Tell = Callable[[int], None]
#: The file names no person; so nobody is written to either.
NOBODY = Bringer(Identity.ANONYMOUS, language="en")
#: All that the file says of a result.
RESULT = "Closed, as the register says"


class Overtaken(Exception):
    """Another process takes the same rows in at the same time."""


@dataclass
class Course:
    """One process's way through the file; each row is a unit of work that counts itself."""

    session: Session
    path: Path
    tenant: Tenant
    office: Office
    #: The numbers of what was taken in before.
    known: set[str]
    now: datetime
    tell: Tell

    def take_all(self) -> None:
        """Take in what is not there yet, in the order of the file; raises Overtaken."""
        for row in read_rows(self.path, self.tenant.zone, self.now):
            if isinstance(row, BadRow) or row.key in self.known:
                continue
            try:
                self._do(lambda row=row: self._take(row))  # type: ignore[misc]
            except TakenInAlready:
                raise Overtaken from None
            self.known.add(row.key)
            self.tell(row.number)

    def count_months(self) -> dict[str, figures.Month]:
        """The figures of all that was ever taken in here."""
        stamps = select(Matter.accepted_at, Matter.due_at, Matter.told_at).join(
            ImportedRequest, ImportedRequest.matter_id == Matter.id
        )
        rows = self._do(lambda: self.session.execute(stamps).all())
        courses = (
            figures.Course(accepted_at, due_at, told_at)
            for accepted_at, due_at, told_at in rows
            if accepted_at is not None
        )
        return figures.count_months(courses, self.tenant.zone)

    def _do(self, work: Callable[[], T]) -> T:
        """One transaction; nothing of it stays in memory."""
        try:
            return run_unit(self.session, work)
        finally:
            self.session.expunge_all()

    def _take(self, row: Row) -> None:
        """Bring a row as far as it came, and note that it is here: all of it or nothing."""
        matter = self._open(row)
        self.session.add(ImportedRequest(key=row.key, matter_id=matter.id))
        self.session.flush()
        self._record(row, matter)
        if row.closed_at is not None:
            self._end(row, matter, row.closed_at)

    def _open(self, row: Row) -> Matter:
        """By the person's own hand where it came online, else at the desk."""
        account = Account(Kind.REPAIR, row.channel, row.title, row.sort)
        rules = get_settings(self.session, self.tenant, at=row.opened_at).matters
        given: dict[str, Any] = {
            "account": account,
            "bringer": NOBODY,
            "prefix": rules.prefix,
            "zone": self.tenant.zone,
            "now": row.opened_at,
        }
        clerk = self.office.clerk
        if row.channel is not Channel.ONLINE:
            assert clerk.id is not None
            return opening.open_matter(self.session, first_asked_id=clerk.id, actor=clerk, **given)
        matter = opening.submit_matter(self.session, post_id=self.office.post_id, **given)
        opening.take_up(
            self.session, matter=matter, version=matter.version, actor=clerk, now=row.opened_at
        )
        return matter

    def _record(self, row: Row, matter: Matter) -> None:
        """Promise what the file promises, and give it to the unit that has it there.

        The file says nothing of when that happened: at the moment it was opened.
        """
        unit = self.office.heads[unit_of(row.department)]
        clerk, head, at = self.office.clerk, Actor("staff", unit.staff_id), row.opened_at
        recording.confirm_as_promised(
            self.session,
            way=Confirmation.WORD,
            due_at=row.due_at,
            **_known(matter, clerk, at),
        )
        recording.report(self.session, head=unit, **_known(matter, clerk, at))
        recording.acknowledge(self.session, **_known(matter, head, at))

    def _end(self, row: Row, matter: Matter, at: datetime) -> None:
        """Done, fed back and told when the file closes it; closed when nobody said anything.

        The file knows no answer of the person, so none is invented.
        """
        clerk = self.office.clerk
        head = Actor("staff", self.office.heads[unit_of(row.department)].staff_id)
        handling.finish(self.session, result=RESULT, **_known(matter, head, at))
        handling.feed_back(self.session, **_known(matter, clerk, at))
        # The file does not say how; what came online is answered there.
        way = Told.MESSAGE if row.channel is Channel.ONLINE else Told.PHONE
        handling.tell(self.session, words=RESULT, way=way, **_known(matter, clerk, at))
        silent_until = at + ANSWER_TIME
        if silent_until <= self.now:
            handling.close_unanswered(self.session, **_known(matter, clerk, silent_until))


def _known(matter: Matter, actor: Actor, at: datetime) -> dict[str, Any]:
    """What every step is told."""
    return {"matter": matter, "version": matter.version, "actor": actor, "now": at}


@contextmanager
def begin_course(institution_id: int, path: Path, *, now: datetime, tell: Tell) -> Iterator[Course]:
    """A course in the scope of its institution, in a session of its own."""
    session = db.session.session_factory()
    with closing(session), institution_scope(session, institution_id):

        def read() -> tuple[Tenant, Office, set[str]]:
            office = read_office(session)
            assert office is not None
            known = set(session.scalars(select(ImportedRequest.key)))
            return get_tenant(session), office, known

        tenant, office, known = run_unit(session, read)
        yield Course(session, path, tenant, office, known, now, tell)
