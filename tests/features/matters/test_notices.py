"""One-time notices: told once and frozen, taken in until complete, and nothing asked beyond."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.alarms.services.raising import raise_due
from portal.catalog.models import Fee, Service, ServiceDocument
from portal.core.errors import NotFound, Stale
from portal.identity.events import Retention
from portal.matters.models import Matter, MatterEvent, MatterWords
from portal.matters.notice_models import (
    FaultAnswer,
    FaultSignal,
    Notice,
    NoticeCompletion,
    NoticePaper,
    NoticeRefusal,
    PaperReceipt,
)
from portal.matters.notice_queries import get_signal, list_signals
from portal.matters.notice_rules import (
    AlreadyAnswered,
    MoreThanMissing,
    NeedsArticle,
    NothingBrought,
    OnTheNotice,
    Papers,
    PapersComplete,
)
from portal.matters.personal_data import end_matters
from portal.matters.rules import State, WrongState
from portal.matters.services import demanding
from portal.matters.services.stepping import Meanwhile, NeedsWords
from portal.messages.models import Message
from portal.messages.texts import word
from portal.tenancy.queries import get_tenant
from tests.support.matters import BRINGER, Office, staff
from tests.support.notices import APPLICATION, BOOK, PHOTOS, Counter, stock
from tests.support.parallel import together
from tests.support.waiting import contact
from tests.support.world import add_staff

ALL = {BOOK: Papers(1, 1), PHOTOS: Papers(0, 2)}


@pytest.fixture
def counter(office: Office) -> Counter:
    return stock(office)


@pytest.fixture
def matter(counter: Counter) -> int:
    return counter.office.open(APPLICATION, BRINGER)


def test_w_sw_3_what_was_told_stays_whatever_becomes_of_the_catalog(
    counter: Counter, matter: int
) -> None:
    given = counter.give(matter)

    def edit(session: Session) -> None:
        session.execute(update(Service).values(name={"zh_Hant": "改名"}, promised_days=9, basis={}))
        session.execute(update(Fee).values(amount=Decimal(99)))
        session.execute(delete(ServiceDocument))

    counter.office.world.do(edit)
    standing = counter.read(given)
    told = standing.notice
    assert (told.name["zh_Hant"], told.promised_days) == ("生育登記", 3)
    assert (told.fee, told.basis) == (Decimal("12.50"), {"zh_Hant": "人口條例第八條"})
    assert [one.paper.name["zh_Hant"] for one in standing.papers] == [BOOK, PHOTOS]
    assert told.steps == [{"zh_Hant": "到三號窗口"}]
    assert told.grounds == [{"text": {"zh_Hant": "不在本鎮居住"}, "basis": {"zh_Hant": "第十條"}}]
    assert (told.given_by_id, told.phone) == (counter.office.gardener, "0571-6000 1000")


def test_c_7_its_numbers_are_a_book_of_their_own(counter: Counter, matter: int) -> None:
    other = counter.office.open(APPLICATION, BRINGER)
    references = [counter.read(counter.give(one)).notice.reference for one in (matter, other)]
    assert references == ["Q-N-2026-00001", "Q-N-2026-00002"]
    assert counter.office.read(other).reference == "Q-2026-00002"


def test_given_twice_it_is_the_first(counter: Counter, matter: int) -> None:
    first = counter.give(matter, {BOOK: Papers(1, 0)})
    assert counter.give(matter, ALL, version=0, seen="another") == first
    assert counter.read(first).complete_at is None


def test_two_clerks_at_once_give_one(counter: Counter, matter: int) -> None:
    found = together(4, lambda _number: counter.give(matter, version=1))
    assert len(set(found)) == 1
    world = counter.office.world
    assert world.do(lambda s: s.scalar(select(func.count(Notice.id)))) == 1
    assert counter.read(found[0]).notice.number == 1


def test_what_was_not_shown_is_not_given(counter: Counter, matter: int) -> None:
    with pytest.raises(Stale):
        counter.give(matter, seen="0" * 16)
    with pytest.raises(Meanwhile):
        counter.give(matter, version=7)
    with pytest.raises(MoreThanMissing):
        counter.give(matter, {PHOTOS: Papers(1, 0)})


def test_where_nobody_works_on_it_any_more_none_is_given(counter: Counter, matter: int) -> None:
    counter.office.withdraw(matter)
    with pytest.raises(WrongState):
        counter.give(matter)


def test_w_wm_2_complete_once_all_papers_are_there_each_with_its_receipt(
    counter: Counter, matter: int
) -> None:
    world = counter.office.world
    given = counter.give(matter, {BOOK: Papers(1, 0)})
    world.wait(minutes=5)
    assert not counter.take(given, {PHOTOS: Papers(0, 2)}, by=counter.office.head)
    world.wait(minutes=5)
    last = world.now
    assert counter.take(given, {BOOK: Papers(0, 1)})
    standing = counter.read(given)
    assert standing.complete_at == last
    took = [(row.taken_by_id, row.originals, row.copies) for row in standing.papers[1].receipts]
    assert took == [(counter.office.head, 0, 2)]
    assert len(standing.papers[0].receipts) == 2
    with pytest.raises(PapersComplete):
        counter.take(given, {BOOK: Papers(0, 1)})
    codes = world.do(lambda s: s.scalars(select(MatterEvent.code).order_by(MatterEvent.id)).all())
    assert codes == ["opened", "notified", "papers_in", "papers_in", "complete"]


def test_nothing_is_taken_in_twice(counter: Counter, matter: int) -> None:
    given = counter.give(matter, {BOOK: Papers(1, 0)})
    with pytest.raises(MoreThanMissing):
        counter.take(given, {BOOK: Papers(1, 0)})
    with pytest.raises(NothingBrought):
        counter.take(given, {BOOK: Papers(0, 0)})


def test_the_same_paper_ticked_by_two_at_once_is_received_once(
    counter: Counter, matter: int
) -> None:
    given = counter.give(matter)
    version = counter.office.read(matter).version

    def tick(_number: int) -> object:
        try:
            return counter.take(given, ALL, version=version)
        except Meanwhile as late:
            return type(late)

    found = together(2, tick)
    assert set(found) == {True, Meanwhile}
    world = counter.office.world
    assert world.do(lambda s: s.scalar(select(func.count(PaperReceipt.id)))) == 2
    assert world.do(lambda s: s.scalar(select(func.count(NoticeCompletion.id)))) == 1


def test_a_service_that_needs_nothing_is_complete_when_it_is_told(
    counter: Counter, matter: int
) -> None:
    counter.office.world.do(lambda s: s.execute(delete(ServiceDocument)))
    assert counter.read(counter.give(matter)).complete_at == counter.office.world.now


def test_the_person_is_sent_the_whole_notice_in_words(counter: Counter) -> None:
    office = counter.office
    number = contact(office.world)
    matter = office.open(APPLICATION, BRINGER)

    def reach(session: Session) -> None:
        session.get_one(Matter, matter).contact_id = number

    office.world.do(reach)
    counter.give(matter, {BOOK: Papers(1, 1)})
    counter.give(matter)

    def read(session: Session) -> tuple[str, str]:
        message = session.scalars(select(Message)).one()
        assert message.template == "matters/messages/notified"
        tenant = get_tenant(session)
        short = word(message, tenant).body
        message.kind = "email"
        whole = word(message, tenant).body
        session.rollback()
        return short, whole

    short, whole = office.world.do(read)
    assert "照片" in short
    assert "戶口簿" not in short
    for said in ("1. 戶口簿", "2. 照片", "原件看後退還", "到三號窗口", "12.50", "人口條例第八條"):
        assert said in whole
    assert "0571-6000 1000" in whole
    assert "/m/Q-2026-00001/" in whole


def test_w_sw_3_a_demand_outside_the_notice_is_a_signal_that_stays(
    counter: Counter, matter: int
) -> None:
    given = counter.give(matter)
    world = counter.office.world
    counter.demand(given, "無犯罪證明")
    signal, words = world.do(
        lambda s: (s.scalars(select(FaultSignal)).one(), s.scalars(select(MatterWords)).one())
    )
    assert (signal.demanded_by_id, signal.is_stopped) == (counter.office.gardener, False)
    assert (words.papers, words.words, words.is_public) == ("無犯罪證明", "上級要求", True)
    for statement in (update(FaultSignal).values(is_stopped=True), delete(FaultSignal)):
        with pytest.raises(DBAPIError):
            world.do(lambda session, act=statement: session.execute(act))  # type: ignore[misc]


def test_w_wm_2_of_a_complete_file_nothing_more_is_asked_and_the_attempt_is_seen(
    counter: Counter, matter: int
) -> None:
    counter.demand(counter.complete(matter), "無犯罪證明")
    world = counter.office.world
    signal, words = world.do(
        lambda s: (s.scalars(select(FaultSignal)).one(), s.scalars(select(MatterWords)).one())
    )
    assert signal.is_stopped
    assert not words.is_public


def test_what_the_notice_lists_is_no_further_demand_and_one_needs_its_reason(
    counter: Counter, matter: int
) -> None:
    given = counter.give(matter)
    with pytest.raises(OnTheNotice):
        counter.demand(given, " 戶口 簿")
    with pytest.raises(NeedsWords):
        counter.demand(given, "無犯罪證明", reason=" ")
    world = counter.office.world
    assert world.do(lambda s: s.scalar(select(func.count(FaultSignal.id)))) == 0


def test_whoever_oversees_is_told_until_somebody_else_dealt_with_it(
    counter: Counter, matter: int
) -> None:
    office, world = counter.office, counter.office.world
    overseer = add_staff(world, "91", ["alarms.alarm.oversee"])
    signal_id = counter.demand(counter.give(matter), "無犯罪證明")
    world.do(lambda s: raise_due(s, world.now))
    assert world.do(lambda s: s.scalars(select(Alarm.recipient_id)).all()) == [overseer]

    def find(session: Session, who: int) -> list[int]:
        return [one.id for one in list_signals(session, state="open", overseer_id=who, page=1).rows]

    assert world.do(lambda s: find(s, office.gardener)) == []
    with pytest.raises(NotFound):
        world.do(lambda s: get_signal(s, signal_id, overseer_id=office.gardener))
    assert world.do(lambda s: find(s, overseer)) == [signal_id]

    def answer(session: Session) -> None:
        demanding.answer_signal(
            session,
            signal=get_signal(session, signal_id, overseer_id=overseer),
            words="已談話，撤回要求",
            actor=staff(overseer),
            now=world.now,
        )

    world.do(answer)
    assert world.do(lambda s: find(s, overseer)) == []
    ended = world.do(
        lambda s: s.scalars(select(Watch.ended_at).where(Watch.code == "W-SW-3")).one()
    )
    assert ended == world.now
    with pytest.raises(AlreadyAnswered):
        world.do(answer)


def make(counter: Counter, notice_id: int, verb: Callable[..., None], **values: str) -> None:
    """The head, who holds the matter, makes a step about its notice."""

    def work(session: Session) -> None:
        notice = session.get_one(Notice, notice_id)
        matter = session.get_one(Matter, notice.matter_id)
        verb(
            session,
            notice=notice,
            matter=matter,
            version=matter.version,
            actor=staff(counter.office.head),
            now=counter.office.world.now,
            **values,
        )

    counter.office.world.do(work)


def test_w_wm_2_a_complete_file_is_not_sent_back(counter: Counter, matter: int) -> None:
    office = counter.office
    given = counter.give(office.bring_to(State.IN_PROGRESS, matter))
    make(counter, given, demanding.send_back, words="照片還缺兩張")
    assert office.read(matter).state == State.WAITING
    assert counter.take(given, ALL)
    with pytest.raises(PapersComplete):
        make(counter, given, demanding.send_back, words="還要別的")


def test_w_wm_2_it_is_refused_only_with_the_article_it_rests_on(
    counter: Counter, matter: int
) -> None:
    office = counter.office
    given = counter.complete(office.bring_to(State.IN_PROGRESS, matter))
    with pytest.raises(NeedsArticle):
        make(counter, given, demanding.refuse, words="不在本鎮居住", article=" ")
    assert office.read(matter).state == State.IN_PROGRESS
    make(counter, given, demanding.refuse, words="不在本鎮居住", article="第十條")
    assert office.read(matter).state == State.DONE
    refusal = counter.read(given).refusal
    assert refusal is not None
    assert refusal.article == "第十條"


@pytest.mark.parametrize("table", [Notice, NoticePaper, PaperReceipt, NoticeCompletion])
def test_what_was_told_and_came_is_written_once(
    counter: Counter, matter: int, table: type[Notice]
) -> None:
    counter.complete(matter)
    for statement in (update(table).values(id=999), delete(table)):
        with pytest.raises(DBAPIError):
            counter.office.world.do(lambda s, act=statement: s.execute(act))  # type: ignore[misc]


def test_in_the_end_the_words_go_and_the_facts_stay(counter: Counter, matter: int) -> None:
    office, world = counter.office, counter.office.world
    given = counter.complete(office.bring_to(State.IN_PROGRESS, matter))
    signal_id = counter.demand(given, "無犯罪證明")

    def answer(session: Session) -> None:
        demanding.answer_signal(
            session,
            signal=session.get_one(FaultSignal, signal_id),
            words="已談話",
            actor=staff(office.head),
            now=world.now,
        )

    world.do(answer)
    make(counter, given, demanding.refuse, words="不在本鎮居住", article="第十條")
    world.do(lambda s: s.execute(update(Matter).values(ended_at=world.now)))
    world.wait(days=1)
    world.do(lambda s: end_matters(Retention(s, world.now, world.now)))

    def look(session: Session) -> list[object]:
        found: list[object] = []
        for column in (NoticeRefusal.article, FaultAnswer.words, MatterWords.papers):
            found += session.scalars(select(column)).all()
        return found

    assert set(world.do(look)) == {None}
    assert counter.read(given).complete_at is not None
