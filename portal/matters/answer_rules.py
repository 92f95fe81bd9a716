"""How long the person may take to say whether it is solved; pure."""

from datetime import datetime, timedelta

ANSWER_TIME = timedelta(days=3)


def answer_until(told_at: datetime) -> datetime:
    """Until when the person alone says what becomes of it; after that it may be closed."""
    return told_at + ANSWER_TIME


def may_close(told_at: datetime, now: datetime) -> bool:
    """Whether it may be closed without an answer."""
    return now >= answer_until(told_at)
