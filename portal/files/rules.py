"""What may be attached, how much of it, and what a person is told who brings something else."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from portal.core.errors import N_, DomainError

MEGABYTE = 1_000_000
#: A telephone's photo has 2 to 8 megabytes, a scanned paper of several pages about as many.
MOST_BYTES = 10 * MEGABYTE
#: Enough for the damage from near and far and a paper of two sides; what needs more is a visit.
MOST_FILES = 6
#: All of them in one form, and its other boxes beside them.
MOST_TOGETHER = MOST_FILES * MOST_BYTES + MEGABYTE
#: The largest photos of today's telephones have 50 million pixels; a JPEG is unpacked small.
MOST_PIXELS_JPEG = 52_000_000
#: Screenshots and drawings have 2 to 16 million; unpacked in full, a pixel takes 4 bytes.
MOST_PIXELS = 24_000_000
#: In pixels: a page of small print still reads well, and nobody waits for more on a telephone.
LONGEST_EDGE = 2400
#: What the hidden lists of a PDF may unpack to; a thousand pages need a tenth of it.
MOST_UNPACKED = 20 * MEGABYTE
LONGEST_NAME = 120


class MediaType(StrEnum):
    """The kinds of files that are taken."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"

    @property
    def is_photo(self) -> bool:
        """Whether it is shown in a page; a PDF is only ever saved."""
        return self is not MediaType.PDF

    @property
    def most_pixels(self) -> int:
        """How many pixels such a picture may have."""
        return MOST_PIXELS_JPEG if self is MediaType.JPEG else MOST_PIXELS

    @property
    def ending(self) -> str:
        """How the name of such a file ends."""
        return {"JPEG": "jpg"}.get(self.name, self.name.lower())


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept: recognised, harmless, and without what it told of its maker."""

    name: str
    media_type: MediaType
    content: bytes = field(repr=False)
    sha256: str
    #: Random, chosen once, so that a repeat of the same act keeps it once.
    stored_name: str


class BadFile(DomainError):
    """A file that is not taken; ``name`` says which of several."""

    def __init__(self, *, name: str = "", **params: int) -> None:
        super().__init__(self.default, field=None, name=name, **params)


class TooLarge(BadFile):
    """More bytes than a file may have."""

    default = N_(
        "“%(name)s” is larger than %(megabytes)d MB. Choose a smaller one, or take a photo of it."
    )

    def __init__(self, *, name: str = "") -> None:
        super().__init__(name=name, megabytes=MOST_BYTES // MEGABYTE)


class EmptyFile(BadFile):
    """No bytes at all."""

    default = N_("“%(name)s” is empty. Choose it once more, or take a photo of it.")


class UnknownType(BadFile):
    """Neither a photo nor a PDF, whatever its name says."""

    default = N_(
        "“%(name)s” is neither a photo (JPEG, PNG, WebP) nor a PDF. Take a photo of it, or save it "
        "as a PDF."
    )


class Unreadable(BadFile):
    """It begins like a file that is taken, and is broken."""

    default = N_(
        "“%(name)s” cannot be opened; it may be damaged. Take a photo of it, and send that."
    )


class TooManyPixels(BadFile):
    """It would unpack to more than a picture needs."""

    default = N_(
        "“%(name)s” has too many pixels. Send a screenshot of it, or take the photo in a smaller "
        "size."
    )


class TwoThingsAtOnce(BadFile):
    """Something else is hidden in it."""

    default = N_(
        "There is another file hidden in “%(name)s”, so it is not taken. Take a photo of it, and "
        "send that."
    )


class ActivePdf(BadFile):
    """A PDF that does things or carries further files."""

    default = N_(
        "“%(name)s” contains programs or further files. Print it to a PDF or take photos of its "
        "pages, and send those."
    )


class LockedPdf(BadFile):
    """A PDF that nobody can look into without its password."""

    default = N_(
        "“%(name)s” is locked by a password. Save it without one, or take photos of its pages."
    )


class TooManyFiles(DomainError):
    """More files than a thing may have."""

    default = N_("At most %(most)d files can be kept here. Leave out the least important ones.")

    def __init__(self, *, field: str | None = None) -> None:
        super().__init__(field=field, most=MOST_FILES)


def clean_name(sent: str | None) -> str:
    """A file's name as its owner wrote it: without folders, unseen signs and excess length."""
    last = (sent or "").replace("\\", "/").rpartition("/")[2]
    seen = (sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", last))
    name = " ".join("".join(seen).split()).strip(". ")
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 8:
        return name[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 2]}….{ending}"


def name_to_save(name: str, media_type: MediaType, position: int) -> str:
    """Under which name a browser saves a file: its owner's, ending as its content is."""
    stem, _dot, ending = name.rpartition(".")
    if not stem or len(ending) > 5:
        stem = name
    return f"{stem.strip() or position}.{media_type.ending}"
