"""What a file is by its first bytes, how large a picture it would unpack to, what hides in it.

Nothing is unpacked here: whatever is refused, is refused by its wrapping.
"""

import re
from itertools import pairwise

from portal.files.rules import MediaType, TwoThingsAtOnce, UnknownType, Unreadable

PNG = b"\x89PNG\r\n\x1a\n"
#: Frame headers of a JPEG, which tell its size; C4, C8 and CC in between are none.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Markers of a JPEG that no length follows.
BARE = frozenset({0x01, *range(0xD0, 0xD9)})
#: How far back an archive's end may stand: its own 22 bytes, and a comment's length in 2 bytes.
ARCHIVE_TAIL = 22 + 0xFFFF
ARCHIVE_END = b"PK\x05\x06"
#: What a browser that guesses would take for a page; it reads no further than this.
GUESSED = 1500
PAGE = re.compile(rb"<(!doctype|html|head|body|script|iframe|svg|\?php)\b", re.IGNORECASE)
#: Parts before the picture itself; the longest descriptions take some hundred.
MOST_PARTS = 2000


def recognise(content: bytes) -> MediaType:
    """The kind of a file by its content alone; raises UnknownType."""
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(PNG):
        return MediaType.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return MediaType.WEBP
    if content.startswith(b"%PDF-"):
        return MediaType.PDF
    raise UnknownType


def refuse_two_things(content: bytes) -> None:
    """Raise TwoThingsAtOnce when a file is an archive or a page as well.

    An archive is read from its end, where its list stands; a page from its beginning.
    """
    tail = content[-ARCHIVE_TAIL:]
    at = tail.rfind(ARCHIVE_END)
    while at != -1:
        disks = tail[at + 4 : at + 8]
        if disks == b"\0\0\0\0":
            raise TwoThingsAtOnce
        at = tail.rfind(ARCHIVE_END, 0, at)
    if PAGE.search(content[:GUESSED]):
        raise TwoThingsAtOnce


def measure(content: bytes, media_type: MediaType) -> tuple[int, int]:
    """Width and height in pixels that a picture's header promises; raises Unreadable."""
    try:
        width, height = _MEASURES[media_type](content)
    except IndexError:
        raise Unreadable from None
    if width < 1 or height < 1:
        raise Unreadable
    return width, height


def _measure_png(content: bytes) -> tuple[int, int]:
    if content[12:16] != b"IHDR" or len(content) < 33:
        raise Unreadable
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _measure_jpeg(content: bytes) -> tuple[int, int]:
    """The largest of all frames before the first scan, should there be several."""
    at, found = 2, (0, 0)
    for _part in range(MOST_PARTS):
        if content[at] != 0xFF:
            raise Unreadable
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0xD9, 0xDA):
            return found
        if marker in BARE:
            at += 2
            continue
        if marker in FRAMES:
            height, width = _pair(content, at + 5)
            found = max(found, (width, height), key=lambda size: size[0] * size[1])
        at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4]))
    raise Unreadable


def _pair(content: bytes, at: int) -> tuple[int, int]:
    first, second = content[at : at + 2], content[at + 2 : at + 4]
    return int.from_bytes(first), int.from_bytes(second)


def _measure_webp(content: bytes) -> tuple[int, int]:
    kind, body = content[12:16], content[20:30]
    if len(body) < 10:
        raise Unreadable
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(body[a:b], "little") for a, b in pairwise((6, 8, 10)))
        return width & 0x3FFF, height & 0x3FFF
    raise Unreadable


_MEASURES = {
    MediaType.PNG: _measure_png,
    MediaType.JPEG: _measure_jpeg,
    MediaType.WEBP: _measure_webp,
}
