"""PDFs as they may be kept: whole, open to a look, and doing nothing by themselves."""

import re
import zlib

from portal.files.rules import MOST_UNPACKED, ActivePdf, LockedPdf, Unreadable

#: Each holds a hundred objects or two; a thousand pages make some hundred lists.
MOST_LISTS = 5000
#: How many bytes of something packed are looked at first.
FIRST_BITE = 512
#: Signs that a PDF counts as space.
SPACE = b"\x00\t\n\x0c\r "
#: Between these words lies what may be packed.
STREAM = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
OBJECT = re.compile(rb"\d{1,10}\s{1,9}\d{1,5}\s{1,9}obj\b")


def _name(*words: str, then: str = r"[\s\x00()<>\[\]{}/%]|$") -> re.Pattern[bytes]:
    """Finds a name however it is spelled: any of its letters may stand there as #xx."""
    spelled = ("".join(f"(?:{letter}|#{ord(letter):02x})" for letter in word) for word in words)
    # Only the figures behind # come in either case: names themselves tell upper from lower.
    either = (re.sub(r"#(..)", lambda m: f"#{_any_case(m[1])}", word) for word in spelled)
    # A look at the first letter spares the rest at most places.
    first = "".join({word[0] for word in words})
    return re.compile(rf"/(?=[{first}#])(?:{'|'.join(either)})(?={then})".encode())


def _any_case(figures: str) -> str:
    return "".join(f"[{f}{f.upper()}]" if f.isalpha() else f for f in figures)


#: What runs, starts, plays, or lies folded inside. Long enough to stand in no picture by chance.
ACTIVE = _name(
    "JavaScript",
    "Launch",
    "EmbeddedFile",
    "EmbeddedFiles",
    "FileAttachment",
    "RichMedia",
    "Rendition",
    "ImportData",
    "XFA",
)
#: The same in two letters: looked for outside of pictures and texts only, and before a program
#: or a list of files, for addresses on the web have such parts, too.
ACTIVE_SHORT = _name("JS", "EF", then=r"[\s\x00]*[(<\d%]")
LOCKED = _name("Encrypt")
#: A packed list of objects says so, and must say where its first one stands.
LIST = _name("ObjStm", "First")
PLAINLY_PACKED = _name("FlateDecode")
OTHERWISE_PACKED = _name(
    "ASCIIHexDecode",
    "ASCII85Decode",
    "LZWDecode",
    "RunLengthDecode",
    "Crypt",
    "Predictor",
)


def refuse_harmful(content: bytes) -> None:
    """Raise a BadFile unless a PDF is one thing, whole, unlocked and passive.

    Its lists of objects are unpacked to be looked at, as far as MOST_UNPACKED; its pages are not.
    """
    if not content.rstrip(SPACE).endswith(b"%%EOF"):
        # Cut off, or something follows.
        raise Unreadable
    if ACTIVE.search(content):
        raise ActivePdf
    if LOCKED.search(content):
        raise LockedPdf
    before, left, lists = 0, MOST_UNPACKED, 0
    for packed in STREAM.finditer(content):
        around = content[before : packed.start()]
        _refuse_active(around)
        if LIST.search(around):
            lists += 1
            if lists > MOST_LISTS:
                raise Unreadable
            left -= _look_inside(around, content, packed.end(), left)
        before = packed.end()
    _refuse_active(content[before:])


def _refuse_active(around: bytes) -> None:
    """Look for the short names in what stands between two packed parts."""
    if ACTIVE_SHORT.search(around.rpartition(b"endstream")[2]):
        raise ActivePdf


def _look_inside(around: bytes, content: bytes, start: int, left: int) -> int:
    """Unpack a list of objects and look through it; gives how large it is."""
    own = around[max((found.start() for found in OBJECT.finditer(around)), default=0) :]
    is_list = LIST.search(own) is not None
    if is_list and (OTHERWISE_PACKED.search(own) or not PLAINLY_PACKED.search(own)):
        # Nobody packs such a list otherwise, unless it is not to be looked at.
        raise ActivePdf
    inside = _unpack(content, start, left + 1)
    if inside is None:
        if is_list:
            raise Unreadable
        return 0
    if len(inside) > left:
        raise Unreadable
    if ACTIVE.search(inside) or ACTIVE_SHORT.search(inside):
        raise ActivePdf
    return len(inside)


def _unpack(content: bytes, start: int, most: int) -> bytes | None:
    """What is packed from here on, up to so many bytes; None when nothing is, or it is broken.

    Goes by where the packing itself ends: the word for the end may stand within. Fed little by
    little, so that the many ends of a hostile file cost no more than its few beginnings.
    """
    unpacking, inside, length = zlib.decompressobj(), bytearray(), FIRST_BITE
    try:
        while not unpacking.eof and len(inside) < most and start < len(content):
            bite = unpacking.unconsumed_tail or content[start : start + length]
            if not unpacking.unconsumed_tail:
                start, length = start + length, 2 * length
            inside += unpacking.decompress(bite, most - len(inside))
    except zlib.error:
        return None
    return bytes(inside) if unpacking.eof or len(inside) >= most else None
