"""Every endpoint says who may reach it, and keeps to it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, IntegerConverter

from portal.appointments.views.desk import BOOK
from portal.appointments.views.today import SERVE
from portal.web.guards import Access
from tests.support.pages import Page, post
from tests.support.walks import book_online, bookings, sign_in
from tests.support.world import PASSWORD, World, add_staff, furnish, make_institution


def rules_of(app: Flask) -> list[tuple[str, str]]:
    """Endpoint and address of every page below an institution, with ids that exist nowhere."""
    found = []
    for rule in app.url_map.iter_rules():
        if "slug" not in rule.arguments:
            continue
        values: dict[str, object] = dict.fromkeys(rule.arguments, "x")
        values |= {
            name: 999_999
            for name, converter in rule._converters.items()
            if isinstance(converter, IntegerConverter)
        }
        values |= {
            name: min(converter.items)
            for name, converter in rule._converters.items()
            if isinstance(converter, AnyConverter)
        }
        values |= {"slug": "qingxi"}
        with app.test_request_context():
            found.append((rule.endpoint, str(rule.build(values)[1])))  # type: ignore[index]
    return found


def access_of(app: Flask, endpoint: str) -> Access:
    access = vars(app.view_functions[endpoint])["access"]
    assert isinstance(access, Access)
    return access


def test_every_endpoint_declares_its_access(app: Flask) -> None:
    undeclared = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "access")
    ]
    assert undeclared == []


def test_a_stranger_is_sent_to_sign_in_from_every_staff_page(
    institution: World, client: FlaskClient
) -> None:
    furnish(institution)
    for endpoint, path in rules_of(institution.app):
        access = access_of(institution.app, endpoint)
        if access.audience not in {"staff", "permission", "citizen"}:
            continue
        for method in ("GET", "POST"):
            answer = client.open(path, method=method)
            assert answer.status_code in {303, 400, 405}, (endpoint, method, answer.status_code)
            if answer.status_code == 303:
                assert "/sign-in/" in answer.location or "/verify/" in answer.location


def test_a_clerk_without_permissions_reaches_no_page_that_asks_for_one(
    institution: World,
) -> None:
    furnish(institution)
    add_staff(institution, "1001", [])
    clerk = sign_in(institution, "1001")
    for endpoint, path in rules_of(institution.app):
        access = access_of(institution.app, endpoint)
        if access.audience == "permission":
            answer = clerk.get(path)
            assert answer.status_code in {403, 405}, (endpoint, answer.status_code)


def test_another_institutions_booking_is_nothing_here(institution: World) -> None:
    furnish(institution)
    institution.publish()
    page = book_online(institution.client(), institution)
    [booking] = bookings(institution)
    other = make_institution(institution.app, "linjiang", house="hospital")
    furnish(other)
    add_staff(other, "1001", [SERVE, BOOK])
    clerk = sign_in(other, "1001")
    assert clerk.get(page.path.replace("qingxi", "linjiang")).status_code == 404
    assert clerk.get(f"/linjiang/work/book/made/{booking.id}/").status_code == 404
    assert clerk.get("/linjiang/work/today/1/").status_code == 404
    assert clerk.get("/qingxi/work/today/").status_code == 303


def test_a_cookie_of_another_institution_is_anonymous(institution: World) -> None:
    furnish(institution)
    other = make_institution(institution.app, "linjiang", house="hospital")
    furnish(other)
    add_staff(institution, "1001", [SERVE])
    clerk = sign_in(institution, "1001")
    cookie = clerk.get_cookie("portal", path="/qingxi/")
    assert cookie is not None
    clerk.set_cookie("portal", cookie.value, path="/linjiang/")
    assert clerk.get("/linjiang/work/today/").status_code == 303


@pytest.mark.parametrize("path", ["", "work/today/", "b/A000000/x/", "nowhere/"])
def test_an_unknown_institution_is_nothing(client: FlaskClient, path: str) -> None:
    assert client.get(f"/nobody/{path}").status_code == 404


def test_every_answer_carries_its_headers(institution: World, client: FlaskClient) -> None:
    answer = client.get(f"/{institution.slug}/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-Id"]


def test_a_form_without_its_token_changes_nothing(institution: World, client: FlaskClient) -> None:
    answer = client.post(f"/{institution.slug}/me/verify/", data={"contact": "13812345678"})
    assert answer.status_code == 400
    assert Page(answer).status == 400


def test_a_form_sent_before_a_locked_screen_counts_when_it_is_sent_again(
    institution: World,
) -> None:
    furnish(institution)
    add_staff(institution, "1001", ["identity.unit.edit"])
    head = sign_in(institution, "1001")
    typed = Page(head.get("/qingxi/admin/units/add/"))
    post(head, typed, action="/work/lock/")
    boxes: dict[str, Any] = {"name-zh_Hant": "後勤", "code": "supply"}
    assert (
        post(head, typed, follow=False, **boxes)
        .headers["Location"]
        .startswith("/qingxi/work/lock/")
    )
    post(head, Page(head.get("/qingxi/work/lock/")), password=PASSWORD)
    assert "後勤" in post(head, typed, **boxes).text
