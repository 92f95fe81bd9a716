"""Why somebody wants no next appointment is personal text: the database keeps it enciphered."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

from portal.core.crypto import decrypt, encrypt, using_keys
from portal.core.keys import load_keys
from portal.core.migrating import MigrationError

revision = "0013_waivers"
down_revision = "0012_closure_offers"
branch_labels = None
depends_on = None

TABLES = ("booking", "visit")
TEXT, SEALED = sa.String(length=400), sa.LargeBinary()


def upgrade() -> None:
    """Encipher what stands."""
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            using = "convert_to(waiver, 'UTF8')"
            table.alter_column("waiver", existing_type=TEXT, type_=SEALED, postgresql_using=using)
        _rewrite(name, lambda stored, column, owner: encrypt(stored.decode(), column, owner=owner))


def downgrade() -> None:
    """Decipher it."""
    for name in TABLES:
        _rewrite(name, lambda stored, column, owner: decrypt(stored, column, owner=owner).encode())
        with op.batch_alter_table(name) as table:
            using = "convert_from(waiver, 'UTF8')"
            table.alter_column("waiver", existing_type=SEALED, type_=TEXT, postgresql_using=using)


def _rewrite(name: str, change: Callable[[bytes, str, int], bytes]) -> None:
    """Put every waiver of a table anew; keys are asked for only where there are any."""
    table = sa.table(
        name, sa.column("id"), sa.column("institution_id"), sa.column("waiver", SEALED)
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(table).where(table.c.waiver.is_not(None))).all()
    if not rows:
        return
    config = context.config.attributes.get("portal")
    if config is None:
        raise MigrationError("personal text stands to be moved, and nobody said where its keys are")
    with using_keys(load_keys(config)):
        values = [
            {"row": row.id, "new": change(bytes(row.waiver), f"{name}.waiver", row.institution_id)}
            for row in rows
        ]
    connection.execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("row"))
        .values(waiver=sa.bindparam("new", type_=SEALED)),
        values,
    )
