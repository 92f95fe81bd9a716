"""The pages: one's own posts, who is at the windows, the sign at one, badges, the home page."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.duty.badges import badge_token
from portal.duty.models import Presence
from portal.duty.rules import Standing
from portal.identity.models import Staff
from tests.support.duty import Hall
from tests.support.pages import Page, post
from tests.support.statements import count_statements
from tests.support.walks import sign_in


def visitor(hall: Hall, number: str = "") -> FlaskClient:
    """A browser that reads English, with somebody signed in or nobody."""
    client = sign_in(hall.world, number) if number else hall.world.client()
    client.get("/qingxi/windows/?language=en")
    return client


def text(client: FlaskClient, path: str) -> str:
    """What a page of the institution says."""
    return Page(client.get(f"/qingxi/{path}")).text


def tap(client: FlaskClient, action: str) -> Page:
    """Press the button of one's own posts that leads there."""
    return post(client, Page(client.get("/qingxi/work/duty/")), action=action)


def token(hall: Hall, staff_id: int) -> str:
    return hall.do(lambda _session, _now: badge_token(staff_id))


def test_a_steps_away_b_covers_and_the_public_page_says_so(hall: Hall) -> None:
    a, b, anybody = visitor(hall, "A1"), visitor(hall, "B1"), visitor(hall)
    assert "You are at no post" in text(a, "work/duty/")
    page = tap(a, f"/duty/{hall.window}/sign-in/")
    assert "You are at Window 3" in page.text
    assert "林秀蘭" in text(anybody, "windows/")
    page = Page(a.get("/qingxi/work/duty/presence/1/away/"))
    page = post(a, page, reason="meal", minutes="20")
    assert "You are away until 9:20" in page.text
    assert "Away until" in text(anybody, "windows/")
    assert "Back at 9:20" in text(anybody, "windows/w3/")
    page = tap(b, f"/duty/{hall.window}/cover/")
    assert "You cover the post now" in page.text
    assert "Stands in for 林秀蘭" in text(anybody, "windows/")
    assert "周志明" in text(anybody, "windows/w3/")
    page = tap(a, "/back/")
    assert "You are at Window 3" in page.text
    page = tap(a, "/out/")
    assert "You are at no post" in page.text
    assert "Nobody here" in text(anybody, "windows/w3/")


def test_what_is_refused_stands_on_the_page_in_words(hall: Hall) -> None:
    a = visitor(hall, "A1")
    here = hall.sign_in(hall.a)
    page = Page(a.get(f"/qingxi/work/duty/presence/{here}/away/"))
    page = post(a, page, reason="meal", minutes="31")
    assert page.status == 422
    assert "30 minutes at most" in page.text
    assert "handed over" in page.text
    for minutes, reason in (("0", "meal"), ("x", "meal"), ("", "meal"), ("5", "fun")):
        assert post(a, page, minutes=minutes, reason=reason).status == 422
    assert hall.standing() is Standing.HERE


def test_two_who_tap_at_once_read_who_was_first(hall: Hall) -> None:
    a, b = visitor(hall, "A1"), visitor(hall, "B1")
    stale = Page(b.get("/qingxi/work/duty/"))
    tap(a, f"/duty/{hall.window}/sign-in/")
    page = post(b, stale, action=f"/duty/{hall.window}/sign-in/")
    assert page.status == 422
    assert "林秀蘭 is signed in at this post" in page.text


def test_a_second_post_is_asked_for_decided_and_used(hall: Hall) -> None:
    b, head = visitor(hall, "B1"), visitor(hall, "H1")
    hall.sign_in(hall.b, hall.desk)
    page = Page(b.get(f"/qingxi/work/duty/{hall.window}/second/"))
    assert post(b, page, reason="", until="11:00").status == 422
    page = post(b, page, reason="同事今天請假", until="11:00")
    assert "Nobody has decided yet" in page.text
    assert "asks for Window 3 as a second post" in text(head, "work/duty/")
    page = Page(head.get("/qingxi/work/duty/requests/1/"))
    assert "同事今天請假" in page.text
    page = post(head, page, verdict="grant")
    assert "Allowed." in page.text
    page = tap(b, f"/duty/{hall.window}/sign-in/")
    assert hall.standing() is hall.standing(hall.desk) is Standing.HERE


def test_another_s_post_presence_and_request_are_not_there(hall: Hall) -> None:
    here = hall.sign_in(hall.b, hall.desk)
    request = hall.ask(hall.b, hall.window)
    a = visitor(hall, "A1")
    base = "/qingxi/work/duty"
    form = Page(a.get(f"{base}/")).form("csrf_token", action=f"/duty/{hall.window}/sign-in/")
    fields = form["fields"]
    for path in (f"presence/{here}/back", f"presence/{here}/out"):
        assert a.post(f"{base}/{path}/", data=fields).status_code == 404
    for path in (f"presence/{here}/away", f"requests/{request}"):
        assert a.get(f"{base}/{path}/").status_code == 404
    for path in (f"{hall.desk}/sign-in", f"{hall.desk}/cover"):
        assert a.post(f"{base}/{path}/", data=fields).status_code == 403
    assert a.get(f"{base}/{hall.desk}/second/").status_code == 403
    assert hall.standing(hall.desk) is Standing.HERE


