"""Photos and papers of a matter: who brings them, and what is refused."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.errors import Stale
from portal.files.models import Attachment
from portal.files.rules import MOST_BYTES, MOST_FILES, TooManyFiles
from portal.matters.models import Matter, MatterEvent
from portal.matters.rules import State, WrongState
from tests.support.attaching import SECRET, archive, paper, photo
from tests.support.matter_photos import (
    DOOR,
    HEARD,
    add,
    attach_later,
    end,
    hear,
    link,
    names,
    on_disk,
    only_matter,
    place,
    rows,
    send,
    tell,
)
from tests.support.matters import Office
from tests.support.pages import Page
from tests.support.parallel import together
from tests.support.walks import sign_in


def nothing_kept(office: Office) -> bool:
    found = office.world.do(lambda s: [*s.scalars(select(Matter)), *s.scalars(select(Attachment))])
    return found == [] and on_disk(office) == []


def test_photos_are_attached_as_a_matter_is_taken_down(office: Office) -> None:
    assert hear(office, (photo(), DOOR), (paper(), "表.pdf")).status == 303
    matter = only_matter(office)
    assert names(office, matter.id) == [DOOR, "表.pdf"]
    assert {(row.actor_kind, row.actor_id) for row in rows(office, matter.id)} == {
        ("staff", office.gardener)
    }
    page = Page(sign_in(office.world, "11").get(place(office, matter.id)))
    assert DOOR in page.text
    assert page.text.count("<img") == 1


def test_photos_come_with_what_is_written_down_online_and_staff_and_person_see_them(
    office: Office, client: FlaskClient
) -> None:
    answer = tell(client, office, (photo(), DOOR))
    assert answer.status == 303
    matter = only_matter(office)
    [row] = rows(office, matter.id)
    assert (row.name, row.actor_kind) == (DOOR, "citizen")
    own = Page(client.get(link(office, matter.id)))
    assert DOOR in own.text
    shown = client.get(link(office, matter.id, f"photos/{row.id}/"))
    colleague = sign_in(office.world, "13")
    looked = colleague.get(place(office, matter.id, f"photos/{row.id}/"))
    assert shown.status_code == looked.status_code == 200
    assert shown.mimetype == looked.mimetype == "image/jpeg"
    assert shown.data == looked.data
    assert SECRET not in shown.data
    assert shown.headers["Cache-Control"] == "private, no-store"


def test_a_matter_needs_no_photo(office: Office, client: FlaskClient) -> None:
    assert hear(office).status == 303
    assert tell(client, office).status == 303
    assert on_disk(office) == []


def test_staff_add_photos_later_and_the_course_says_who(
    office: Office, client: FlaskClient
) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)
    version = office.read(matter_id).version
    assert add(office, matter_id, (photo(), "修好了.jpg"), number="12").status == 303
    assert names(office, matter_id) == ["修好了.jpg"]
    assert office.read(matter_id).version == version + 1
    for page in (
        Page(sign_in(office.world, "11").get(place(office, matter_id))),
        Page(client.get(link(office, matter_id))),
    ):
        assert "陳志強補充了照片或文件" in page.text
        assert "修好了.jpg" in page.text


def test_the_person_adds_a_photo_to_the_own_words(office: Office, client: FlaskClient) -> None:
    matter_id = office.bring_to(State.VERIFIED)
    page = Page(client.get(link(office, matter_id, "add/")))
    assert send(client, page, (photo(), DOOR), words="又漏了").status == 303
    assert names(office, matter_id) == [DOOR]
    codes = office.world.do(
        lambda session: list(session.scalars(select(MatterEvent.code).order_by(MatterEvent.id)))
    )
    assert codes[-1] == "added"


def test_to_add_photos_means_to_choose_one(office: Office) -> None:
    matter_id = office.open()
    page = add(office, matter_id)
    assert page.status == 422
    assert "請至少選一張照片或一份PDF。" in page.text
    assert "請再選一次檔案" not in page.text


BAD = {
    "too large": ((photo() + b"\0" * MOST_BYTES, "大.jpg"), "超過10"),
    "another kind": ((b"MZ\x90\0", "照片.jpg"), "既不是照片"),
    "two things at once": ((photo() + archive(), "門.jpg"), "藏著別的檔案"),
    "nothing": ((b"", "空.png"), "是空的"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_file_is_told_at_its_box_and_nothing_is_taken_down(
    office: Office, client: FlaskClient, bad: str
) -> None:
    file, said = BAD[bad]
    for page in (
        hear(office, (photo(), DOOR), file, body="早上起來在滴水"),
        tell(client, office, (photo(), DOOR), file, body="早上起來在滴水"),
    ):
        assert page.status == 422
        assert said in page.text.partition('id="photos-error"')[2].partition("</div>")[0]
        assert 'href="#photos"' in page.text
        assert "早上起來在滴水" in page.text
        assert page.form("title")["fields"]["title"] in ("廚房天花板滲水", "樓道的燈不亮")
        assert "請再選一次檔案" in page.text
        assert DOOR not in page.text
    assert nothing_kept(office)


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_file_that_comes_later_changes_nothing(
    office: Office, client: FlaskClient, bad: str
) -> None:
    matter_id = office.open()
    file, said = BAD[bad]
    page = add(office, matter_id, (photo(), DOOR), file)
    own = Page(client.get(link(office, matter_id, "add/")))
    for refused in (page, send(client, own, file, words="又漏了")):
        assert refused.status == 422
        assert said in refused.text.partition('id="photos-error"')[2].partition("</div>")[0]
    assert rows(office, matter_id) == []
    assert office.read(matter_id).version == 1
    assert on_disk(office) == []


def test_where_a_word_is_missing_the_file_is_asked_for_once_more(office: Office) -> None:
    page = hear(office, (photo(), DOOR), title="")
    assert page.status == 422
    assert "請再選一次檔案" in page.text
    assert office.world.do(lambda session: list(session.scalars(select(Attachment)))) == []


def test_more_files_than_a_matter_may_have_land_on_the_box(office: Office) -> None:
    matter_id = office.open()
    attach_later(office, matter_id, count=MOST_FILES - 1)
    page = add(office, matter_id, (photo(), DOOR), (photo(), DOOR))
    assert page.status == 422
    assert "這裡最多存6個檔案" in page.text.partition('id="photos-error"')[2]
    assert len(rows(office, matter_id)) == MOST_FILES - 1


@pytest.mark.parametrize("verb", ["void", "withdraw"])
def test_what_has_ended_takes_no_more(office: Office, client: FlaskClient, verb: str) -> None:
    matter_id = office.open()
    gardener = sign_in(office.world, "11")
    form = Page(gardener.get(place(office, matter_id, "photos/")))
    words = Page(client.get(link(office, matter_id, "add/")))

    end(office, matter_id, verb)
    assert send(gardener, form, (photo(), DOOR)).status == 422
    assert send(client, words, (photo(), DOOR), words="又漏了").status == 422
    with pytest.raises(WrongState):
        attach_later(office, matter_id)
    assert rows(office, matter_id) == []
    page = Page(gardener.get(place(office, matter_id)))
    assert "補充照片" not in page.text


def test_two_who_add_at_once_both_add(office: Office) -> None:
    matter_id = office.open()
    together(2, lambda _number: attach_later(office, matter_id))
    assert len(rows(office, matter_id)) == 2
    assert office.read(matter_id).version == 3


def test_whoever_adds_at_once_never_gives_it_more_than_it_may_have(office: Office) -> None:
    matter_id = office.open()

    def work(_number: int) -> str:
        try:
            attach_later(office, matter_id, count=MOST_FILES // 2)
        except (Stale, TooManyFiles):
            return "refused"
        return "added"

    for _ in range(2):
        together(3, work)
    assert len(rows(office, matter_id)) <= MOST_FILES


def test_a_repeat_of_the_same_form_attaches_once(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    page = Page(gardener.get(f"/{office.world.slug}/work/matters/add/repair/"))
    for _ in range(2):
        assert send(gardener, page, (photo(), DOOR), **HEARD).status == 303
    assert len(names(office, only_matter(office).id)) == 1
