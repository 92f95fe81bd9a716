"""Whatever is sent in whichever form: no crash, a clear message, and nothing changed."""

import io
import re
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from tests.contract.conftest import Neighbours
from tests.support.acts import ACTS, Act, boxes_of, open_page
from tests.support.changes import Changes, watch_changes
from tests.support.pages import Page

#: A message above a refused form: the box it leads to, if any.
SUMMARY = re.compile(r'<li>(?:<a href="#([^"]+)">|<b>)')
#: Boxes that every form has, and those that a page fills in for itself.
OWN = frozenset({"csrf_token", "idempotency_key"})
SCRIPT = "=1+1<script>alert(1)</script>'\";--"
TEXTS = {
    "empty": "",
    "huge": "長" * 34_000,
    "hostile": SCRIPT,
    "nul": "a\x00b",
    "turned around": "\u202e\u2066張三\u200f👩‍👩‍👧‍👦",
    "wide figures": "１２",
    "beyond numbers": "1" + "0" * 30,
    "negative": "-1",
    "exponent": "1e5",
    "not a number": "NaN",
    "no such day": "2026-02-30",
}
#: One of these alone among boxes that are right; they look like texts and may be taken as such.
#: PostgreSQL, where going back to the beginning is slow, sees those that end at the database.
SINGLE = {
    "sqlite": ("hostile", "turned around", "beyond numbers", "negative"),
    "postgresql": ("beyond numbers",),
}
#: Forms that need what is not there in the beginning.
NOT_YET = frozenset({"account.renew_codes", "people.hand_over"})
#: Where an attempt counts, right or wrong.
COUNTED = frozenset(
    {
        "account.change_password",
        "account.pin",
        "booking.check",
        "citizens.code",
        "citizens.contact",
        "citizens.contact_code",
        "citizens.verify",
        "entrance.arrive",
        "handover.confirm",
        "handover.emergency",
        "handover.offer",
        "handover.sign",
        "own.find",
        "staff.second_factor",
        "staff.sign_in",
        "staff.unlock",
    }
)
COUNTING = frozenset({"throttle", "one_time_code", "ledger_entry"})


def forms() -> list[Act]:
    """Each form once, the first way it is used."""
    found = {act.endpoint: act for act in reversed(ACTS) if act.endpoint not in NOT_YET}
    return list(found.values())[::-1]


class Form:
    """A form with its page open, the institution as it was in the beginning."""

    def __init__(self, neighbours: Neighbours, act: Act) -> None:
        self._neighbours, self.act = neighbours, act
        self.open()

    def open(self) -> None:
        """Open the page and fill the form in as it should be."""
        opened = open_page(self._neighbours.here, self.act)
        assert opened.page.status == 200, self.act.endpoint
        self.opened, self.shown = opened, opened.form()
        self.right = {**self.shown, **boxes_of(self._neighbours.here, self.act, opened.page)}
        for box in ("file", "photos"):
            self.right.pop(box, None)

    def send(self, changes: Changes, boxes: Any, what: str) -> None:
        """Send nonsense; what was taken all the same is undone."""
        changes.clear()
        if judge(self.act, self.opened.send(boxes), changes, what):
            assert "<script>alert" not in open_page(self._neighbours.here, self.act).page.text
            self._neighbours.restore()
            self.open()


def judge(act: Act, answer: Page, changes: Changes, what: str) -> bool:
    """Whether it was taken; fails when a refusal is unclear or changed something."""
    said = (act.endpoint, what, answer.status)
    assert answer.status in {200, 303, 400, 403, 404, 409, 410, 413, 422, 429}, said
    assert "<script>alert" not in answer.text, said
    kept = set(changes.kept) - {"idempotency_key"}
    if act.endpoint in COUNTED:
        kept -= COUNTING
    if answer.status == 422:
        said_where = SUMMARY.findall(answer.text)
        assert said_where, said
        for box in filter(None, said_where):
            assert f'id="{box}"' in answer.text, (*said, box)
    if answer.status >= 400:
        assert kept == set(), (*said, kept)
    return bool(kept)


def test_boxes_full_of_nonsense_are_refused_with_a_message(neighbours: Neighbours) -> None:
    with watch_changes(neighbours.app) as changes:
        for form in (Form(neighbours, act) for act in forms()):
            names = sorted(set(form.right) - OWN)
            for what, text in TEXTS.items() if names else ():
                form.send(changes, {**form.shown, **dict.fromkeys(names, text)}, what)


def test_one_box_with_nonsense_is_refused_or_taken_as_a_text(neighbours: Neighbours) -> None:
    singles = SINGLE[neighbours.kind]
    with watch_changes(neighbours.app) as changes:
        for form in (Form(neighbours, act) for act in forms()):
            for name in sorted(set(form.right) - OWN):
                for what in singles:
                    form.send(changes, {**form.right, name: TEXTS[what]}, f"{name} {what}")


def test_boxes_that_come_twice_break_nothing(neighbours: Neighbours) -> None:
    with watch_changes(neighbours.app) as changes:
        for form in (Form(neighbours, act) for act in forms()):
            twice: MultiDict[str, Any] = MultiDict()
            for name, value in form.right.items():
                twice.add(name, value)
                twice.add(name, SCRIPT)
            form.send(changes, twice, "twice")


def test_a_form_without_its_token_is_refused_everywhere(neighbours: Neighbours) -> None:
    with watch_changes(neighbours.app) as changes:
        for form in (Form(neighbours, act) for act in forms()):
            for token in (None, "", "x", SCRIPT):
                boxes = {name: form.right[name] for name in form.right if name != "csrf_token"}
                if token is not None:
                    boxes["csrf_token"] = token
                changes.clear()
                answer = form.opened.send(boxes)
                assert answer.status == 400, (form.act.endpoint, token, answer.status)
                assert changes.sent == [], form.act.endpoint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 1000,
        b"\xff\xfe\x00",
        b"number,name,unit\n" + b"x" * 100_000,
        b"number,name,unit\n=1+1,<script>alert(1)</script>,hall\n",
        "number,name,unit\nN1,\u202e張三,hall\nN1,李四,hall\n".encode(),
        "number,name,unit\nN1,張三,no-such-unit\n".encode(),
        b"number;name;unit\n" * 6000,
    ],
)
def test_a_file_full_of_nonsense_adds_nobody(neighbours: Neighbours, content: bytes) -> None:
    act = next(act for act in ACTS if act.endpoint == "people.import_file")
    opened = open_page(neighbours.here, act)
    with watch_changes(neighbours.app) as changes:
        answer = opened.send({**opened.form(), "file": (io.BytesIO(content), "people.csv")})
        assert answer.status == 422
        assert not judge(act, answer, changes, "file")


def test_a_body_that_is_no_text_is_refused(neighbours: Neighbours) -> None:
    act = next(act for act in ACTS if act.endpoint == "units.add")
    opened = open_page(neighbours.here, act)
    token = opened.form()["csrf_token"].encode()
    kind = "application/x-www-form-urlencoded"
    for body in (b"name-zh_Hant=%FF%ED%A0%80&code=x", b"&" * 5000, b"code=x&" * 2000, b"\xff" * 99):
        answer = opened.client.post(
            opened.address, data=b"csrf_token=" + token + b"&" + body, content_type=kind
        )
        assert answer.status_code in {303, 400, 413, 422}, body[:20]
