"""The kinds of matters stay readable in the largest letters on the narrowest telephone."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect

#: Words that a line ends within.
_FIND_BROKEN = """() => [...document.querySelectorAll('.door b, .door .quiet')].flatMap(one => {
  const text = one.firstChild, range = document.createRange();
  return [...text.data.matchAll(/[A-Za-z]+/g)].filter(word => {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map(word => word[0]);
})"""


@pytest.mark.parametrize("language", ["en", "zh_Hant"])
def test_no_kind_breaks_within_a_word_and_each_says_what_it_is(visit: Visit, language: str) -> None:
    person = visit("qingxi", language=language, width=NARROW)
    person.go("tell/?size=largest")
    assert person.page.evaluate(_FIND_BROKEN) == []
    doors, told = person.main.locator("a.door"), person.main.locator("a.door .quiet")
    assert doors.count() == told.count() == 7
    person.go("tell/?size=")
    assert inspect(person.page) == []
