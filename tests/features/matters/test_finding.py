"""Finding matters: by words of what one may see, and the list of all of it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.core.listing import PAGE
from portal.matters import finding
from portal.matters.finding import find_matters, list_seen
from portal.matters.models import Matter
from portal.matters.queries import Viewer
from portal.matters.rules import State
from portal.matters.services.opening import Account
from tests.support.matters import ACCOUNT, Office
from tests.support.world import MONDAY, make_institution


def viewer(staff_id: int, *, seen: frozenset[int] | None = frozenset()) -> Viewer:
    """Somebody who looks, with no post."""
    return Viewer(staff_id, frozenset(), seen, seen)


def find(office: Office, who: Viewer, query: str) -> list[int]:
    return office.world.do(
        lambda session: [matter.id for matter in find_matters(session, who, query)],
        is_read_only=True,
    )


def titled(title: str, place: str = "3號樓201") -> Account:
    return Account(ACCOUNT.kind, ACCOUNT.channel, title, "", place)


def test_two_characters_of_either_script_find_title_place_name_and_number(office: Office) -> None:
    matter_id = office.open()
    reference = office.read(matter_id).reference
    me = viewer(office.gardener)
    for query in ("漏水", "廳堂"):
        assert find(office, me, query) == []
    for query in ("滲水", "渗水", "號樓", "号楼", "丽华", reference, reference[2:], "２０１"):
        assert find(office, me, query) == [matter_id], query
    assert find(office, me, "水") == []
    assert find(office, me, "") == []


def test_every_word_narrows_and_words_of_different_fields_meet(office: Office) -> None:
    first = office.open(titled("水管漏水", "東門"))
    second = office.open(titled("水管漏水", "西門"))
    me = viewer(office.gardener)
    assert find(office, me, "漏水") == [second, first]
    assert find(office, me, "漏水 東門") == [first]
    assert find(office, me, "東門 漏水 水管") == [first]


def test_where_nothing_has_all_the_runs_half_of_them_are_enough(office: Office) -> None:
    near = office.open(titled("水管漏水"))
    office.open(titled("路燈不亮"))
    assert find(office, viewer(office.gardener), "水管漏氣") == [near]


def test_of_others_matters_nothing_is_found(office: Office) -> None:
    matter_id = office.open()
    assert find(office, viewer(office.colleague), "滲水") == []
    assert find(office, viewer(office.colleague), "滲水 廚房 天花") == []
    assert find(office, viewer(office.colleague, seen=None), "滲水") == [matter_id]


def test_a_common_word_finds_the_few_that_somebody_may_see(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest with the word are others'; one's own lie behind them."""
    monkeypatch.setattr("portal.search.queries.NEWEST", 5)
    monkeypatch.setattr(finding, "NEWEST", 5)
    mine = office.open(titled("水管漏水"))

    def add(session: Session) -> None:
        for _number in range(20):
            office.take_up(session, office.head, titled("水管漏水"))

    office.world.do(add)
    assert find(office, viewer(office.gardener), "漏水") == [mine]
    assert find(office, viewer(office.gardener), "水管漏水") == [mine]
    assert len(find(office, viewer(office.head), "漏水")) == 20


