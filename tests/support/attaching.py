"""Files as people send them, and as people send them who mean no good."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import ExifTags, Image
from werkzeug.datastructures import FileStorage

from portal.files.rules import CheckedFile
from portal.files.services import check_upload

#: Something that must not be found anywhere afterwards.
SECRET = b"camera of Li Ming, 30.25N 120.17E"
TOP_LEFT, OTHERS = (200, 20, 20), (20, 20, 200)


def photo(
    size: tuple[int, int] = (64, 48), kind: str = "JPEG", *, turned: int = 1, mode: str = "RGB"
) -> bytes:
    """A photo whose upper left quarter is red, with all that a camera writes about itself."""
    picture = Image.new("RGB", size, OTHERS)
    picture.paste(TOP_LEFT, (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (30.0, 15.0, 0.0)
    extra: dict[str, Any] = {"exif": exif.tobytes(), "icc_profile": b"icc " + SECRET}
    if kind == "JPEG":
        extra["comment"] = SECRET
    if kind != "PNG":
        extra["xmp"] = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    out = io.BytesIO()
    picture.convert(mode).save(out, kind, **extra)
    return out.getvalue()


def animation(kind: str) -> bytes:
    """A red picture that turns blue."""
    first, second = (Image.new("RGB", (20, 20), colour) for colour in (TOP_LEFT, OTHERS))
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=[second], duration=100)
    return out.getvalue()


def archive() -> bytes:
    """A program, packed as browsers and Java once ran it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("Main.class", b"\xca\xfe\xba\xbe" + SECRET)
    return out.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few bytes that promise a picture of gigabytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * 100_000, 9)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def webp_bomb() -> bytes:
    """A canvas of 16,384 by 16,384, for which a decoder makes room when it opens the file."""
    canvas = b"\x02\0\0\0" + (16_383).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + b"ANIM" + struct.pack("<I", 6) + b"\0" * 6
    return b"RIFF" + struct.pack("<I", len(body)) + body


def paper(*objects: bytes, end: bytes = b"%%EOF\n") -> bytes:
    """A PDF of one page and whatever else."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /Outlines << /First 3 0 R >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        stream(b"/Length 9", b"BT (hi) ET"),
        *objects,
    ]
    numbered = (b"%d 0 obj\n%s\nendobj\n" % (n, part) for n, part in enumerate(parts, 1))
    return b"%PDF-1.7\n" + b"".join(numbered) + b"trailer << /Root 1 0 R >>\nstartxref\n9\n" + end


def stream(facts: bytes, packed: bytes) -> bytes:
    """Something packed, as it stands in a PDF."""
    return b"<< " + facts + b" >>\nstream\n" + packed + b"\nendstream"


def object_list(content: bytes, facts: bytes = b"/Type /ObjStm /N 1 /First 4") -> bytes:
    """Objects folded into a packed list, where a search for words does not find them."""
    return stream(facts + b" /Filter /FlateDecode", zlib.compress(content))


def sent(content: bytes, name: str = "photo.jpg", kind: str = "image/jpeg") -> FileStorage:
    """A file as a form brings it."""
    return FileStorage(io.BytesIO(content), name, "photos", content_type=kind)


def checked(content: bytes | None = None, name: str = "門口.jpg") -> CheckedFile:
    """A file that was looked at."""
    return check_upload(sent(photo() if content is None else content, name))


def opened(content: bytes) -> Image.Image:
    """What is kept, as a browser shows it."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def is_red(picture: Image.Image, place: tuple[int, int]) -> bool:
    """Whether a place of a picture is of the upper left quarter's colour, more or less."""
    found = picture.convert("RGB").getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 60 for a, b in zip(found, TOP_LEFT, strict=True))
