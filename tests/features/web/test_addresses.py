"""An address in a template is what Flask would build, for each institution and place its own."""

from typing import Any

import pytest
from flask import Flask, g, url_for

from portal.web.addresses import REMEMBERED, _build, address_for
from tests.support.world import make_institution

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("today.day", {"post_id": 1}),
    ("today.day", {"post_id": 2}),
    ("today.step", {"kind": "booking", "served_id": 1, "step": "here"}),
    (".day", {"post_id": 1}),
    ("paper.of_post", {"post_id": 1, "day": "2026-11-23"}),
    ("paper.of_post", {"post_id": 1, "day": "高&=?#/ 齡"}),
    ("booking.time", {"code": "permit", "again": True}),
    ("booking.time", {"code": "permit", "again": 1}),
    ("booking.time", {"code": "permit", "again": "1"}),
    ("static", {"filename": "public.css", "v": "0"}),
    ("own.show", {"reference": "A123456", "token": "x", "_anchor": "bring"}),
    ("own.show", {"reference": "A123456", "token": "x", "_external": True}),
]


@pytest.mark.parametrize("slug", ["here", "there"])
def test_an_address_is_the_one_that_flask_builds(app: Flask, slug: str) -> None:
    make_institution(app, slug)
    for path, base in ((f"/{slug}/work/today/1/", ""), (f"/{slug}/work/today/1/", "/portal")):
        with app.test_request_context(path, base_url=f"http://127.0.0.1{base}"):
            g.slug = slug
            for endpoint, values in ASKED * 2:
                assert address_for(endpoint, **values) == url_for(endpoint, **values)
                assert f"/{slug}/" in address_for(endpoint, **values) or endpoint == "static"


def test_what_is_remembered_is_bounded(app: Flask) -> None:
    with app.test_request_context("/here/work/today/1/"):
        g.slug = "here"
        found = {address_for("today.day", post_id=number) for number in range(5000)}
    assert len(found) == 5000
    assert _build.cache_info().currsize <= REMEMBERED
