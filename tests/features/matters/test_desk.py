"""The desk keeps itself up to date, and shows who comes and what is late beside the matters."""

from sqlalchemy import select

from portal.identity.contact_models import AccessLog
from portal.matters.rules import State
from tests.features.matters.test_limits import alarms
from tests.support.matters import Office
from tests.support.pages import Page
from tests.support.walks import sign_in


def test_nothing_is_sent_again_while_nothing_has_changed(office: Office) -> None:
    office.bring_to(State.IN_PROGRESS)
    head = sign_in(office.world, "12")
    address = f"/{office.world.slug}/work/desk/"
    first = head.get(address)
    tag = first.headers["ETag"]
    assert 'data-live="15"' in first.text
    again = head.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    office.bring_to(State.REPORTED)
    changed = head.get(address, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_what_becomes_late_by_itself_is_sent_again(office: Office) -> None:
    office.bring_to(State.IN_PROGRESS)
    head = sign_in(office.world, "12")
    address = f"/{office.world.slug}/work/desk/"
    tag = head.get(address).headers["ETag"]
    office.world.wait(hours=73)
    head = sign_in(office.world, "12")
    assert head.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_each_language_and_tab_has_a_tag_of_its_own(office: Office) -> None:
    head = sign_in(office.world, "12")
    address = f"/{office.world.slug}/work/desk/"
    tags = [head.get(f"{address}?tab={tab}").headers["ETag"] for tab in ("held", "first")]
    head.set_cookie("language", "en")
    assert len({*tags, head.get(address).headers["ETag"]}) == 3


def test_the_alarms_stand_beside_the_matters(office: Office) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)
    office.world.wait(hours=73)
    assert alarms(office, office.head) == ["AL-04"]
    head = sign_in(office.world, "12")
    page = Page(head.get(f"/{office.world.slug}/work/desk/"))
    aside = page.text[page.text.index('<aside id="desk-aside"') :]
    assert "1件警示" in aside
    assert f"/work/matters/{matter_id}/" in aside


def test_a_look_is_written_down_once_a_day_and_shown(office: Office) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)
    head = sign_in(office.world, "12")
    address = f"/{office.world.slug}/work/matters/{matter_id}/"

    def looks() -> list[int | None]:
        of_matter = select(AccessLog.actor_id).where(AccessLog.subject_kind == "matter")
        return office.world.do(lambda session: list(session.scalars(of_matter)))

    assert head.get(address).status_code == 200
    assert head.get(address).status_code == 200
    assert looks() == [office.head]
    assert "誰看過" in Page(head.get(address)).text
    office.world.wait(days=1)
    head = sign_in(office.world, "12")
    head.get(address)
    assert looks() == [office.head] * 2
    colleague = sign_in(office.world, "13")
    assert colleague.get(address).status_code == 404
    assert looks() == [office.head] * 2
