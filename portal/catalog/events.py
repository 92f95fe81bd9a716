"""What has happened to posts and offers, and what is asked before a post closes."""

from dataclasses import dataclass
from datetime import datetime

from blinker import Signal
from sqlalchemy.orm import Session

#: Sent with an OffersEvent after any change of who offers what; a failing handler fails it.
offers_changed = Signal()
#: Sent with a PostClosing; handlers answer with how many promises hang on the post.
post_closing = Signal()


@dataclass(frozen=True)
class OffersEvent:
    """The offers of some services changed."""

    session: Session
    service_ids: tuple[int, ...]
    now: datetime


@dataclass(frozen=True)
class PostClosing:
    """A post is to be closed; asks what hangs on it."""

    session: Session
    post_id: int
    now: datetime


def count_promises(question: PostClosing) -> int:
    """How many promises hang on a post, by all who answer."""
    return sum(count for _handler, count in post_closing.send(question))
