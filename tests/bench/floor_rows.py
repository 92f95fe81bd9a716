"""The same row changes as the portal's, written by hand for the bare drivers."""

import json
import random
import secrets
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import make_url

#: As long as the portal's encrypted values.
SEALED = bytes(48)


class Taken(Exception):
    """No place is left."""


class Rows:
    """One connection for each thread; on SQLite the writers of a process queue, as the portal's."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._is_sqlite = self._url.drivername == "sqlite"
        self._local = threading.local()
        self._turn = threading.Lock()
        self._institutions: dict[str, int] = {}

    def once(self, path: str, form: dict[str, str]) -> str:
        """Take a step once for each key; returns where the sender goes next."""
        if self._is_sqlite:
            with self._turn:
                return self._transact(path, form)
        return self._transact(path, form)

    def close(self) -> None:
        """Let go of this thread's connection."""
        self._connection().close()
        del self._local.connection

    def _transact(self, path: str, form: dict[str, str]) -> str:
        connection = self._connection()
        institution = self._institution(connection, path.split("/")[1])
        unit = _Unit(connection.cursor(), self._is_sqlite, institution)
        unit.execute("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
        try:
            location = unit.step(path, form)
        except BaseException:
            unit.execute("ROLLBACK")
            raise
        unit.execute("COMMIT")
        return location

    def _institution(self, connection: Any, slug: str) -> int:
        """Looked up once; row security is told only when it changes, not in each transaction."""
        if slug not in self._institutions:
            mark = "?" if self._is_sqlite else "%s"
            found = connection.execute(f"SELECT id FROM institution WHERE slug = {mark}", (slug,))
            self._institutions[slug] = found.fetchone()[0]
        institution = self._institutions[slug]
        if not self._is_sqlite and self._local.told != institution:
            told = (str(institution),)
            connection.execute("SELECT set_config('app.institution_id', %s, false)", told)
            self._local.told = institution
        return institution

    def _connection(self) -> Any:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
            self._local.told = 0
        return self._local.connection

    def _connect(self) -> Any:
        if self._is_sqlite:
            connection = sqlite3.connect(self._url.database or "", isolation_level=None)
            for pragma in ("busy_timeout=15000", "synchronous=FULL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")
            return connection
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True)


