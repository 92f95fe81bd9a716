"""Help between the units of a town, as tests need it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.matters.assistance_models import Assistance
from portal.matters.models import Matter
from portal.matters.services import assisting
from tests.support.matters import Town, staff


@dataclass(frozen=True)
class Helping:
    """A town and the verbs of help in it."""

    town: Town

    def ask(self, matter_id: int, giver: int, helper: int, day: date | None = None) -> int:
        """The giver asks somebody for help; the id of the request."""
        world = self.town.office.world

        def work(session: Session) -> int:
            matter = session.get_one(Matter, matter_id)
            row = assisting.ask_help(
                session,
                matter=matter,
                version=matter.version,
                helper_id=helper,
                words="請借一臺抽水泵",
                day=day,
                actor=staff(giver),
                now=world.now,
            )
            return row.id

        return world.do(work)

    def give(self, help_id: int, helper: int, version: int | None = None) -> None:
        self._step(help_id, helper, assisting.give_help, version, words="水泵已送到")

    def escalate(self, help_id: int, helper: int, version: int | None = None) -> None:
        self._step(help_id, helper, assisting.escalate, version, reason="水泵在別處使用")

    def decide(self, help_id: int, decider: int, helper: int, version: int | None = None) -> None:
        self._step(
            help_id, decider, assisting.decide_help, version, helper_id=helper, words="先顧居民"
        )

    def _step(
        self,
        help_id: int,
        staff_id: int,
        make: Callable[..., None],
        version: int | None,
        **values: object,
    ) -> None:
        world = self.town.office.world

        def work(session: Session) -> None:
            row = session.get_one(Assistance, help_id)
            shown = row.version if version is None else version
            make(session, row=row, version=shown, actor=staff(staff_id), now=world.now, **values)

        world.do(work)

    def read(self, help_id: int) -> Assistance:
        """The request as it stands."""
        return self.town.office.world.do(lambda s: s.get_one(Assistance, help_id))
