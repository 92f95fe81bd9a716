"""One page of a list, whatever it lists: a page never grows with what an institution holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

T = TypeVar("T")
#: Rows on one page of a list.
PAGE = 50


@dataclass(frozen=True)
class Listing(Generic[T]):
    """One page of a list."""

    rows: Sequence[T]
    page: int
    total: int
    #: There are more than the total says; they are reached by looking for them.
    is_cut: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return _pages(self.total)


def page_of(rows: Sequence[T], page: int) -> Listing[T]:
    """One page of a whole list; a number beyond its ends means the nearest page."""
    number = nearest(page, len(rows))
    return Listing(rows[(number - 1) * PAGE : number * PAGE], number, len(rows))


def fetch_page(session: Session, found: Select[T], page: int) -> Listing[T]:
    """One page of an ordered select of entities; two statements whatever the size."""
    entity: Any = found.column_descriptions[0]["entity"]
    counted = found.order_by(None).with_only_columns(func.count(entity.id))
    total: int = session.scalar(counted) or 0
    number = nearest(page, total)
    rows = session.scalars(found.offset((number - 1) * PAGE).limit(PAGE))
    return Listing(list(rows), number, total)


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE))


def nearest(page: int, total: int) -> int:
    """The number of a page that a list of so many rows has."""
    return min(max(page, 1), _pages(total))