class _Unit:
    """One transaction."""

    def __init__(self, cursor: Any, is_sqlite: bool, institution: int) -> None:
        self._cursor = cursor
        self._is_sqlite = is_sqlite
        self._now = datetime.now(UTC)
        self._institution = institution

    def execute(self, statement: str, *values: Any) -> None:
        if self._is_sqlite:
            values = tuple(
                value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
                if isinstance(value, datetime)
                else value
                for value in values
            )
        else:
            statement = statement.replace("?", "%s")
        self._cursor.execute(statement, values)

    def one(self, statement: str, *values: Any) -> Any:
        self.execute(statement, *values)
        return self._cursor.fetchone()

    def insert(self, table: str, *, after: str = "", **values: Any) -> Any:
        """Insert a row of the institution; its id, or None where ``after`` kept it out."""
        values["institution_id"] = self._institution
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) {after} RETURNING id"
        found = self.one(statement, *values.values())
        return found[0] if found else None

    def step(self, path: str, form: dict[str, str]) -> str:
        """Whichever step the address names, once for each key."""
        key = form["idempotency_key"]
        first = self.insert(
            "idempotency_key",
            after="ON CONFLICT (institution_id, key) DO NOTHING",
            key=key,
            purpose=path,
            location=b"",
            created_at=self._now,
        )
        if first is None:
            (location,) = self.one(
                "SELECT location FROM idempotency_key WHERE institution_id = ? AND key = ?",
                self._institution,
                key,
            )
            return bytes(location).decode()
        location = {"time": self._hold, "details": self._fill_in, "check": self._confirm}[
            path.rstrip("/").rpartition("/")[2]
        ](form)
        sealed = location.encode()
        self.execute("UPDATE idempotency_key SET location = ? WHERE id = ?", sealed, first)
        return location

    def _hold(self, form: dict[str, str]) -> str:
        """Insert the hold, then claim the place: any of the named slots that has one."""
        slots = [int(slot) for slot in form["slots"].split(",")]
        random.shuffle(slots)
        hold = self.insert(
            "hold",
            slot_id=slots[0],
            holder=form["holder"],
            network="network",
            contact_id=int(form["contact_id"]),
            expires_at=self._now + timedelta(minutes=10),
        )
        for slot in slots:
            taken = self.one(
                "UPDATE slot SET booked = booked + 1 WHERE id = ? AND booked < capacity "
                "RETURNING id",
                slot,
            )
            if taken:
                if slot != slots[0]:
                    self.execute("UPDATE hold SET slot_id = ? WHERE id = ?", slot, hold)
                return "/details"
        raise Taken

    def _fill_in(self, form: dict[str, str]) -> str:
        self.execute(
            "UPDATE hold SET draft = ? WHERE institution_id = ? AND holder = ?",
            SEALED,
            self._institution,
            form["holder"],
        )
        return "/check"

    def _confirm(self, form: dict[str, str]) -> str:
        """The hold becomes a booking; a new contact is proved by its code first."""
        hold, slot, service, post, starts_at, ends_at = self.one(
            "SELECT hold.id, slot.id, service_id, post_id, starts_at, ends_at "
            "FROM hold JOIN slot ON slot.id = hold.slot_id "
            "WHERE hold.institution_id = ? AND holder = ?",
            self._institution,
            form["holder"],
        )
        contact = int(form.get("contact_id", 0)) or self._prove(form)
        self.execute("DELETE FROM hold WHERE id = ?", hold)
        booking = self.insert(
            "booking",
            reference=secrets.token_hex(4)[:7],
            service_id=service,
            post_id=post,
            slot_id=slot,
            starts_at=starts_at,
            ends_at=ends_at,
            local_date=str(starts_at)[:10],
            state="booked",
            version=0,
            channel="online",
            person_key=secrets.token_hex(16),
            contact_id=contact,
            contact_seat=1,
            name=SEALED,
            is_for_other=False,
            priority="",
            priority_verdict="",
            language="en",
            is_arrival_own=False,
            remind_at=self._now,
            is_overbooked=False,
            outcome="",
            created_at=self._now,
        )
        self._leave_trail(booking, contact)
        return f"/{booking}"

    def _prove(self, form: dict[str, str]) -> int:
        self.execute(
            "UPDATE one_time_code SET attempts = attempts + 1, ended_at = ? "
            "WHERE institution_id = ? AND contact_key = ? AND ended_at IS NULL",
            self._now,
            self._institution,
            form["contact_key"],
        )
        contact: int = self.insert(
            "contact",
            kind="phone",
            value=SEALED,
            key=form["contact_key"],
            language="en",
            created_at=self._now,
            verified_at=self._now,
        )
        self.insert(
            "citizen_session",
            token_hash=secrets.token_hex(16),
            contact_id=contact,
            is_shared_device=False,
            expires_at=self._now,
        )
        return contact

    def _leave_trail(self, booking: int, contact: int) -> None:
        self.insert(
            "ledger_entry",
            at=self._now,
            code="appointments.booking.made",
            actor_kind="citizen",
            actor_id=contact,
            subject_kind="booking",
            subject_id=booking,
            data=json.dumps({"slot": 1, "channel": "online", "overbooked": False}),
            salt=secrets.token_hex(16),
        )
        message = self.insert(
            "message",
            key=f"booking:{booking}:0:confirmed",
            kind="phone",
            address=SEALED,
            contact_id=contact,
            subject_kind="booking",
            subject_id=booking,
            template="appointments/messages/confirmed",
            language="en",
            params=SEALED * 8,
            state="queued",
            refusal="",
            created_at=self._now,
        )
        self.insert(
            "outbox",
            key=f"message:{message}",
            kind="messages.sms",
            payload=json.dumps({"message": message}),
            state="ready",
            due=self._now,
            worker="",
            attempts=0,
            last_error="",
            created_at=self._now,
        )
