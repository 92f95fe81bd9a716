"""What is taken, what is refused, and that nothing but the picture itself goes on."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from portal.files.recognising import measure, recognise
from portal.files.rules import (
    LONGEST_EDGE,
    MOST_BYTES,
    MOST_PIXELS,
    BadFile,
    EmptyFile,
    MediaType,
    TooLarge,
    TooManyPixels,
    TwoThingsAtOnce,
    UnknownType,
    Unreadable,
)
from portal.files.services import check_upload
from tests.support.attaching import (
    SECRET,
    animation,
    archive,
    checked,
    chunk,
    is_red,
    opened,
    paper,
    photo,
    png_bomb,
    sent,
    webp_bomb,
)

PHOTOS = ("JPEG", "PNG", "WEBP")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!DOCTYPE html><script>alert(document.cookie)</script>"


@pytest.mark.parametrize("kind", PHOTOS)
def test_nothing_of_the_camera_the_place_and_the_owner_is_kept(kind: str) -> None:
    content = photo(kind=kind)
    assert SECRET in content
    kept = checked(content)
    assert kept.media_type == MediaType[kind]
    picture = opened(kept.content)
    assert picture.size == (64, 48)
    assert is_red(picture, (5, 5))
    assert not is_red(picture, (60, 5))
    assert dict(picture.getexif()) == {}
    assert SECRET not in kept.content
    assert not {"icc_profile", "xmp", "comment", "exif"} & set(picture.info)
    for word in (b"Exif", b"xmpmeta", b"ICC_PROFILE", b"iCCP", b"eXIf"):
        assert word not in kept.content


@pytest.mark.parametrize("kind", PHOTOS)
@pytest.mark.parametrize(
    ("turned", "red", "blue"),
    [
        (1, (5, 5), (40, 40)),
        (3, (58, 42), (5, 5)),
        (6, (42, 5), (5, 5)),
        (8, (5, 58), (42, 5)),
    ],
)
def test_a_photo_taken_with_the_camera_held_otherwise_stands_upright(
    kind: str, turned: int, red: tuple[int, int], blue: tuple[int, int]
) -> None:
    picture = opened(checked(photo(kind=kind, turned=turned)).content)
    assert picture.size == ((64, 48) if turned in (1, 3) else (48, 64))
    assert is_red(picture, red)
    assert not is_red(picture, blue)


@pytest.mark.parametrize("kind", PHOTOS)
def test_a_large_photo_is_made_no_larger_than_needed(kind: str) -> None:
    picture = opened(checked(photo((3000, 1500), kind)).content)
    assert picture.size == (LONGEST_EDGE, LONGEST_EDGE // 2)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_one_is_kept(kind: str) -> None:
    picture = opened(checked(animation(kind)).content)
    assert getattr(picture, "n_frames", 1) == 1
    assert is_red(picture, (10, 10))


def test_holes_in_a_picture_stay_holes() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (200, 20, 20, 0)).save(out, "PNG")
    assert opened(checked(out.getvalue()).content).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_a_picture_that_stays_too_large_becomes_a_jpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.effect_noise((400, 400), 80).convert("RGB").save(out, "PNG")
    monkeypatch.setattr("portal.files.photos.MOST_BYTES", 100_000)
    kept = checked(out.getvalue())
    assert kept.media_type is MediaType.JPEG
    assert recognise(kept.content) is MediaType.JPEG


@pytest.mark.parametrize("kind", PHOTOS)
def test_what_is_appended_or_folded_into_a_photo_is_gone(kind: str) -> None:
    content = photo(kind=kind)
    for more in (SECRET * 3, b"\0" * 4000 + PAGE):
        kept = checked(content + more)
        assert SECRET not in kept.content
        assert b"script" not in kept.content
    if kind == "PNG":
        folded = content[:33] + chunk(b"prVt", b" " * 2000 + PAGE) + content[33:]
        assert b"script" not in checked(folded).content


@pytest.mark.parametrize("content", [photo(), photo(kind="PNG"), photo(kind="WEBP"), paper()])
def test_a_file_that_is_an_archive_as_well_is_refused(content: bytes) -> None:
    both = content + archive()
    assert zipfile.is_zipfile(io.BytesIO(both))
    with pytest.raises(TwoThingsAtOnce):
        checked(both)
    with pytest.raises(TwoThingsAtOnce):
        checked(both + b"\n%%EOF\n")


def test_a_picture_that_a_browser_might_take_for_a_page_is_refused() -> None:
    png, jpeg = photo(kind="PNG"), photo()
    for content in (
        png[:33] + chunk(b"tEXt", b"Comment\0" + PAGE) + png[33:],
        jpeg[:2] + b"\xff\xfe" + (2 + len(PAGE)).to_bytes(2) + PAGE + jpeg[2:],
        b"%PDF-1.4\n" + PAGE + paper()[9:],
    ):
        with pytest.raises(TwoThingsAtOnce):
            checked(content)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SVG, "drawing.svg"),
        (SVG, "drawing.png"),
        (PAGE, "page.jpg"),
        (archive(), "photo.jpg"),
        (b"GIF89a" + b"\0" * 40, "moving.gif"),
        (b"MZ" + b"\0" * 400, "photo.jpg"),
        (b"\n" + paper(), "late.pdf"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "sound.webp"),
        (b"plain words", "words.jpg"),
    ],
)
def test_what_is_none_of_the_kinds_is_refused_whatever_it_is_called(
    content: bytes, name: str
) -> None:
    with pytest.raises(UnknownType) as refused:
        check_upload(sent(content, name, "image/png"))
    assert refused.value.params["name"] == name


def test_the_content_decides_and_not_the_name_or_the_browser() -> None:
    kept = check_upload(sent(photo(kind="PNG"), "paper.pdf", "application/pdf"))
    assert kept.media_type is MediaType.PNG
    assert check_upload(sent(paper(), "x.jpg", "image/jpeg")).media_type is MediaType.PDF


@pytest.mark.parametrize(
    "bomb",
    [
        png_bomb(),
        png_bomb(MOST_PIXELS // 1000 + 1, 1000),
        webp_bomb(),
        # A JPEG whose second frame header promises more than its first.
        b"\xff\xd8" + b"\xff\xc0\0\x11\x08\0\x10\0\x10" + b"\x03" + b"\0" * 9
        + b"\xff\xc2\0\x11\x08\xff\xff\xff\xff" + b"\x03" + b"\0" * 9 + b"\xff\xda",
    ],
)  # fmt: skip
def test_a_bomb_is_refused_by_its_header_before_anything_is_unpacked(
    bomb: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(Image, "open", explode)
    with pytest.raises(TooManyPixels):
        checked(bomb)


def test_the_largest_photo_of_a_telephone_is_taken() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8160, 6120), "grey").save(out, "JPEG", quality=30)
    assert opened(checked(out.getvalue()).content).size == (2400, 1800)


@pytest.mark.parametrize("kind", PHOTOS)
def test_a_photo_cut_off_is_refused_wherever_it_is_cut(kind: str) -> None:
    content = photo((200, 200), kind)
    for length in range(3, len(content) - 20, len(content) // 25):
        with pytest.raises((Unreadable, UnknownType)):
            checked(content[:length])


# The library says in passing which descriptions it could not read.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", PHOTOS)
def test_a_garbled_photo_is_taken_or_refused_and_never_breaks_anything(kind: str) -> None:
    content = photo((100, 80), kind)
    for place in range(2, len(content), 7):
        garbled = content[:place] + bytes([content[place] ^ 0x5A]) + content[place + 1 :]
        try:
            kept = checked(garbled)
        except BadFile:
            continue
        assert SECRET not in kept.content


@pytest.mark.parametrize("kind", PHOTOS)
def test_what_the_header_promises_is_what_the_picture_has(kind: str) -> None:
    for size in ((1, 1), (640, 480), (2000, 3)):
        assert measure(photo(size, kind), MediaType[kind]) == size
    if kind == "WEBP":
        out = io.BytesIO()
        Image.new("RGBA", (31, 7), (1, 2, 3, 4)).save(out, "WEBP", lossless=True)
        assert measure(out.getvalue(), MediaType.WEBP) == (31, 7)


@pytest.mark.parametrize("kind", PHOTOS)
def test_headers_cut_off_anywhere_are_unreadable(kind: str) -> None:
    content = photo((64, 48), kind)
    for length in range(3, 60):
        try:
            measure(content[:length], MediaType[kind])
        except Unreadable:
            continue
        assert kind != "JPEG"


def test_an_endless_row_of_parts_before_the_picture_is_given_up() -> None:
    with pytest.raises(Unreadable):
        checked(b"\xff\xd8" + b"\xff\xe1\0\2" * 100_000)
    with pytest.raises(Unreadable):
        checked(b"\xff\xd8" + b"\xff" * 1_000_000)


def test_nothing_and_too_much_are_refused_by_name() -> None:
    with pytest.raises(EmptyFile):
        checked(b"")
    with pytest.raises(TooLarge) as refused:
        check_upload(sent(photo() + b"\0" * MOST_BYTES, "C:\\Users\\li\\很大.jpg"))
    assert refused.value.params == {"name": "很大.jpg", "megabytes": 10}
    assert (refused.value.message % refused.value.params).startswith("“很大.jpg” is larger than 10")


def test_the_same_photo_sent_twice_is_kept_under_two_names() -> None:
    first, second = checked(), checked()
    assert first.sha256 == second.sha256
    assert first.stored_name != second.stored_name


def test_a_file_that_is_looked_at_again_is_the_same() -> None:
    file = sent(photo())
    assert check_upload(file).sha256 == check_upload(file).sha256


def test_a_real_picture_of_ours_is_taken() -> None:
    pictures = Path(__file__).parents[3] / "docs" / "pictures"
    for file in sorted(pictures.glob("*.png")):
        assert checked(file.read_bytes()).media_type is MediaType.PNG
