"""An institution's office for tests: people, roles, and browsers that fill in its forms."""

import re
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from html import unescape
from typing import Any, TypeVar

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM
from portal.core.ledger import LedgerEntry
from portal.core.session import db, institution_scope
from portal.core.unit import run_unit
from portal.identity.models import Role, Staff, Unit
from portal.identity.passwords import hash_password
from portal.identity.services import arranging, staffing
from portal.tenancy.models import Institution, SettingsVersion

T = TypeVar("T")
PASSWORD = "three lamps over the quiet river"
STAFF, ROLES, UNITS = "identity.staff.edit", "identity.role.edit", "identity.unit.edit"
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')


def hidden_values(page: str) -> dict[str, str]:
    """The hidden fields of a page, as its form would send them."""
    values = {}
    for tag in HIDDEN.findall(page):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            values[name[1]] = unescape(value[1]) if value else ""
    return values


class Office:
    """One institution, its database and its browsers."""

    def __init__(self, app: Flask, institution: Any) -> None:
        self.app, self.id, self.slug = app, institution.id, institution.slug
        self.password = PASSWORD

    @property
    def now(self) -> datetime:
        return self.app.extensions["portal"].clock.now()

    def wait(self, **length: float) -> None:
        """Let time pass."""
        self.app.extensions["portal"].clock.offset += timedelta(**length)

    def act(self, work: Callable[[Session], T]) -> T:
        """One unit of work in the institution's scope."""
        with (
            self.app.app_context(),
            closing(db.session.session_factory()) as session,
            institution_scope(session, self.id),
        ):
            return run_unit(session, partial(work, session))

    def unit(self, code: str = "front", parent: int | None = None) -> int:
        """A unit by code, founded when it is new."""

        def work(session: Session) -> int:
            found = session.scalar(select(Unit.id).where(Unit.code == code))
            if found is not None:
                return found
            name = {"zh_Hant": f"單位{code}", "zh_Hans": f"单位{code}", "en": f"Unit {code}"}
            return arranging.add_unit(
                session, code=code, name=name, parent_id=parent, actor=SYSTEM, now=self.now
            ).id

        return self.act(work)

    def role(self, code: str, *permissions: str, needs_second_factor: bool = False) -> int:
        """A role by code, made when it is new."""

        def work(session: Session) -> int:
            found = session.scalar(select(Role.id).where(Role.code == code))
            if found is not None:
                return found
            return arranging.add_role(
                session,
                code=code,
                name={"zh_Hant": f"角色{code}", "zh_Hans": f"角色{code}", "en": f"Role {code}"},
                permissions=permissions,
                needs_second_factor=needs_second_factor,
                actor=SYSTEM,
                now=self.now,
            ).id

        return self.act(work)

    def person(
        self,
        number: str,
        *,
        name: str = "張三",
        unit: str = "front",
        is_new: bool = False,
        totp: str | None = None,
    ) -> int:
        """Somebody who works here; ``is_new`` keeps the issued password in force."""
        unit_id = self.unit(unit)

        def work(session: Session) -> int:
            staff = staffing.add_staff(
                session,
                details=staffing.Details(number, name, unit_id),
                password_hash=hash_password(PASSWORD),
                actor=SYSTEM,
                now=self.now,
            )
            staff.must_change_password = is_new
            staff.totp_secret = totp
            return staff.id

        return self.act(work)

    def grant(self, staff_id: int, role_id: int, unit: str | None = None) -> int:
        """Give a role, for a unit or the whole institution."""
        unit_id = self.unit(unit) if unit else None
        return self.act(
            lambda session: (
                staffing.grant_role(
                    session,
                    staff_id=staff_id,
                    role_id=role_id,
                    unit_id=unit_id,
                    actor=SYSTEM,
                    now=self.now,
                ).id
            )
        )

    def administrator(self, number: str = "A1", name: str = "王主任") -> int:
        """Somebody who may keep people, roles and units everywhere."""
        staff_id = self.person(number, name=name)
        self.grant(staff_id, self.role("admin", STAFF, ROLES, UNITS))
        return staff_id

    def staff(self, staff_id: int) -> Staff:
        """The row as it stands."""
        return self.act(lambda session: session.get_one(Staff, staff_id))

    def codes(self) -> list[str]:
        """Codes of the ledger in order."""
        entries = select(LedgerEntry.code).order_by(LedgerEntry.id)
        return self.act(lambda session: list(session.scalars(entries)))

    def browser(self) -> "Browser":
        """A browser that has never been here."""
        return Browser(self)

    def signed_in(self, number: str, password: str = PASSWORD) -> "Browser":
        """A browser in which somebody has signed in."""
        browser = self.browser()
        answer = browser.sign_in(number, password)
        assert answer.status_code == 303, browser.errors(answer)
        return browser

    def code_now(self, secret: str) -> str:
        """What the telephone shows."""
        return pyotp.TOTP(secret).at(self.now)


class Browser:
    """Gets pages and sends their forms as a person would; addresses are inside the institution."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = office.app.test_client()

    def address(self, path: str) -> str:
        return path if path.startswith("/") else f"/{self.office.slug}/{path}"

    def get(self, path: str, **words: Any) -> Any:
        return self.client.get(self.address(path), **words)

    def text(self, path: str) -> str:
        """A page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.location)
        return str(answer.get_data(as_text=True))

    def send(self, path: str, *, page: str = "", **fields: Any) -> Any:
        """Fill in and send the form of a page (of the same address, unless ``page`` says else)."""
        shown = self.get(page or path).get_data(as_text=True)
        data = {**hidden_values(shown), **fields}
        answer = self.client.post(self.address(path), data=data)
        # Werkzeug's client leaves the file open in which it wraps a large upload.
        answer.request.environ["wsgi.input"].close()
        return answer

    def sign_in(self, number: str, password: str = PASSWORD, path: str = "work/sign-in/") -> Any:
        return self.send(path, number=number, password=password)

    def errors(self, answer: Any) -> str:
        """The words of a page, without its tags."""
        return unescape(re.sub(r"<[^>]*>|\s+", " ", answer.get_data(as_text=True)))

    def is_in(self) -> bool:
        """Whether pages of staff open."""
        return self.get("work/account/").status_code == 200


@pytest.fixture
def office(app: Flask, institution: Any) -> Office:
    return Office(app, institution)


@pytest.fixture
def next_door(app: Flask, office: Office) -> Office:
    """The office of another institution in the same database."""

    def copy_settings(session: Session) -> dict[str, Any]:
        return dict(session.scalars(select(SettingsVersion.document)).first() or {})

    document = office.act(copy_settings)
    with app.app_context(), closing(db.session.session_factory()) as session:

        def found() -> Institution:
            here = session.get_one(Institution, office.id)
            there = Institution(
                slug="next-door",
                profile=here.profile,
                name=here.name,
                zone=here.zone,
                region=here.region,
                house=here.house,
                settings_stamp=1,
                created_at=office.now,
            )
            session.add(there)
            session.flush()
            return there

        neighbour = Office(app, run_unit(session, found))

    def settle(session: Session) -> None:
        session.add(
            SettingsVersion(
                number=1,
                valid_from=office.now - timedelta(days=1),
                document=document,
                author_id=None,
                created_at=office.now,
            )
        )

    neighbour.act(settle)
    return neighbour
