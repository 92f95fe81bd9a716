"""How many rows an institution has in each table: what a step really changes."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.base import Base, owned_tables
from tests.support.world import World


def count_rows(world: World) -> dict[str, int]:
    """Rows by table."""

    def count(session: Session) -> dict[str, int]:
        tables = [Base.metadata.tables[name] for name in owned_tables()]
        own = {table.name: table.c.institution_id == world.id for table in tables}
        return {
            table.name: session.connection().scalar(
                select(func.count()).select_from(table).where(own[table.name])
            )
            or 0
            for table in tables
        }

    return world.do(count)
