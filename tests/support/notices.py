"""One-time notices as tests need them: a service with papers, a notice of it, papers that come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Fee, RefusalGround, Service, ServiceDocument, ServiceStep
from portal.catalog.queries import notice_of
from portal.core.actor import Actor
from portal.matters.intake_rules import Channel, Kind
from portal.matters.models import Matter
from portal.matters.notice_models import FaultSignal, Notice
from portal.matters.notice_queries import NoticeFile, PaperLine, open_file
from portal.matters.notice_rules import Papers
from portal.matters.services import demanding
from portal.matters.services.notices import fingerprint, give_notice, take_papers
from portal.matters.services.opening import Account
from tests.support.matters import Office, staff
from tests.support.world import SHANGHAI

APPLICATION = Account(
    Kind.APPLICATION, Channel.VISIT, "申請生育登記", "要辦出生登記", "", ("seat", "tea", "form")
)
BOOK, PHOTOS = "戶口簿", "照片"


def give(session: Session, matter: Matter, *, actor: Actor, now: datetime) -> Notice:
    """A notice of the only service, of which nothing is here yet."""
    told = notice_of(session, session.scalars(select(Service)).one(), on=now.date())
    return give_notice(
        session,
        matter=matter,
        version=matter.version,
        told=told,
        seen=fingerprint(told),
        brought={},
        phone="0571-6000 1000",
        # No number of one institution is one of the other.
        prefix="T" + chr(ord("A") + matter.institution_id),
        zone=SHANGHAI,
        actor=actor,
        now=now,
    )


@dataclass(frozen=True)
class Counter:
    """An office whose catalog asks for a book with a copy, and two photos."""

    office: Office

    def give(
        self,
        matter_id: int,
        brought: Mapping[str, Papers] | None = None,
        *,
        seen: str = "",
        version: int | None = None,
    ) -> int:
        """The gardener gives the notice; ``brought`` by the name of the paper. Its id."""

        def work(session: Session) -> int:
            matter = session.get_one(Matter, matter_id)
            service = session.scalars(select(Service)).one()
            told = notice_of(session, service, on=self.office.world.now.date())
            ids = {one.name["zh_Hant"]: one.id for one in told.documents}
            notice = give_notice(
                session,
                matter=matter,
                version=matter.version if version is None else version,
                told=told,
                seen=seen or fingerprint(told),
                brought={ids[name]: papers for name, papers in (brought or {}).items()},
                phone="0571-6000 1000",
                prefix="Q",
                zone=SHANGHAI,
                actor=staff(self.office.gardener),
                now=self.office.world.now,
            )
            return notice.id

        return self.office.world.do(work)

    def take(
        self,
        notice_id: int,
        brought: Mapping[str, Papers],
        *,
        by: int | None = None,
        version: int | None = None,
    ) -> bool:
        """Papers come; whether the file is complete now."""

        def work(session: Session) -> bool:
            notice = session.get_one(Notice, notice_id)
            matter = session.get_one(Matter, notice.matter_id)
            ids = {one.paper.name["zh_Hant"]: one.paper.id for one in self._lines(session, notice)}
            return take_papers(
                session,
                notice=notice,
                matter=matter,
                version=matter.version if version is None else version,
                brought={ids[name]: papers for name, papers in brought.items()},
                actor=staff(by or self.office.gardener),
                now=self.office.world.now,
            )

        return self.office.world.do(work)

    def complete(self, matter_id: int) -> int:
        """A notice with everything there; its id."""
        return self.give(matter_id, {BOOK: Papers(1, 1), PHOTOS: Papers(0, 2)})

    def demand(self, notice_id: int, paper: str, reason: str = "上級要求") -> int:
        """The gardener asks for a further paper; the id of the signal."""

        def work(session: Session) -> int:
            notice = session.get_one(Notice, notice_id)
            matter = session.get_one(Matter, notice.matter_id)
            signal: FaultSignal = demanding.demand_paper(
                session,
                notice=notice,
                matter=matter,
                version=matter.version,
                paper=paper,
                reason=reason,
                actor=staff(self.office.gardener),
                now=self.office.world.now,
            )
            return signal.id

        return self.office.world.do(work)

    def read(self, notice_id: int) -> NoticeFile:
        """The notice as it stands."""
        return self.office.world.do(lambda s: open_file(s, s.get_one(Notice, notice_id)))

    @staticmethod
    def _lines(session: Session, notice: Notice) -> Sequence[PaperLine]:
        return open_file(session, notice).papers


def stock(office: Office) -> Counter:
    """Give the only service papers, steps, a ground, a basis and a fee."""

    def build(session: Session) -> None:
        service = session.scalars(select(Service)).one()
        service.promised_days, service.basis = 3, {"zh_Hant": "人口條例第八條"}
        [book] = session.scalars(select(ServiceDocument))
        book.copies, book.how = 1, {"zh_Hant": "原件看後退還"}
        known = {"service_id": service.id, "position": 1}
        session.add_all(
            [
                ServiceDocument(
                    service_id=service.id,
                    position=2,
                    name={"zh_Hant": PHOTOS, "en": "Photo"},
                    originals=0,
                    copies=2,
                ),
                ServiceStep(**known, text={"zh_Hant": "到三號窗口"}),
                RefusalGround(
                    **known, text={"zh_Hant": "不在本鎮居住"}, basis={"zh_Hant": "第十條"}
                ),
                Fee(service_id=service.id, amount=Decimal("12.50"), valid_from=date(2026, 1, 1)),
            ]
        )

    office.world.do(build)
    return Counter(office)
