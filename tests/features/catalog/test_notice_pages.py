"""An administrator keeps the one-time notice (一次性告知): papers, steps, grounds of refusal."""

import pytest

from portal.catalog.models import RefusalGround, ServiceDocument, ServiceStep
from portal.search.queries import find_refs
from tests.features.catalog.conftest import Office, codes, count, rows
from tests.support.pages import Page
from tests.support.world import World

PAPER = {"name-zh_Hant": "結婚證", "name-en": "Marriage certificate", "copies": "2"}


def papers(world: World) -> list[str]:
    ordered = sorted(rows(world, ServiceDocument), key=lambda paper: (paper.position, paper.id))
    return [paper.name["zh_Hant"] for paper in ordered]


def found(world: World, question: str) -> bool:
    return bool(world.do(lambda s: find_refs(s, question)))


def test_a_paper_is_added_last_and_found_by_its_name(office: Office, town: World) -> None:
    page = office.send("services/1/document/add/", **PAPER)
    assert "Marriage certificate" in page.text
    assert papers(town) == ["戶口簿", "結婚證"]
    paper = rows(town, ServiceDocument)[1]
    assert (paper.originals, paper.copies, paper.name["zh_Hans"]) == (1, 2, "结婚证")
    assert found(town, "结婚证")
    assert codes(town) == ["catalog.service.document_added"]


def test_a_paper_is_changed_and_removed(office: Office, town: World) -> None:
    office.send("services/1/document/add/", **PAPER)
    office.send("services/1/document/2/", originals="0", **{"name-zh_Hant": "離婚協議"})
    assert rows(town, ServiceDocument)[1].originals == 0
    assert found(town, "協議")
    assert not found(town, "結婚")
    question = office.get("services/1/document/2/remove/")
    assert "Remove this line?" in question.text
    assert count(town, ServiceDocument) == 2
    assert "Removed." in office.again(question).text
    assert papers(town) == ["戶口簿"]
    assert not found(town, "協議")
    assert office.get("services/1/document/2/").status == 404
    assert codes(town)[1:] == [
        "catalog.service.document_changed",
        "catalog.service.document_removed",
    ]


def test_papers_move_up_and_down(office: Office, town: World) -> None:
    for name in ("乙紙", "丙紙"):
        office.send("services/1/document/add/", **{"name-zh_Hant": name})
    page = office.send("services/1/", action="document/3/up/")
    assert papers(town) == ["戶口簿", "丙紙", "乙紙"]
    page = office.again(page, action="document/1/down/")
    assert papers(town) == ["丙紙", "戶口簿", "乙紙"]
    assert 'document/3/up/"' not in page.text
    assert 'document/2/down/"' not in page.text
    before = codes(town)
    csrf_token = page.forms[-1]["fields"]["csrf_token"]
    for way in ("3/up/", "2/down/"):
        address = office.address(f"services/1/document/{way}")
        sent = office.client.post(address, data={"csrf_token": csrf_token})
        assert sent.status_code == 303
    assert papers(town) == ["丙紙", "戶口簿", "乙紙"]
    assert codes(town) == before


def test_steps_and_grounds_are_kept_alike(office: Office, town: World) -> None:
    office.send("services/1/step/add/", **{"text-zh_Hant": "取號"})
    office.send("services/1/ground/add/", **{"text-zh_Hant": "材料不齊", "basis-zh_Hant": "第三條"})
    office.send("services/1/ground/1/", **{"basis-zh_Hant": "第四條"})
    assert rows(town, ServiceStep)[0].text == {"zh_Hant": "取號", "zh_Hans": "取号"}
    assert rows(town, RefusalGround)[0].basis["zh_Hans"] == "第四条"
    notice = town.client().get(f"/{town.slug}/services/birth/").get_data(as_text=True)
    for text in ("取號", "材料不齊", "第四條", "戶口簿"):
        assert text in notice


def test_a_line_of_another_kind_or_service_is_not_found(office: Office) -> None:
    office.send("services/add/", code="other", **{"name-zh_Hant": "別的"})
    office.send("services/2/step/add/", **{"text-zh_Hant": "別的步驟"})
    assert office.get("services/1/step/1/").status == 404
    assert office.get("services/2/ground/1/").status == 404
    assert office.get("services/2/step/1/").status == 200


@pytest.mark.parametrize(
    ("kind", "field", "typed", "message"),
    [
        ("document", "name-zh_Hant", "", "Write it in Traditional Chinese."),
        ("document", "name-zh_Hant", "長" * 121, "120"),
        ("document", "how-zh_Hant", "長" * 301, "300"),
        ("document", "originals", "-1", "from 0 to 20"),
        ("document", "copies", "9" * 30, "from 0 to 20"),
        ("step", "text-zh_Hant", "\t", "Write it in Traditional Chinese."),
        ("step", "text-en", "x" * 201, "200"),
        ("ground", "text-zh_Hant", "長" * 201, "200"),
        ("ground", "basis-zh_Hant", "長" * 201, "200"),
    ],
)
def test_bad_input_lands_on_its_field_and_changes_nothing(
    office: Office, town: World, kind: str, field: str, typed: str, message: str
) -> None:
    values = {"document": PAPER}.get(kind, {"text-zh_Hant": "一句"})
    page = office.send(f"services/1/{kind}/add/", **(values | {field: typed}))
    assert page.status == 422
    assert message in page.text
    assert f'id="{field}-error"' in page.text
    assert (count(town, ServiceDocument), count(town, ServiceStep)) == (1, 0)
    assert codes(town) == []


def test_of_two_who_change_a_paper_the_second_is_told(office: Office, town: World) -> None:
    stale = office.get("services/1/document/1/")
    office.send("services/1/document/1/", copies="1")
    page = office.again(stale, copies="5")
    assert page.status == 422
    assert "Someone else changed this meanwhile" in page.text
    assert rows(town, ServiceDocument)[0].copies == 1


def test_a_double_click_adds_one_paper(office: Office, town: World) -> None:
    form: Page = office.get("services/1/document/add/")
    for _ in range(2):
        assert office.again(form, **PAPER).path.endswith("/services/1/")
    assert count(town, ServiceDocument) == 2