def test_h_03b_the_badge_says_where_somebody_is_and_who_covers(hall: Hall) -> None:
    anybody = visitor(hall)
    address = f"badges/{token(hall, hall.a)}/"
    assert "Not on duty" in text(anybody, address)
    here = hall.sign_in(hall.a)
    assert "At Window 3" in text(anybody, address)
    hall.step_away(here)
    assert "Nobody covers at the moment" in text(anybody, address)
    hall.cover(hall.b)
    assert "周志明 covers" in text(anybody, address)
    assert "At Window 3" in text(anybody, f"badges/{token(hall, hall.b)}/")


def test_a_badge_cannot_be_guessed_and_ends_with_leaving(hall: Hall) -> None:
    anybody = visitor(hall)
    own = token(hall, hall.a)
    other = f"{hall.b}-{own.partition('-')[2]}"
    for wrong in (other, str(hall.a), "x", f"{hall.a}-", f"{'9' * 30}-a", f"²-{own}"):
        assert anybody.get(f"/qingxi/badges/{wrong}/").status_code == 404

    def leave(session: Session) -> None:
        session.get_one(Staff, hall.a).left_at = hall.world.now

    hall.world.do(leave)
    assert anybody.get(f"/qingxi/badges/{own}/").status_code == 404


def test_the_own_badge_is_printed_with_its_code(hall: Hall) -> None:
    page = Page(visitor(hall, "A1").get("/qingxi/work/duty/badge/"))
    assert token(hall, hall.a) in page.text
    assert "<svg" in page.text


@pytest.mark.parametrize("path", ["windows/", "windows/w3/", "badge", "work/duty/"])
def test_a_page_that_asks_again_is_told_whether_anything_changed(hall: Hall, path: str) -> None:
    client = visitor(hall, "A1")
    path = f"badges/{token(hall, hall.a)}/" if path == "badge" else path
    here = hall.sign_in(hall.a)

    def ask(tag: str | None) -> tuple[int, str | None]:
        headers = {"If-None-Match": tag} if tag else {}
        answer = client.get(f"/qingxi/{path}", headers=headers)
        return answer.status_code, answer.headers.get("ETag")

    _status, tag = ask(None)
    for change in (
        lambda: hall.step_away(here),
        lambda: hall.cover(hall.b),
        lambda: hall.come_back(here),
        lambda: hall.sign_out(here),
    ):
        assert ask(tag) == (304, tag)
        change()
        status, fresh = ask(tag)
        assert (status, fresh != tag) == (200, True)
        tag = fresh


def test_asking_again_is_no_sign_of_life(hall: Hall) -> None:
    client = visitor(hall, "A1")
    here = hall.sign_in(hall.a)
    before = hall.read(Presence, here).signed_in_at
    hall.world.wait(hours=2)
    client.get("/qingxi/work/duty/")
    row = hall.read(Presence, here)
    assert (row.signed_in_at, row.left_at) == (before, None)


def test_p_3_1a_the_home_page_names_who_is_on_duty_with_the_telephone(hall: Hall) -> None:
    anybody = visitor(hall)
    assert "Nobody" in text(anybody, "")
    hall.sign_in(hall.c, hall.night)
    hall.world.wait(hours=18)
    home = text(anybody, "")
    assert "吳國棟" in home
    assert "Since" in home
    assert "0571-6000 1000" in home


def test_the_desk_names_who_is_on_duty(hall: Hall) -> None:
    b = visitor(hall, "B1")
    hall.step_away(hall.sign_in(hall.a))
    page = text(b, "work/desk/")
    assert "On duty now" in page
    assert "林秀蘭" in page
    assert "Please cover" in page
    assert "Please cover" not in text(visitor(hall, "H1"), "work/desk/")


def test_a_page_costs_the_same_with_many_posts(hall: Hall) -> None:
    clients = {"windows/": visitor(hall), "work/duty/": visitor(hall, "B1")}

    def counted(path: str) -> int:
        clients[path].get(f"/qingxi/{path}")
        with count_statements(hall.world) as statements:
            assert clients[path].get(f"/qingxi/{path}").status_code == 200
        return len(statements)

    few = {path: counted(path) for path in clients}

    def add(session: Session) -> None:
        unit_id = session.get_one(Post, hall.window).unit_id
        for number in range(40):
            name = {"zh_Hant": f"{number}號"}
            post = Post(unit_id=unit_id, code=f"p{number}", name=name, plate=str(number))
            session.add(post)
            session.flush()
            session.add(
                Presence(
                    post_id=post.id,
                    staff_id=hall.a,
                    signed_in_at=hall.world.now,
                    left_at=hall.world.now,
                    signed_out_at=hall.world.now,
                )
            )

    hall.world.do(add)
    assert {path: counted(path) for path in clients} == few


def test_figures_without_end_are_no_number_of_minutes(hall: Hall) -> None:
    hall.sign_in(hall.a)
    client = sign_in(hall.world, "A1")
    [presence] = hall.do(lambda session, _now: list(session.scalars(select(Presence.id))))
    page = Page(client.get(f"/qingxi/work/duty/presence/{presence}/away/"))
    answer = post(client, page, reason="meal", minutes="9" * 2500)
    assert answer.status == 422
    assert hall.absences() == []
