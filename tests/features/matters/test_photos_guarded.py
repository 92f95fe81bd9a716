"""Who sees the photos of a matter, whose files are looked at, and how photos go for good."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.ledger import LedgerEntry
from portal.files.models import Attachment
from portal.identity.services.privacy import end_retention, erase_person
from portal.matters.rules import State
from portal.matters.views import pace
from tests.support.attaching import paper, photo
from tests.support.citizens import prove
from tests.support.matter_photos import (
    DOOR,
    attach_later,
    end,
    link,
    on_disk,
    only_matter,
    place,
    remove_erased,
    rows,
    send,
    tell,
)
from tests.support.matters import Office, staff, staff_office
from tests.support.pages import Page
from tests.support.walks import sign_in
from tests.support.world import add_staff, furnish, make_institution


def test_who_may_not_see_the_matter_finds_no_photo_and_no_form(
    office: Office, client: FlaskClient
) -> None:
    matter_id, other_id = office.bring_to(State.IN_PROGRESS), office.open()
    attach_later(office, matter_id)
    attach_later(office, other_id)
    [row], [other] = rows(office, matter_id), rows(office, other_id)
    add_staff(office.world, "21", [])
    for number in ("13", "21"):
        stranger = sign_in(office.world, number)
        for path in (f"photos/{row.id}/", "photos/"):
            assert stranger.get(place(office, matter_id, path)).status_code == 404
    gardener = sign_in(office.world, "11")
    assert gardener.get(place(office, matter_id, f"photos/{row.id}/")).status_code == 200
    for wrong in (other.id, 999_999):
        assert gardener.get(place(office, matter_id, f"photos/{wrong}/")).status_code == 404
        assert client.get(link(office, matter_id, f"photos/{wrong}/")).status_code == 404
    wrong_link = link(office, matter_id)[:-5] + "0000/"
    assert client.get(f"{wrong_link}photos/{row.id}/").status_code == 404
    assert client.get(place(office, matter_id, f"photos/{row.id}/")).status_code == 303


def test_nobody_of_another_institution_finds_it(app: Flask) -> None:
    ours, theirs = (make_institution(app, slug) for slug in ("qingxi", "linjiang"))
    for world in (ours, theirs):
        furnish(world)
    office, neighbour = staff_office(ours), staff_office(theirs)
    matter_id, same = office.open(), neighbour.open()
    attach_later(office, matter_id)
    [row] = rows(office, matter_id)
    next_door, client = sign_in(theirs, "11"), theirs.client()
    for number in (matter_id, same):
        path = place(neighbour, number, f"photos/{row.id}/")
        assert next_door.get(path).status_code == 404
    assert client.get(link(neighbour, same, f"photos/{row.id}/")).status_code == 404


def test_strangers_do_not_make_us_open_files(
    office: Office, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise AssertionError("it was opened")

    matter_id = office.open()
    gardener = sign_in(office.world, "11")
    form = Page(gardener.get(place(office, matter_id, "photos/")))
    token = Page(client.get(f"/{office.world.slug}/tell/praise/")).form()["fields"]
    add_form = Page(client.get(link(office, matter_id, "add/")))
    monkeypatch.setattr("portal.files.beforehand.check_upload", explode)
    form.form()["fields"]["csrf_token"] = token["csrf_token"]
    assert send(client, form, (photo(), DOOR)).status == 303
    add_form.path = add_form.path.replace("/add/", "0/add/")
    assert send(client, add_form, (photo(), DOOR), words="x").status == 404


def test_one_network_has_so_many_photos_looked_at(
    office: Office, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "NETWORK_LIMIT", 2)
    for _ in range(2 * pace.LOOKS):
        assert tell(client, office, (b"x", DOOR)).status == 422
    assert tell(client, office, (photo(), DOOR)).status == 429
    assert tell(client, office).status == 303
    assert on_disk(office) == []


def test_the_person_takes_the_names_along_and_erases_photos_with_the_matter(
    office: Office, client: FlaskClient
) -> None:
    prove(client, office.world)
    tell(client, office, (photo(), DOOR), (paper(), "表.pdf"))
    matter = only_matter(office)
    own = link(office, matter.id, f"photos/{rows(office, matter.id)[0].id}/")
    copy = client.get(f"/{office.world.slug}/me/export.json").get_json()
    assert f"{DOOR}, 表.pdf" in str(copy)
    end(office, matter.id, "withdraw")
    contact_id = matter.contact_id
    assert contact_id is not None
    office.world.do(
        lambda session: erase_person(
            session,
            contact_id=contact_id,
            actor=staff(office.gardener),
            now=office.world.now,
        )
    )
    kept = office.world.do(lambda session: list(session.scalars(select(Attachment))))
    assert [(row.name, row.erased_at) for row in kept] == [(None, office.world.now)] * 2
    assert client.get(own).status_code == 404
    remove_erased(office)
    assert on_disk(office) == []
    codes = office.world.do(lambda session: list(session.scalars(select(LedgerEntry.code))))
    assert codes.count("files.attachment.erased") == 2


def test_photos_end_with_what_has_been_kept_long_enough(office: Office) -> None:
    matter_id, open_id = office.open(), office.open()
    attach_later(office, matter_id)
    attach_later(office, open_id)
    end(office, matter_id, "void")
    office.world.wait(days=3650)
    office.world.do(lambda session: end_retention(session, office.world.now))
    assert rows(office, matter_id) == []
    assert len(rows(office, open_id)) == 1
    remove_erased(office)
    assert len(on_disk(office)) == 1
