"""Rows about files that people attached; the files themselves lie on the shelf."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain
from portal.files.rules import MediaType

MEDIA_TYPES = ", ".join(f"'{kind}'" for kind in MediaType)


class Attachment(Owned, Base):
    """A photo or paper that belongs to a thing of another feature."""

    __tablename__ = "attachment"
    __table_args__ = owned(
        # The index by subject as well. Two at once take the same place; one of them counts again.
        UniqueConstraint(
            "institution_id",
            "subject_kind",
            "subject_id",
            "position",
            info={"violation": TryAgain},
        ),
        UniqueConstraint("institution_id", "stored_name"),
        CheckConstraint("actor_kind IN ('staff', 'citizen', 'system')", name="actor_kind"),
        CheckConstraint(f"media_type IN ({MEDIA_TYPES})", name="media_type"),
        CheckConstraint("position > 0 AND size > 0", name="counts"),
    )

    #: Which thing of which feature: ("matter", 17).
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    #: 1, 2, 3 … in each thing; an erased file's place stays taken.
    position: Mapped[int]
    #: As its owner called it: people write names of persons into names of files.
    name: Mapped[str | None] = mapped_column(EncryptedText("attachment.name"))
    media_type: Mapped[str] = mapped_column(String(20))
    #: Of what is kept, in bytes; what was sent may have been larger.
    size: Mapped[int]
    #: Of what is kept; proves it as long as somebody has a copy.
    sha256: Mapped[str] = mapped_column(String(64))
    #: Its name on the shelf; random, so that it tells nothing.
    stored_name: Mapped[str] = mapped_column(String(32))
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor_id: Mapped[int | None]
    uploaded_at: Mapped[datetime]
    #: When name and content went for good.
    erased_at: Mapped[datetime | None]

    @property
    def is_photo(self) -> bool:
        """Whether it is shown in a page; a PDF is only ever saved."""
        return MediaType(self.media_type).is_photo
