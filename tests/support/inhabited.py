"""An institution with one of everything, so that every address leads to something that is."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import Cookie

from tests.support.world import World

#: Parts of addresses that name no object, with an example each.
WORDS = {
    "kind": "document",
    "step": "here",
    "way": "up",
    "ending": "json",
    "section": "words",
    "act": "add",
}
#: Where an endpoint means another thing by a part of its address than the others.
OTHERWISE: dict[str, dict[str, str]] = {
    "today.served": {"kind": "booking"},
    "today.step": {"kind": "booking"},
    "today.waive": {"kind": "booking"},
    "desk.following": {"kind": "booking"},
    "compliance.export": {"ending": "csv"},
    "figures.export": {"ending": "csv"},
    "intake.add": {"kind": "repair"},
    "matter_reports.export": {"ending": "csv"},
    "readiness.export": {"ending": "csv"},
    "attendance.export": {"ending": "csv"},
    "own_matter.submit": {"kind": "enquiry"},
    "matters.act": {"step": "finish"},
    "matters.press": {"step": "acknowledge"},
}
#: Where a part of an address names another object than elsewhere.
RENAMED: dict[tuple[str, str], str] = {
    ("promise.complain", "reference"): "broken_reference",
    ("promise.complain", "token"): "broken_token",
    ("promise.take", "reference"): "broken_reference",
    ("promise.take", "token"): "broken_token",
    ("promise.decline", "reference"): "complained_reference",
    ("promise.decline", "token"): "complained_token",
    ("no_shows.undo", "booking_id"): "missed_booking_id",
    ("no_shows.decide", "no_show_id"): "objected_no_show_id",
    ("people.take_back", "staff_id"): "left_staff_id",
    ("units.close", "unit_id"): "spare_unit_id",
    ("units.reopen", "unit_id"): "closed_unit_id",
    ("posts.open_again", "post_id"): "closed_post_id",
    ("roles.remove", "role_id"): "spare_role_id",
    ("matters.decide", "matter_id"): "disputed_matter_id",
    ("intake.send_code", "matter_id"): "fresh_matter_id",
    ("own_matter.right", "serial"): "fresh_serial",
    ("own_matter.right", "matter_token"): "fresh_matter_token",
    ("duty.cover", "post_id"): "own_post_id",
    ("duty.sign_in", "post_id"): "own_post_id",
    ("duty.second", "post_id"): "own_post_id",
    ("handover.begin", "post_id"): "handed_post_id",
    ("handover.emergency", "post_id"): "handed_post_id",
    ("handover.confirm", "handover_id"): "offered_handover_id",
    ("handover.refuse", "handover_id"): "doubted_handover_id",
    ("handover.refuse", "item_id"): "doubted_item_id",
    ("handover.sign", "handover_id"): "ordered_handover_id",
    ("handover.give_back", "handover_id"): "taken_handover_id",
    ("assistance.decide", "help_id"): "escalated_help_id",
    ("matters.choose_service", "matter_id"): "fresh_matter_id",
    ("matters.give", "matter_id"): "fresh_matter_id",
    ("matters.refuse", "matter_id"): "disputed_matter_id",
    ("matters.refuse", "notice_id"): "disputed_notice_id",
    ("offers_of_shifts.offer", "shift_id"): "own_shift_id",
    ("offers_of_shifts.decline", "shift_offer_id"): "other_shift_offer_id",
    ("offers_of_shifts.withdraw", "shift_offer_id"): "own_shift_offer_id",
    ("statements.sign", "post_id"): "own_post_id",
    ("statements.show", "post_id"): "cover_post_id",
    ("statements.set_text", "post_id"): "cover_post_id",
    ("statements.ask", "post_id"): "cover_post_id",
    ("qualifications.index", "post_id"): "cover_post_id",
    ("qualifications.withdraw", "post_id"): "cover_post_id",
    ("attendance.contest", "shift_id"): "late_shift_id",
    ("leave.decline", "leave_id"): "other_leave_id",
    ("leave.withdraw", "leave_id"): "own_leave_id",
}


@dataclass
class Inhabited:
    """An institution, the people in it, and an object for each kind of address."""

    world: World
    #: An example for each name in an address.
    objects: dict[str, Any] = field(default_factory=dict)
    people: dict[str, FlaskClient] = field(default_factory=dict)
    _cookies: dict[str, list[Cookie]] = field(default_factory=dict)

    def keep_cookies(self) -> None:
        """Remember as whom the browsers are known."""
        paths = ("/", f"/{self.world.slug}/")
        for who, client in self.people.items():
            found = [client.get_cookie(n, path=p) for n in ("portal", "device") for p in paths]
            self._cookies[who] = [cookie for cookie in found if cookie is not None]

    def restore_cookies(self) -> None:
        """Have the browsers known as they were."""
        for who, cookies in self._cookies.items():
            client = self.world.client()
            for cookie in cookies:
                client.set_cookie(cookie.key, cookie.value, path=cookie.path)
            self.people[who] = client

    def arguments(self, rule: Rule) -> dict[str, Any]:
        """What an address of this kind says of this institution's own objects."""
        found = {"slug": self.world.slug}
        for name in rule.arguments - {"slug"}:
            if name in WORDS:
                found[name] = OTHERWISE.get(rule.endpoint, {}).get(name, WORDS[name])
                continue
            key = RENAMED.get((rule.endpoint, name), name)
            assert key in self.objects, (
                f"{rule.endpoint} has {name!r} in its address: give tests/support/inhabited.py "
                "an example of it, so that the contract tests reach the new page"
            )
            found[name] = self.objects[key]
        return found

    def address(self, rule: Rule, **changed: Any) -> str:
        """The address of this kind that leads to this institution's own objects."""
        return build(self.world.app, rule, {**self.arguments(rule), **changed})


def build(app: Flask, rule: Rule, arguments: dict[str, Any]) -> str:
    """An address from its parts."""
    with app.test_request_context():
        built = rule.build(arguments)
    assert built is not None, (rule.endpoint, arguments)
    return str(built[1])


def own_rules(app: Flask) -> list[Rule]:
    """Every kind of address below an institution."""
    return [rule for rule in app.url_map.iter_rules() if "slug" in rule.arguments]


def named_objects(rule: Rule) -> list[str]:
    """Which objects an address of this kind names."""
    return sorted(rule.arguments - {"slug", *WORDS})
