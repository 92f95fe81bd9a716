"""A PDF is taken when it is whole, unlocked and does nothing by itself."""

import io
import time
import zlib
from contextlib import suppress

import pytest
from PIL import Image

from portal.files.pdf import refuse_harmful
from portal.files.rules import (
    MOST_UNPACKED,
    ActivePdf,
    BadFile,
    LockedPdf,
    TwoThingsAtOnce,
    Unreadable,
)
from tests.support.attaching import checked, object_list, paper, photo, stream

ACTIVE = [
    b"<< /S /JavaScript /JS (app.alert(1)) >>",
    b"<< /S /J#61vaScript /JS (app.alert(1)) >>",
    b"<</S/#4a#61#76#61#53#63#72#69#70#74/X 1>>",
    b"<< /S /Rendition /JS (app.alert(1)) >>",
    b"<< /JS 5 0 R >>",
    b"<< /S /Launch /F (cmd.exe) >>",
    b"<< /S/Launch/Win<</F(cmd.exe)>> >>",
    b"<< /Type /EmbeddedFile /Length 3 >>",
    b"<< /Names << /EmbeddedFiles 7 0 R >> >>",
    b"<< /Type /Filespec /EF << /F 5 0 R >> >>",
    b"<< /Subtype /FileAttachment >>",
    b"<< /Subtype /RichMedia >>",
    b"<< /AcroForm << /XFA 9 0 R >> >>",
    b"<< /S /ImportData >>",
]


def test_a_plain_paper_is_taken_as_it_is() -> None:
    for content in (paper(), paper(end=b"%%EOF"), paper(end=b"%%EOF\r\n\0\0 \n")):
        assert checked(content, "表.pdf").content == content


def test_a_paper_made_by_a_library_is_taken() -> None:
    out = io.BytesIO()
    Image.effect_noise((1200, 900), 60).convert("RGB").save(out, "PDF")
    refuse_harmful(out.getvalue())


@pytest.mark.parametrize("part", ACTIVE)
def test_what_runs_or_carries_further_files_is_refused(part: bytes) -> None:
    with pytest.raises(ActivePdf):
        checked(paper(part))


@pytest.mark.parametrize("part", ACTIVE)
def test_it_is_found_in_packed_lists_too(part: bytes) -> None:
    for facts in (
        b"/Type /ObjStm /N 1 /First 4",
        b"/N 1 /First 4",
        b"/Type/Obj#53tm/N 1/#46irst 4",
    ):
        with pytest.raises(ActivePdf):
            checked(paper(object_list(b"9 0 " + part, facts)))


def test_lists_of_harmless_objects_are_taken() -> None:
    harmless = object_list(b"9 0 << /Type /Annot /S /URI /URI (https://town.example/JS) >>")
    refuse_harmful(paper(harmless, stream(b"/Filter /DCTDecode", photo()), harmless))


def test_words_that_only_look_like_it_are_taken() -> None:
    refuse_harmful(paper(b"<< /JSX 1 /Launcher 2 /JavaScripts 3 /Title (no /EFG) >>"))
    refuse_harmful(paper(stream(b"/Length 20", b"/JS BDC (drawn) Tj /EF EMC")))


@pytest.mark.parametrize(
    "facts",
    [
        b"/Type /ObjStm /N 1 /First 4 /Filter /ASCIIHexDecode",
        b"/Type /ObjStm /N 1 /First 4 /Filter [/ASCII85Decode /FlateDecode]",
        b"/N 1 /First 4 /Filter /LZWDecode",
        b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /DecodeParms << /Predictor 12 >>",
        b"/Type /ObjStm /N 1 /First 4",
    ],
)
def test_a_list_packed_so_that_nobody_looks_into_it_is_refused(facts: bytes) -> None:
    with pytest.raises(ActivePdf):
        checked(paper(stream(facts, b"9 0 <</S/Nothing>>")))


def test_a_word_for_something_packed_hides_nothing_behind_it() -> None:
    hidden = object_list(b"9 0 << /S /JavaScript /JS (1) >>")
    stored = zlib.compress(b"9 0 (endstream) << /S /JavaScript /JS (1) >>", 0)
    for part in (
        b"(stream\n)\nendobj\n8 0 obj\n" + hidden,
        hidden.replace(b"/N 1", b"/N 1 (stream\n)"),
        stream(b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", stored),
    ):
        with pytest.raises((ActivePdf, Unreadable)):
            checked(paper(part))


def test_a_broken_list_is_refused() -> None:
    broken = object_list(b"9 0 << >>")[:-14] + b"\nendstream"
    with pytest.raises(Unreadable):
        checked(paper(broken))


def test_a_list_that_unpacks_to_far_too_much_is_refused_soon() -> None:
    bomb = object_list(b"\0" * (MOST_UNPACKED + 1))
    began = time.process_time()
    with pytest.raises(Unreadable):
        checked(paper(bomb))
    half = object_list(b"\0" * (MOST_UNPACKED // 2 + 1))
    with pytest.raises(Unreadable):
        checked(paper(half, half))
    assert time.process_time() - began < 5


def test_a_locked_paper_is_refused() -> None:
    with pytest.raises(LockedPdf):
        checked(paper().replace(b"trailer <<", b"trailer << /Encrypt 9 0 R"))


@pytest.mark.parametrize(
    "content",
    [
        paper()[:-6],
        paper()[:100],
        paper() + b"<script>alert(1)</script>",
        paper() + photo(),
        paper() + b"x",
        b"%PDF-1.7\n",
    ],
)
def test_a_paper_cut_off_or_followed_by_something_is_refused(content: bytes) -> None:
    with pytest.raises((Unreadable, TwoThingsAtOnce)):
        checked(content)


@pytest.mark.parametrize(
    "filling",
    [b"1 " * 500, b"1" * 1000, b"/" * 1000, b"stream\n" * 150, b"/First 1 0 obj stream\n" * 40],
)
def test_no_filling_makes_the_look_slow(filling: bytes) -> None:
    content = paper(filling * 3000)
    began = time.process_time()
    with suppress(BadFile):
        refuse_harmful(content)
    assert time.process_time() - began < 10
