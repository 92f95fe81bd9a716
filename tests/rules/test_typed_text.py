"""What people type is taken as they mean it."""

import pytest

from portal.web.forms import stripped


@pytest.mark.parametrize(
    "sign", "\x00\x07\x08\x1b\x7f\x9b\u202a\u202d\u202e\u2066\u2069\u200b\u200f\ufeff"
)
def test_signs_that_steer_a_terminal_turn_text_around_or_have_no_width_are_dropped(
    sign: str,
) -> None:
    assert stripped(f" 帶{sign}身分證{sign} ") == "帶身分證"


def test_lines_tabs_and_joined_signs_stay() -> None:
    assert stripped("帶:\r\n\t身分證\n👩‍👩‍👧‍👦 ") == "帶:\n\t身分證\n👩‍👩‍👧‍👦"
