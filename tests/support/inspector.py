"""Looks at every page that any test fetches, as a strict reader would."""

from collections import Counter
from html.parser import HTMLParser

#: Boxes that need a label of their own.
BOXES = frozenset({"input", "select", "textarea"})
UNLABELLED = frozenset({"hidden", "submit", "button"})


class _Inspector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.boxes: list[dict[str, str]] = []
        self.title = ""
        self._depth_of_label = 0
        self._is_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        if "id" in found:
            self.ids[found["id"]] += 1
        self._check_inline(tag, found)
        if tag == "html" and not found.get("lang"):
            self.faults.append("no language")
        if tag == "label":
            self._depth_of_label += 1
            self.labelled.add(found.get("for", ""))
        if tag in BOXES and found.get("type", "text") not in UNLABELLED:
            is_named = self._depth_of_label or "aria-label" in found or "aria-labelledby" in found
            if not is_named:
                self.boxes.append(found)
        self._is_title = tag == "title" and not self.title

    def _check_inline(self, tag: str, found: dict[str, str]) -> None:
        if "style" in found or any(name.startswith("on") for name in found):
            self.faults.append(f"inline style or script in <{tag}>")
        if tag == "style" or (tag == "script" and not found.get("src")):
            self.faults.append(f"inline <{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._depth_of_label -= 1
        if tag == "title":
            self._is_title = False

    def handle_data(self, data: str) -> None:
        if self._is_title:
            self.title += data.strip()


def find_faults(html: str) -> list[str]:
    """What is wrong with a page: headings, title, ids, language, labels, inline script."""
    inspector = _Inspector()
    inspector.feed(html)
    faults = inspector.faults
    if inspector.tags["h1"] != 1:
        faults.append(f"{inspector.tags['h1']} h1 instead of one")
    if not inspector.title:
        faults.append("no title")
    faults += [f"id {name!r} stands {n} times" for name, n in inspector.ids.items() if n > 1]
    for box in inspector.boxes:
        if box.get("id") not in inspector.labelled:
            faults.append(f"box {box.get('name')!r} has no label")
    return faults
