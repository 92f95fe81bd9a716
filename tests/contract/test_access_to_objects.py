"""Every address that names an object, by every verb and kind of person: another's is nothing."""

import itertools
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.contract.conftest import Neighbours
from tests.support.changes import watch_changes
from tests.support.inhabited import Inhabited, build, named_objects, own_rules
from tests.support.pages import Page

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: Nothing has these.
NOBODYS: dict[str, Any] = {
    "code": "nothing",
    "reference": "A000000",
    "token": "0" * 32,
    "waiting_token": "0" * 32,
    "offer_token": "0" * 32,
    "serial": "TZ-2026-99999",
    "matter_token": "0" * 32,
    "badge_token": "0" * 32,
    "post_code": "nothing",
    "number": 999_999,
}
#: Those who may open what there is.
OPENERS = ("administrator", "citizen", "member without permission")
#: What a form must carry for its page to be found at all: a box and the object it names.
NEEDED = {
    "posts.release": ("staff", "staff_id"),
    "statements.ask": ("staff", "asking_id"),
}
#: Links that let in whoever knows them; the guard asks for no more.
BY_LINK = frozenset(
    {
        "own.show",
        "own.invite",
        "own.cancel",
        "own.move",
        "own.here",
        "own.agree",
        "promise.complain",
        "promise.decline",
        "promise.take",
        "waiting.show",
        "waiting.leave",
        "offers.show",
        "offers.decline",
        "windows.badge",
        "own_matter.show",
        "own_matter.right",
        "own_matter.solved",
        "own_matter.say",
        "own_matter.photo",
        "own_matter.notice_paper",
    }
)


class Visit:
    """Somebody's browser, ready to send forms."""

    def __init__(self, client: FlaskClient, home: Inhabited) -> None:
        self.client = client
        page = Page(client.get(f"/{home.world.slug}/me/verify/"))
        self._token = page.form("contact")["fields"]["csrf_token"]

    def open(self, verb: str, address: str, **boxes: Any) -> TestResponse:
        """Ask for an address; a form carries its token and little else."""
        if verb in ("GET", "HEAD"):
            return self.client.open(address, method=verb)
        data = {"csrf_token": self._token, "idempotency_key": secrets.token_hex(9), **boxes}
        return self.client.open(address, method=verb, data=data)


def rules_with_objects(neighbours: Neighbours) -> list[Rule]:
    return [rule for rule in own_rules(neighbours.app) if named_objects(rule)]


def routed(rule: Rule) -> list[str]:
    return [verb for verb in VERBS if verb in (rule.methods or ())]


def is_routed_otherwise(neighbours: Neighbours, address: str, verb: str) -> bool:
    """Whether another endpoint answers the same address to this verb."""
    try:
        neighbours.app.url_map.bind("localhost").match(address, method=verb)
    except MethodNotAllowed:
        return False
    return True


