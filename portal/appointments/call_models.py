"""Phone calls to people whom a message did not reach."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from portal.core.base import Base, Owned, owned, refers


class PhoneCall(Owned, Base):
    """That somebody phoned about a booking, and whether the person was reached."""

    __tablename__ = "phone_call"
    __table_args__ = owned(
        refers("booking_id", "booking"),
        Index("ix_phone_call_booking", "institution_id", "booking_id"),
    )

    booking_id: Mapped[int]
    called_at: Mapped[datetime]
    staff_id: Mapped[int | None]
    is_reached: Mapped[bool]
