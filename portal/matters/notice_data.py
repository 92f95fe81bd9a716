"""What people wrote about notices, erased together with what was said about the matter."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.matters.notice_models import FaultAnswer, FaultSignal, Notice, NoticeRefusal


def erase_notices(session: Session, matter_ids: Sequence[int]) -> None:
    """Erase the words about the notices of some matters; what was asked for and came stays."""
    notices = select(Notice.id).where(Notice.matter_id.in_(matter_ids))
    signals = select(FaultSignal.id).where(FaultSignal.matter_id.in_(matter_ids))
    for statement in (
        update(NoticeRefusal).where(NoticeRefusal.notice_id.in_(notices)).values(article=None),
        update(FaultAnswer).where(FaultAnswer.signal_id.in_(signals)).values(words=None),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