def with_others(rule: Rule, own: Inhabited, others: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts of an address with one or more of its objects replaced by others."""
    names, standing = named_objects(rule), own.arguments(rule)
    for count in range(1, len(names) + 1):
        for chosen in itertools.combinations(names, count):
            changed = {**standing, **{name: others[name] for name in chosen}}
            if changed != standing:
                yield changed
    if "kind" in rule.arguments and "served_id" in names:
        yield {**standing, "kind": "visit", "served_id": others["visit_id"]}


def nobodys(own: Inhabited) -> dict[str, Any]:
    """Names of objects that exist nowhere."""
    return {name: NOBODYS.get(name, 999_999) for name in own.objects}


def test_whose_it_is_opens_every_object_of_the_own_institution(neighbours: Neighbours) -> None:
    here = neighbours.here
    people = {who: Visit(here.people[who], here) for who in OPENERS}
    for rule in rules_with_objects(neighbours):
        person = people[neighbours.opener(rule)]
        for verb in routed(rule):
            box, name = NEEDED.get(rule.endpoint, ("", ""))
            boxes = {box: here.objects[name]} if box and verb == "POST" else {}
            answer = person.open(verb, here.address(rule), **boxes)
            expected = {200} if verb != "POST" else {200, 303, 422}
            assert answer.status_code in expected, (rule.endpoint, verb, answer.status_code)
            if answer.status_code == 303:
                neighbours.restore()


def test_an_object_of_another_institution_is_nothing_here(neighbours: Neighbours) -> None:
    """Neither under one's own name with its ids, nor with ids that exist nowhere."""
    for home, next_door in (
        (neighbours.here, neighbours.there),
        (neighbours.there, neighbours.here),
    ):
        people = {who: Visit(home.people[who], home) for who in OPENERS}
        with watch_changes(neighbours.app) as changes:
            for rule in rules_with_objects(neighbours):
                person = people[neighbours.opener(rule)]
                for parts in itertools.chain(
                    with_others(rule, home, next_door.objects),
                    with_others(rule, home, nobodys(home)),
                ):
                    address = build(neighbours.app, rule, parts)
                    for verb in routed(rule):
                        answer = person.open(verb, address)
                        assert answer.status_code == 404, (verb, address, answer.status_code)
            assert changes.kept == []


def test_who_works_next_door_is_a_stranger_here(neighbours: Neighbours) -> None:
    here, there = neighbours.here, neighbours.there
    client = here.world.client()
    cookie = there.people["administrator"].get_cookie("portal", path=f"/{there.world.slug}/")
    assert cookie is not None
    client.set_cookie("portal", cookie.value, path=f"/{here.world.slug}/")
    person = Visit(client, here)
    with watch_changes(neighbours.app) as changes:
        _assert_kept_out(neighbours, person)
        assert changes.kept == []


@pytest.mark.parametrize("who", ["stranger", "citizen", "other citizen"])
def test_who_does_not_work_here_learns_nothing_of_objects(neighbours: Neighbours, who: str) -> None:
    here = neighbours.here
    with watch_changes(neighbours.app) as changes:
        _assert_kept_out(neighbours, Visit(here.people[who], here))
        assert changes.kept == []


def _assert_kept_out(neighbours: Neighbours, person: Visit) -> None:
    """Staff pages send to the sign-in page whether the object exists or not."""
    here = neighbours.here
    for rule in rules_with_objects(neighbours):
        if neighbours.audience(rule) in {"everyone", "citizen"}:
            continue
        for parts in (here.arguments(rule), *with_others(rule, here, nobodys(here))):
            address = build(neighbours.app, rule, parts)
            for verb in routed(rule):
                answer = person.open(verb, address)
                assert answer.status_code == 303, (verb, address, answer.status_code)
                goal = answer.location.partition("?")[0]
                assert goal == f"/{here.world.slug}/work/sign-in/", (verb, address, goal)


@pytest.mark.parametrize("who", ["stranger", "citizen", "other citizen"])
def test_a_booking_opens_for_nobody_who_does_not_know_its_link(
    neighbours: Neighbours, who: str
) -> None:
    here, there = neighbours.here, neighbours.there
    person = Visit(here.people[who], here)
    objects = here.objects
    found = {
        "reference": objects["other_reference"],
        "token": objects["other_token"],
        "waiting_id": objects["last_waiting_id"],
        "waiting_token": objects["last_waiting_token"],
        "offer_id": objects["other_offer_id"],
        "offer_token": objects["other_offer_token"],
        "serial": objects["other_serial"],
        "matter_token": objects["other_matter_token"],
        "attachment_id": objects["other_attachment_id"],
        "notice_id": objects["other_notice_id"],
        "badge_token": objects["other_badge_token"],
    }
    wrong = {name: "x" if name.endswith("token") else value for name, value in found.items()}
    strange = [found, wrong, nobodys(here), there.objects]
    by_link = [rule for rule in own_rules(neighbours.app) if rule.endpoint in BY_LINK]
    assert {
        rule.endpoint
        for rule in own_rules(neighbours.app)
        if any(name.endswith("token") for name in rule.arguments)
    } == BY_LINK
    with watch_changes(neighbours.app) as changes:
        for rule in by_link:
            if "GET" in (rule.methods or ()):
                assert person.open("GET", here.address(rule)).status_code == 200
            for others in strange:
                for parts in with_others(rule, here, others):
                    if all(parts[name] == found[name] for name in named_objects(rule)):
                        continue
                    address = build(neighbours.app, rule, parts)
                    for verb in routed(rule):
                        answer = person.open(verb, address)
                        assert answer.status_code == 404, (verb, address, answer.status_code)
        assert changes.kept == []


@pytest.mark.parametrize("who", ["stranger", "other citizen", "administrator"])
def test_what_is_a_citizen_s_is_nothing_to_others(neighbours: Neighbours, who: str) -> None:
    """Who proved another contact finds nothing; who proved none is asked to, found or not."""
    here = neighbours.here
    person = Visit(here.people[who], here)
    of_citizens = [
        rule
        for rule in rules_with_objects(neighbours)
        # A service is everybody's.
        if neighbours.opener(rule) == "citizen" and "code" not in rule.arguments
    ]
    assert of_citizens
    with watch_changes(neighbours.app) as changes:
        for rule in of_citizens:
            for parts in (here.arguments(rule), *with_others(rule, here, nobodys(here))):
                address = build(neighbours.app, rule, parts)
                for verb in routed(rule):
                    answer = person.open(verb, address)
                    if who == "other citizen":
                        assert answer.status_code == 404, (verb, address, answer.status_code)
                    else:
                        assert answer.location.startswith(f"/{here.world.slug}/me/verify/")
        assert changes.kept == []


def test_a_member_without_permission_is_refused_alike_whether_it_exists(
    neighbours: Neighbours,
) -> None:
    here = neighbours.here
    person = Visit(here.people["member without permission"], here)
    with watch_changes(neighbours.app) as changes:
        for rule in rules_with_objects(neighbours):
            if neighbours.audience(rule) != "permission":
                continue
            for parts in (here.arguments(rule), *with_others(rule, here, nobodys(here))):
                address = build(neighbours.app, rule, parts)
                for verb in routed(rule):
                    answer = person.open(verb, address)
                    assert answer.status_code == 403, (verb, address, answer.status_code)
        assert changes.kept == []


def test_a_member_of_another_unit_changes_nothing_of_this_one(neighbours: Neighbours) -> None:
    """Colleagues know what stands in their own house, so that they are told to ask its head."""
    here = neighbours.here
    person = Visit(here.people["member of another unit"], here)
    of_units = {"post_id", "service_id", "staff_id", "left_staff_id", "served_id", "unit_id"}
    of_units |= {"waiting_id", "closure_id"}
    with watch_changes(neighbours.app) as changes:
        for rule in rules_with_objects(neighbours):
            if not of_units & set(named_objects(rule)) or rule.endpoint in BY_LINK:
                continue
            # Whose a matter is not does not find it, whatever else the address names.
            expected = 404 if "matter_id" in rule.arguments else 403
            for verb in set(routed(rule)) & {"POST"}:
                answer = person.open(verb, here.address(rule))
                assert answer.status_code == expected, (verb, rule.endpoint, answer.status_code)
        assert changes.kept == []


def test_a_verb_that_no_page_knows_is_refused_and_changes_nothing(neighbours: Neighbours) -> None:
    here = neighbours.here
    person = Visit(here.people["administrator"], here)
    with watch_changes(neighbours.app) as changes:
        for rule in own_rules(neighbours.app):
            address = here.address(rule)
            for verb in set(VERBS) - set(routed(rule)):
                if is_routed_otherwise(neighbours, address, verb):
                    continue
                answer = person.open(verb, address)
                assert answer.status_code == 405, (verb, address, answer.status_code)
        assert changes.kept == []
