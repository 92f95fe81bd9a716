"""Finds words that reach a reader without passing the catalogues."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

#: Files that may hold words of their own, each with its reason.
EXEMPT = {
    "calendar/hours_text.py": "signs that people type between two hours",
    "demonstration/people.py": "invented names, and what was written down for them",
    "web/formats.py": "dates, times and numbers are worded by language in code",
    "web/languages.py": "a language is listed under its own name",
    "web/masks.py": "surnames and the sign that hides a character",
    "web/templates/errors/plain.html": "the last resort speaks three languages without a catalogue",
}
SPOKEN_ATTRIBUTES = frozenset(
    {"placeholder", "title", "aria-label", "aria-description", "alt", "label", "data-l"}
)
TRANSLATORS = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext"})
VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr", "source", "col", "path"})
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Z][a-z]+([ ,.]|$)")
_WORDLESS = re.compile(r"^.*\{# no words #\}.*$", re.MULTILINE)
_ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def find_raw_text(package: Path) -> Iterator[str]:
    """One line for each place below the package where a word stands outside the catalogues."""
    for path in sorted(package.rglob("*")):
        name = path.relative_to(package).as_posix()
        if name in EXEMPT:
            continue
        for line, words in find_in_file(path):
            yield f"{package.name}/{name}:{line}: not in the catalogues: {words.strip()[:60]}"


def find_in_file(path: Path) -> Iterator[tuple[int, str]]:
    """Line and words of each raw text of one file; nothing for files without words."""
    if path.suffix == ".py":
        yield from _python(path.read_text(encoding="utf-8"))
    elif "templates" in path.parts and path.suffix in (".html", ".txt"):
        source = path.read_text(encoding="utf-8")
        yield from find_in_template(source, is_html=path.suffix == ".html")


def find_in_template(source: str, *, is_html: bool = True) -> Iterator[tuple[int, str]]:
    """Raw text between the tags, in attributes that are read out, and in expressions."""
    outside = _without_expressions(source)
    if is_html:
        page = _Page()
        page.feed(outside)
        page.close()
        yield from page.found
    else:
        for number, line in enumerate(outside.splitlines(), 1):
            if _has_letters(line):
                yield number, line
    yield from _spoken_constants(_ENVIRONMENT.parse(source))


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _without_expressions(source: str) -> str:
    """The template's own text; lines keep their numbers, translated blocks are left out.

    So are lines with the comment ``no words``, for texts such as class names that no tag surrounds.
    """
    source = _WORDLESS.sub("", source)
    kept: list[str] = []
    is_block_name = is_translated = False
    for _line, kind, value in _ENVIRONMENT.lex(source):
        if kind == "data" and not is_translated:
            kept.append(value)
            continue
        is_tag_name = kind == "variable_begin" and kept and kept[-1].endswith(("<", "</"))
        kept.append("x" if is_tag_name else "\n" * value.count("\n"))
        if is_block_name and kind == "name":
            is_translated = value == "trans" or (is_translated and value != "endtrans")
        if kind != "whitespace":
            is_block_name = kind == "block_begin"
    return "".join(kept)


class _Page(HTMLParser):
    """Collects text and attributes with letters in them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        #: Open elements whose content is not for reading.
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            is_button = name == "value" and dict(attrs).get("type") in ("submit", "button")
            if (name in SPOKEN_ATTRIBUTES or is_button) and _has_letters(value or ""):
                self.found.append((self.getpos()[0], f"{name}={value}"))
        is_silent = tag in ("script", "style") or ("translate", "no") in attrs
        if tag not in VOID and (self._silent or is_silent):
            self._silent.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        silent = list(self._silent)
        self.handle_starttag(tag, attrs)
        self._silent = silent

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent and _has_letters(data):
            line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
            self.found.append((line, data))


def _spoken_constants(node: nodes.Node) -> Iterator[tuple[int, str]]:
    """Sentences written as constants in expressions, such as the argument of a macro."""
    if (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name in TRANSLATORS
    ):
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and _is_spoken(node.value):
        yield node.lineno, node.value
    for child in node.iter_child_nodes():
        yield from _spoken_constants(child)


def _is_spoken(text: str) -> bool:
    return bool(_HAN.search(text) or _WORD.match(text))


def _python(source: str) -> Iterator[tuple[int, str]]:
    """Chinese literals, and English ones where a reader would meet them unmarked."""
    tree = ast.parse(source)
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in documentation and _HAN.search(node.value):
                yield node.lineno, node.value
        elif isinstance(node, ast.Call):
            yield from _unmarked(node)


def _unmarked(call: ast.Call) -> Iterator[tuple[int, str]]:
    """The label of a field, the words of a flash and the message of a validator."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = call.func.id if isinstance(call.func, ast.Name) else name
    spoken = [keyword.value for keyword in call.keywords if keyword.arg in ("message", "label")]
    if name == "flash" or name.endswith("Field"):
        spoken += call.args[:1]
    for argument in spoken:
        text = argument.value if isinstance(argument, ast.Constant) else None
        if isinstance(text, str) and _WORD.match(text):
            yield argument.lineno, text
