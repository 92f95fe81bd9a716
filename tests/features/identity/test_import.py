"""Many people from one file: every bad row is named, and nothing is half done."""

import io
import re
import time
from typing import Any

import pytest

from portal.identity.passwords import verify_password
from portal.identity.queries.staff import list_colleagues, list_grants

PATH = "admin/people/import/"
STAFF = "identity.staff.edit"
HEAD = "number,name,unit,role,phone,email\n"


def send(browser: Any, text: str | bytes) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return browser.send(PATH, file=(io.BytesIO(data), "people.csv"))


def lines_of(answer: Any) -> list[int]:
    """The lines that a page of errors names."""
    found = re.findall(r'<td class="n">(\d+)</td>', answer.get_data(as_text=True))
    return [int(line) for line in found]


@pytest.fixture
def admin(office: Any) -> Any:
    office.administrator()
    office.role("clerk")
    return office.signed_in("A1")


def numbers(office: Any) -> list[str]:
    return [staff.number for staff in office.act(list_colleagues)]


def test_everybody_in_the_file_can_sign_in_with_the_password_on_the_list(
    office: Any, admin: Any
) -> None:
    answer = send(
        admin,
        HEAD + "b1,張國華,front,clerk,8021,\nb2,李明,單位front,角色clerk,,li@example.org\n",
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, admin.errors(answer)
    passwords = re.findall(r"<b>([a-z2-9-]{19})</b>", page)
    assert len(set(passwords)) == 2
    assert numbers(office) == ["A1", "B1", "B2"]
    staff = office.act(list_colleagues)[1]
    assert verify_password(staff.password_hash, passwords[0])
    assert staff.must_change_password
    assert staff.phone == "8021"
    grants = office.act(lambda session: list_grants(session, [staff.id]))[staff.id]
    assert [(grant.role.code, grant.unit.code) for grant in grants] == [("clerk", "front")]
    assert office.browser().sign_in("B2", passwords[1]).status_code == 303
    assert office.codes().count("identity.staff.added") == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "big5", "gb18030"])
def test_files_come_in_the_encodings_of_offices(office: Any, admin: Any, encoding: str) -> None:
    text = HEAD + "b1,王小明,front,,,\nb2,李明,front,,,\n"
    assert send(admin, text.encode(encoding)).status_code == 200
    assert [staff.name for staff in office.act(list_colleagues)][1:] == ["王小明", "李明"]


def test_headings_may_be_in_the_readers_language_and_the_sample_is_accepted(
    office: Any, admin: Any
) -> None:
    sample = admin.get("admin/people/import/sample.csv")
    assert sample.status_code == 200
    assert sample.data.startswith(b"\xef\xbb\xbf")
    assert send(admin, sample.data + "b1,王小明,front,,,\r\n".encode()).status_code == 200
    assert send(admin, sample.data).status_code == 422


def test_every_bad_row_is_named_and_nobody_is_added(office: Any, admin: Any) -> None:
    rows = [
        "b1,好人,front,,,",
        "a1,重號,front,,,",
        "b2,無單位,nowhere,,,",
        "b3,無角色,front,king,,",
        "b1,又一個,front,,,",
        "no good,名,front,,,",
        "b4,=HYPERLINK(1),front,,,",
        "b5,,front,,,",
        "b6,名,front,,ring me,",
        "b7,名,front,,,nowhere",
        "b8,名,front,,,,more",
        "b9," + "長" * 61 + ",front,,,",
        "b10,另一個好人,front,clerk,,",
    ]
    answer = send(admin, HEAD + "\n".join(rows))
    assert answer.status_code == 422
    assert lines_of(answer) == list(range(3, 14))
    assert numbers(office) == ["A1"]
    assert office.codes().count("identity.role.granted") == 1
    assert "<b>=HYPERLINK" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"number;name\nb1;x\n",
        b"number,name,unit\n",
        b'number,name,unit\nb1,"x,front\n',
        b"x" * 1_600_000,
        b"number,name,unit\n" + b"b1,x,front\n" * 5_001,
    ],
)
def test_a_file_that_is_no_such_table_is_refused_on_its_field(
    office: Any, admin: Any, data: bytes
) -> None:
    answer = send(admin, data)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.get_data(as_text=True)
    assert numbers(office) == ["A1"]


def test_no_file_at_all_is_refused(admin: Any) -> None:
    assert admin.send(PATH).status_code == 422


def test_a_role_that_the_sender_does_not_hold_is_a_bad_row(office: Any) -> None:
    office.administrator()
    keeper = office.person("K1", unit="mine")
    office.grant(keeper, office.role("keeper", STAFF), unit="mine")
    office.unit("theirs")
    browser = office.signed_in("K1")
    rows = "b1,名,mine,keeper,,\nb2,名,mine,admin,,\nb3,名,theirs,,,\n"
    assert lines_of(send(browser, HEAD + rows)) == [3, 4]
    assert send(browser, HEAD + "b1,名,mine,keeper,,\n").status_code == 200


def test_strangers_do_not_make_us_read_files(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    office.person("B1")

    def read(*_arguments: Any) -> None:
        raise AssertionError("a stranger's file was read")

    monkeypatch.setattr("portal.identity.views.importing.read_rows", read)
    for browser in (office.browser(), office.signed_in("B1")):
        data = {"file": (io.BytesIO(b"number,name,unit\n"), "people.csv")}
        answer = browser.client.post(browser.address(PATH), data=data)
        assert answer.status_code in (303, 400, 403)


def test_five_thousand_people_are_added_at_once(office: Any, admin: Any) -> None:
    rows = "".join(f"n{count},張{count},front,clerk,,\n" for count in range(5_000))
    began = time.monotonic()
    answer = send(admin, HEAD + rows)
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).count('translate="no"><b>') == 5_000
    assert time.monotonic() - began < 60
    again = send(admin, HEAD + rows)
    assert again.status_code == 422
    assert len(lines_of(again)) == 5_000