def test_two_common_words_find_the_old_matter_that_has_both(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.search.queries.NEWEST", 5)
    monkeypatch.setattr(finding, "NEWEST", 5)
    both = office.open(titled("路燈 漏水"))

    def add(session: Session) -> None:
        for number in range(16):
            office.take_up(session, office.head, titled("路燈" if number % 2 else "漏水"))

    office.world.do(add)
    for who in (viewer(office.gardener), viewer(office.head, seen=None)):
        assert find(office, who, "漏水 路燈") == [both]


@pytest.mark.parametrize("number", [8, 30, 60])
def test_the_newest_of_ones_own_are_found_however_far_back_they_begin(
    office: Office, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Enough among the newest, nearly enough, and further back than is looked."""
    for module in ("portal.search.queries", "portal.matters.finding"):
        monkeypatch.setattr(f"{module}.NEWEST", 5)
    monkeypatch.setattr(finding, "PAGE", 10)

    def add(session: Session) -> list[int]:
        whose = [office.gardener if n % 3 == 0 else office.head for n in range(number)]
        made = [(who, office.take_up(session, who, titled("水管漏水")).id) for who in whose]
        return [matter_id for who, matter_id in made if who == office.gardener]

    mine = office.world.do(add)
    assert find(office, viewer(office.gardener), "漏水") == mine[::-1][:10]


@pytest.fixture
def many(office: Office) -> Office:
    """A hundred and sixty live matters, of which each second has no promised time, and an end."""

    def row(n: int) -> dict[str, object]:
        told = None if n % 2 == 0 else MONDAY + timedelta(minutes=997 * n % 1000)
        return {
            "institution_id": office.world.id,
            "year": 2026,
            "number": n,
            "reference": f"Q-2026-{n:05d}",
            "kind": "repair",
            "channel": "phone",
            "state": "received",
            "title": f"第{n}件",
            "identity": "anonymous",
            "language": "zh_Hant",
            "reception": [],
            "first_asked_id": office.gardener,
            "holder_staff_id": office.gardener,
            "opened_by_id": office.gardener,
            "opened_at": MONDAY,
            "accepted_at": MONDAY,
            "due_at": told,
            "due_told_at": told,
        }

    rows = [row(n) for n in range(1, 161)]
    rows.append(row(161) | {"state": State.WITHDRAWN, "ended_at": MONDAY})
    office.world.do(lambda session: session.execute(insert(Matter), rows))
    return office


def pages(office: Office, who: Viewer) -> tuple[list[list[int]], int, bool]:
    """Each page of the list, what it says they are, and whether it is cut."""

    def read(session: Session) -> tuple[list[list[int]], int, bool]:
        first = list_seen(session, who, 1)
        found = [list_seen(session, who, number) for number in range(1, first.pages + 1)]
        return [[row.id for row in page.rows] for page in found], first.total, first.is_cut

    return office.world.do(read, is_read_only=True)


def in_order(office: Office) -> list[int]:
    order = (Matter.due_at.is_not(None), Matter.due_at, Matter.id)
    live = select(Matter.id).where(Matter.ended_at.is_(None)).order_by(*order)
    return office.world.do(lambda session: list(session.scalars(live)))


@pytest.mark.parametrize("seen", [frozenset(), None])
def test_the_list_is_in_order_of_urgency_to_its_end(
    many: Office, seen: frozenset[int] | None
) -> None:
    found, total, is_cut = pages(many, viewer(many.gardener, seen=seen))
    assert [each for page in found for each in page] == in_order(many)
    assert [len(page) for page in found] == [PAGE, PAGE, PAGE, 10]
    assert (total, is_cut) == (160, False)
    assert pages(many, viewer(many.colleague))[1] == 0


@pytest.mark.parametrize("listed", [50, 100])
@pytest.mark.parametrize("seen", [frozenset(), None])
def test_a_list_of_too_many_is_cut_and_keeps_its_order(
    many: Office, seen: frozenset[int] | None, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those without a promised time are eighty: more than the list has, or fewer."""
    monkeypatch.setattr(finding, "LISTED", listed)
    found, total, is_cut = pages(many, viewer(many.gardener, seen=seen))
    assert [each for page in found for each in page] == in_order(many)[:listed]
    assert (total, is_cut) == (listed, True)


def test_another_institution_finds_nothing_here(office: Office) -> None:
    matter_id = office.open()
    other = make_institution(office.world.app, "linjiang")
    assert find(office, viewer(office.gardener, seen=None), "滲水") == [matter_id]
    for who in (viewer(office.gardener), viewer(office.gardener, seen=None)):
        for query in ("滲水", "滲水廚房天花板", office.read(matter_id).reference):
            assert other.do(lambda session: find_matters(session, who, query)) == []  # noqa: B023
        assert other.do(lambda session: list_seen(session, who, 1)).total == 0  # noqa: B023
