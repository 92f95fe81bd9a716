"""How many rows an institution has in each table: what a step really changes."""

from sqlalchemy import func, select

from portal.core.base import Base
from tests.support.world import World


def count_rows(world: World) -> dict[str, int]:
    """Rows by table."""
    return {
        table.name: world.do(
            lambda session, table=table: session.connection().scalar(
                select(func.count()).select_from(table)
            )
        )
        for table in Base.metadata.sorted_tables
        if "institution_id" in table.columns
    }
