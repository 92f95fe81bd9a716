"""What must hold of every page as a browser shows it, narrow and wide."""

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

NARROW, WIDE = 320, 1280
_AXE = Axe().axe_script
_RUN_AXE = (
    "axe.run(document, {resultTypes: ['violations'], preload: false})"
    ".then(found => found.violations)"
)
_COUNT_TITLES = "document.querySelectorAll('h1').length"
#: What sticks out at the right, named so that it can be found.
_FIND_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > width + 1 && !one.closest('.unseen'))
    .slice(0, 5).map(one => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 40)}`)
    .concat(`${document.documentElement.scrollWidth} of ${width}`);
}"""
_FIND_WIDE_WHEN_LARGEST = f"""() => {{
  document.documentElement.dataset.size = 'largest';
  const found = ({_FIND_WIDE})();
  delete document.documentElement.dataset.size;
  return found;
}}"""
#: The words of the page without those that are marked as another language, typed, or addresses.
_READ_WORDS = """() => {
  const skipped = '[lang]:not(html), .letter, .code, code, input, textarea, script, style';
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest(skipped)) found.push(walker.currentNode.data);
  }
  return found.join(' ');
}"""


def _resize(page: Page, width: int) -> None:
    # Even to the same size the whole page would be laid out and drawn again.
    size: ViewportSize = {"width": width, "height": 800}
    if page.viewport_size != size:
        page.set_viewport_size(size)


def _explain(violation: dict[str, Any]) -> str:
    places = "; ".join(
        str(node["target"]) + " " + node["html"][:160] for node in violation["nodes"]
    )
    return f"{violation['id']}: {violation['help']}: {places}"


def inspect(page: Page) -> list[str]:
    """Everything that is wrong with the page that is open, each as a line; ends up wide."""
    # A click returns as soon as the next page begins to arrive.
    page.wait_for_load_state()
    wrong = []
    if (count := page.evaluate(_COUNT_TITLES)) != 1:
        wrong.append(f"{count} h1")
    page.evaluate(_AXE)
    return _at(page, wrong + _look_at_widths(page, by_axe=True))


def find_wide(page: Page) -> list[str]:
    """What of the page that is open sticks out at the right, each as a line; ends up wide.

    Of all that can be wrong this alone depends on how long the words of a language are.
    """
    page.wait_for_load_state()
    return _at(page, _look_at_widths(page, by_axe=False))


def _look_at_widths(page: Page, *, by_axe: bool) -> list[str]:
    wrong: list[str] = []
    for width in (WIDE, NARROW):
        _resize(page, width)
        if by_axe:
            wrong += [f"{width}: {_explain(found)}" for found in page.evaluate(_RUN_AXE)]
        wrong += [f"{width}: too wide: {one}" for one in page.evaluate(_FIND_WIDE)]
    sticking_out = page.evaluate(_FIND_WIDE_WHEN_LARGEST)
    wrong += [f"largest type: too wide: {one}" for one in sticking_out]
    _resize(page, WIDE)
    return wrong


def _at(page: Page, wrong: list[str]) -> list[str]:
    address = page.url.split("/", 3)[-1]
    return [f"/{address}: {line}" for line in wrong]


def find_latin_words(page: Page) -> list[str]:
    """Words of three letters and more on a page that speaks Chinese."""
    text: str = page.evaluate(_READ_WORDS)
    return re.findall(r"[A-Za-z]{3,}", text)
