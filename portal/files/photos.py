"""Photos painted anew: of what was sent, only the picture itself goes on."""

import io
import struct
import threading
from contextlib import suppress

from PIL import Image

from portal.files.rules import LONGEST_EDGE, MOST_BYTES, MediaType, Unreadable

ORIENTATION = 0x0112
#: How a camera held otherwise says that its picture is to be turned.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: What the library raises over broken pictures, whichever part of it finds them broken.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    struct.error,
    ZeroDivisionError,
    OverflowError,
    MemoryError,
    Image.DecompressionBombError,
)
QUALITY = 85
#: One picture may take a few hundred megabytes for a moment; the others of this process wait.
_at_work = threading.BoundedSemaphore(2)


def repaint(content: bytes, media_type: MediaType) -> tuple[bytes, MediaType]:
    """The picture upright, no larger than needed, without a word about who took it, and where.

    Whatever else the file carried is left behind: descriptions, further frames, what was appended
    or folded in. What stays too large as it is becomes a JPEG. Raises Unreadable. Call it only
    after the header was measured.
    """
    try:
        with _at_work:
            picture = _upright(content, media_type)
            painted = _save(picture, media_type)
            if len(painted) > MOST_BYTES:
                media_type = MediaType.JPEG
                painted = _save(picture, media_type)
    except BROKEN:
        raise Unreadable from None
    return painted, media_type


def _upright(content: bytes, media_type: MediaType) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=[media_type.name]) as sent:
        turn = None
        with suppress(*BROKEN):  # a garbled description is no reason to refuse the picture
            turn = TURNS.get(sent.getexif().get(ORIENTATION, 1))
        # A large JPEG is unpacked small at once.
        sent.draft(None, (LONGEST_EDGE, LONGEST_EDGE))
        sent.load()
        has_holes = sent.has_transparency_data and media_type is not MediaType.JPEG
        picture = sent.convert("RGBA" if has_holes else "RGB")
    picture.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    if turn is not None:
        picture = picture.transpose(turn)
    picture.info = {}
    return picture


def _save(picture: Image.Image, media_type: MediaType) -> bytes:
    out = io.BytesIO()
    if media_type is MediaType.PNG:
        picture.save(out, "PNG", compress_level=6)
    elif media_type is MediaType.WEBP:
        picture.save(out, "WEBP", quality=QUALITY)
    else:
        _on_white(picture).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """A JPEG has no holes; paper is white."""
    if picture.mode == "RGB":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper
