"""The session that belongs to one institution for its whole life and cannot see another's rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from weakref import WeakKeyDictionary

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    Executable,
    Insert,
    Integer,
    bindparam,
    event,
    text,
)
from sqlalchemy.orm import ORMExecuteState, SessionTransaction, with_loader_criteria
from sqlalchemy.orm import Session as BaseSession
from sqlalchemy.sql import ClauseElement, visitors

from portal.core.base import Base, Owned, owned_tables
from portal.core.tenant import ScopeError, _institution, current_institution_id


class PortalSession(FlaskSession):
    """A unit's conversation with the database, closed to every institution but its own."""

    #: The institution of this session's whole life; None until a scope opens.
    institution_id: int | None = None
    #: Why this session may look across institutions at the moment; empty: it may not.
    crossing_reason: str = ""
    #: Whether transactions of this session refuse to write.
    is_read_only: bool = False

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """There is one database; skip the search for it."""
        return self._db.engine

    def connection_for_reading(self) -> None:
        """Begin a transaction that can only read."""
        self.is_read_only = True
        self.connection(execution_options={"read_only": True})


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"class_": PortalSession, "expire_on_commit": False},
)


def short_read() -> Connection:
    """A connection for one statement that reads by itself, before and beside any scope.

    Such a statement needs no transaction of its own: on PostgreSQL two round trips less.
    """
    connection = db.engine.connect()
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="AUTOCOMMIT")
    return connection.execution_options(is_single=True)


@contextmanager
def institution_scope(session: BaseSession, institution_id: int) -> Iterator[None]:
    """Open the scope of one institution on a fresh session.

    Raises ScopeError when the session already belongs to another institution or has begun.
    """
    assert isinstance(session, PortalSession)
    if session.institution_id not in (None, institution_id):
        raise ScopeError("a session belongs to one institution for its whole life")
    if session.institution_id is None and session.in_transaction():
        raise ScopeError("the scope opens before the first statement")
    session.institution_id = institution_id
    token = _institution.set(institution_id)
    try:
        yield
    finally:
        _institution.reset(token)


@contextmanager
def founding_scope(session: BaseSession, institution_id: int) -> Iterator[None]:
    """Open the scope of an institution that the running transaction itself has made.

    So that an institution comes to be with all it needs or not at all. Raises ScopeError when
    the session belongs to an institution already.
    """
    assert isinstance(session, PortalSession)
    if session.institution_id is not None:
        raise ScopeError("a session belongs to one institution for its whole life")
    session.institution_id = institution_id
    token = _institution.set(institution_id)
    try:
        _tell_database(session, None, session.connection())
        yield
        session.flush()
    finally:
        _institution.reset(token)
        session.institution_id = None


@contextmanager
def crossing(session: BaseSession, *, reason: str) -> Iterator[None]:
    """Read owned rows across institutions: the one named way.

    PostgreSQL still says no to the application's role, so this serves the embedded database and
    the owner's role only.
    """
    assert isinstance(session, PortalSession)
    session.crossing_reason = reason
    try:
        yield
    finally:
        session.crossing_reason = ""


@event.listens_for(PortalSession, "after_begin")
def _tell_database(
    session: PortalSession, _tx: SessionTransaction | None, connection: Connection
) -> None:
    """Tell PostgreSQL's row security whose transaction this is, in one round trip."""
    if connection.dialect.name != "postgresql":
        return
    read_only = ", set_config('transaction_read_only', 'on', true)" if session.is_read_only else ""
    connection.execute(
        text(f"SELECT set_config('app.institution_id', :institution, true){read_only}"),
        {"institution": str(session.institution_id or "")},
    )


def _names_owned(statement: Executable) -> bool:
    """Whether a statement names an owned table anywhere, subqueries included."""
    owned = set(owned_tables())
    return any(
        getattr(element, "name", None) in owned
        for element in visitors.iterate(cast("ClauseElement", statement))
        if element.__visit_name__ == "table"
    )


#: Built once, because building it costs more than many a statement takes; the institution is
#: filled in when the statement runs.
_OWN = bindparam("own_institution", callable_=current_institution_id, type_=Integer)
_CRITERION = with_loader_criteria(
    Owned,
    lambda cls: cls.institution_id == _OWN,
    include_aliases=True,
    track_closure_variables=False,
)
#: What was made of each statement that still stands: those built once and run often gain half
#: their time.
_with_criterion: WeakKeyDictionary[Executable, Executable] = WeakKeyDictionary()


@event.listens_for(PortalSession, "do_orm_execute")
def _add_criterion(state: ORMExecuteState) -> None:
    """Add the institution to every SELECT, UPDATE and DELETE of owned rows; check inserts.

    A statement whose top names no mapped class would not carry the criterion into its
    subqueries, so it is refused when it names an owned table.
    """
    session = state.session
    assert isinstance(session, PortalSession)
    if session.crossing_reason:
        return
    own = session.institution_id
    if own is not None and (known := _with_criterion.get(state.statement)) is not None:
        _check_scope(own)
        state.statement = known
        return
    if own is None or not state.all_mappers:
        if _names_owned(state.statement):
            raise ScopeError("no institution is set, or the statement hides its rows from it")
        return
    if state.is_insert:
        _refuse_foreign_insert(state, own)
        return
    _check_scope(own)
    asked = state.statement
    state.statement = _with_criterion[asked] = asked.options(_CRITERION)


def _check_scope(own: int) -> None:
    if current_institution_id() != own:
        raise ScopeError("the open scope is not that of the session")


def _refuse_foreign_insert(state: ORMExecuteState, own: int) -> None:
    """Look at the rows beside the statement and at those inside it."""
    given = state.parameters or {}
    rows: list[Any] = list(given) if isinstance(given, list | tuple) else [given]
    if isinstance(state.statement, Insert):
        inside: list[Any] = [state.statement._values or {}]  # noqa: SLF001 no public way
        inside += [row for part in state.statement._multi_values for row in part]  # noqa: SLF001 no public way
        rows += [{getattr(column, "key", column): row[column] for column in row} for row in inside]
    for row in rows:
        value = row.get("institution_id")
        if isinstance(value, BindParameter) and isinstance(given, Mapping):
            value = given.get(value.key, value.value)
        if getattr(value, "value", value) not in (None, own):
            raise ScopeError("a row of another institution cannot be written here")


@event.listens_for(PortalSession, "before_flush")
def _refuse_foreign_rows(session: PortalSession, _context: object, _instances: object) -> None:
    """Refuse a row of another institution, and any owned row outside a scope."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, Owned):
            continue
        if session.institution_id is None:
            raise ScopeError("no institution is set")
        if row.institution_id not in (None, session.institution_id):
            raise ScopeError("a row of another institution cannot be written here")
