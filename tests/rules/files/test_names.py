"""Names of files as people write them, and as browsers are given them."""

import pytest

from portal.files.rules import LONGEST_NAME, MediaType, clean_name, name_to_save


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("王小明身份證.jpg", "王小明身份證.jpg"),
        ("C:\\Users\\li\\Desktop\\a b.png", "a b.png"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\nSet-Cookie: x\u202egpj.exe", "a b Set-Cookie: x gpj.exe"),
        ("  ..hidden.jpg. ", "hidden.jpg"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
        ("", ""),
        (None, ""),
        ("/", ""),
    ],
)
def test_a_name_is_kept_without_folders_and_unseen_signs(sent: str | None, kept: str) -> None:
    assert clean_name(sent) == kept


def test_a_long_name_keeps_its_ending() -> None:
    long = clean_name("長" * 400 + ".jpeg")
    assert len(long) <= LONGEST_NAME
    assert long.endswith("….jpeg")
    assert len(clean_name("x" * 400)) == LONGEST_NAME


@pytest.mark.parametrize(
    ("name", "kind", "saved"),
    [
        ("photo.html", MediaType.JPEG, "photo.jpg"),
        ("表.pdf", MediaType.PDF, "表.pdf"),
        ("no ending", MediaType.PNG, "no ending.png"),
        ("v1.2 of the plan", MediaType.WEBP, "v1.2 of the plan.webp"),
        ("", MediaType.JPEG, "3.jpg"),
    ],
)
def test_a_saved_file_ends_as_its_content_is(name: str, kind: MediaType, saved: str) -> None:
    assert name_to_save(name, kind, 3) == saved
