"""Who works here: units, staff, roles and what signing in needs to know."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import N_, DomainError, TryAgain
from portal.core.localized import Localized


class UnitCodeTaken(DomainError):
    """Another unit of the institution has this code."""

    default = N_("Another unit has this code. Choose another.")

    def __init__(self) -> None:
        super().__init__(field="code")


class RoleCodeTaken(DomainError):
    """Another role of the institution has this code."""

    default = N_("Another role has this code. Choose another.")

    def __init__(self) -> None:
        super().__init__(field="code")


class NumberTaken(DomainError):
    """Another person has this staff number; numbers are never given twice."""

    default = N_("Another person has this staff number. Choose another.")

    def __init__(self) -> None:
        super().__init__(field="number")


class AlreadyGranted(DomainError):
    """The person has this role for this unit already."""

    default = N_("The person has this role there already.")

    def __init__(self) -> None:
        super().__init__(field="role")


class HeadTwice(DomainError):
    """A deputy who is the head as well stands in for nobody."""

    default = N_("The head cannot be the deputy as well. Choose another colleague.")

    def __init__(self) -> None:
        super().__init__(field="deputy")


class Unit(Owned, Base):
    """A part of the institution that answers for something (單位); at most one below another."""

    __tablename__ = "unit"
    __table_args__ = owned(
        refers("parent_id", "unit"),
        # Every member of staff belongs to a unit, and a unit has some of them at its head.
        refers("head_id", "staff", use_alter=True),
        refers("deputy_id", "staff", use_alter=True),
        UniqueConstraint("institution_id", "code", info={"violation": UnitCodeTaken}),
        CheckConstraint("code <> ''", name="code"),
        CheckConstraint("head_id <> deputy_id", name="deputy", info={"violation": HeadTwice}),
    )

    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[Localized] = mapped_column(JSON)
    parent_id: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    #: Who answers for the unit (單位負責人); None: whoever answers for the unit above.
    head_id: Mapped[int | None]
    #: Who is asked when the head does not answer (副負責人).
    deputy_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=0)


class Staff(Owned, Base):
    """A member of staff and the keys to the account."""

    __tablename__ = "staff"
    __table_args__ = owned(
        refers("unit_id", "unit"),
        UniqueConstraint("institution_id", "number", info={"violation": NumberTaken}),
        Index(None, "institution_id", "unit_id"),
        CheckConstraint("number <> ''", name="number"),
    )

    #: What is typed to sign in; capitals, unique in the institution, never given twice.
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    #: The folded name, by which both scripts find it.
    name_key: Mapped[str] = mapped_column(String(120))
    unit_id: Mapped[int]
    phone: Mapped[str | None] = mapped_column(EncryptedText("staff.phone"))
    email: Mapped[str | None] = mapped_column(EncryptedText("staff.email"))
    password_hash: Mapped[str] = mapped_column(String(200))
    #: Set by an issued password; the first page after signing in asks for an own one.
    must_change_password: Mapped[bool] = mapped_column(default=True)
    #: Every session carries it; a new one signs the person out everywhere.
    stamp: Mapped[str] = mapped_column(String(32))
    totp_secret: Mapped[str | None] = mapped_column(EncryptedText("staff.totp_secret"))
    #: The last 30-second step whose code was used; an older or the same one is a replay.
    totp_last_step: Mapped[int | None]
    #: Of the four to eight figures by which the person signs what is handed over; none: no PIN.
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Owned, Base):
    """One of the codes on paper that stand in for a lost telephone; each works once."""

    __tablename__ = "recovery_code"
    __table_args__ = owned(
        refers("staff_id", "staff"), UniqueConstraint("institution_id", "staff_id", "code_hash")
    )

    staff_id: Mapped[int]
    code_hash: Mapped[str] = mapped_column(String(32))
    used_at: Mapped[datetime | None]


class Role(Owned, Base):
    """A named set of permissions, as the institution cuts its work."""

    __tablename__ = "role"
    __table_args__ = owned(
        UniqueConstraint("institution_id", "code", info={"violation": RoleCodeTaken}),
        CheckConstraint("code <> ''", name="code"),
    )

    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[Localized] = mapped_column(JSON)
    #: Codes of permissions, sorted.
    permissions: Mapped[list[str]] = mapped_column(JSON)
    #: Managers and evaluators: nobody works in this role without a second factor.
    needs_second_factor: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)


class RoleAssignment(Owned, Base):
    """A role that a person has, for one unit and those below it, or for the whole institution."""

    __tablename__ = "role_assignment"
    __table_args__ = owned(
        refers("staff_id", "staff"),
        refers("role_id", "role"),
        refers("unit_id", "unit"),
        UniqueConstraint(
            "institution_id",
            "staff_id",
            "role_id",
            "unit_id",
            info={"violation": AlreadyGranted},
        ),
        Index(
            "uq_role_assignment_whole",
            "institution_id",
            "staff_id",
            "role_id",
            unique=True,
            sqlite_where=column("unit_id").is_(None),
            postgresql_where=column("unit_id").is_(None),
            info={"violation": AlreadyGranted},
        ),
    )

    staff_id: Mapped[int]
    role_id: Mapped[int]
    #: None: the whole institution.
    unit_id: Mapped[int | None]


class KnownDevice(Owned, Base):
    """A browser on which a person has signed in before; strangers elsewhere cannot lock it out."""

    __tablename__ = "known_device"
    __table_args__ = owned(
        refers("staff_id", "staff"),
        UniqueConstraint("institution_id", "staff_id", "token_hash", info={"violation": TryAgain}),
        Index(None, "institution_id", "token_hash"),
    )

    staff_id: Mapped[int]
    token_hash: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime]
    #: Name of the person's session that is open there; none once it has ended. A cookie that
    #: names another one, such as a copy kept from before, opens nothing.
    session: Mapped[str | None] = mapped_column(String(32))
