"""Keeps the message catalogues: found in the source, written in zh_Hant, generated in zh_Hans.

msgids are plain English, so the English catalogue is made from them when catalogues are compiled.
"""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from portal.core.script import TRANSLATIONS, to_simplified

PACKAGE = Path(__file__).resolve().parents[1]
WRITTEN, GENERATED, SOURCE = "zh_Hant", "zh_Hans", "en"

Places = tuple[int | tuple[int, int] | tuple[int, str], ...]
#: Functions whose arguments are messages; numbers say which arguments, c marks the context.
KEYWORDS: dict[str, Places | None] = {
    **dict.fromkeys(("_", "gettext", "lazy_gettext", "_l", "N_"), None),
    **dict.fromkeys(("ngettext", "lazy_ngettext", "NN_"), (1, 2)),
    **dict.fromkeys(("pgettext", "lazy_pgettext"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
OPTIONS = {"**/templates/**.*": {"silent": "false", "newstyle_gettext": "true"}}
HEADERS = {
    WRITTEN: "Written by people.",
    GENERATED: "Generated from zh_Hant by `portal catalogs update`; change that or the overrides.",
}
#: What separates the context from the message in the keys of the fill command.
CONTEXT_MARK = "\x04"

Translation = str | Sequence[str]


class UnknownMessageError(Exception):
    """Translations that fit no message of the source: other words, or another number of forms."""


@dataclass(frozen=True)
class Library:
    """The package whose messages are kept, and the folder of its catalogues."""

    package: Path = PACKAGE
    folder: Path = TRANSLATIONS

    @property
    def template(self) -> Path:
        """The list of all messages of the source."""
        return self.folder / "messages.pot"

    def po(self, language: str) -> Path:
        """The catalogue of a language as text."""
        return self.folder / language / "LC_MESSAGES" / "messages.po"

    def mo(self, language: str) -> Path:
        """The catalogue of a language as the program reads it."""
        return self.po(language).with_suffix(".mo")


def extract(library: Library) -> Catalog:
    """All messages of the source, as a catalogue without translations."""
    template = Catalog(charset="utf-8")
    options = {
        pattern: OPTIONS["**/templates/**.*"] for pattern, method in METHODS if method == "jinja2"
    }
    found = extract_from_dir(library.package, METHODS, options, KEYWORDS)
    for _file, _line, message, _comments, context in found:
        template.add(message, context=context)
    return template


def messages_of(catalog: Catalog) -> Iterator[Message]:
    """The messages of a catalogue without its header, sorted."""
    return iter(sorted((message for message in catalog if message.id), key=key_of))


def forms_of(text: Translation | None) -> tuple[str, ...]:
    """The forms of a message id or translation: one, or one for each number."""
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def key_of(message: Message) -> str:
    """How a message is named in the fill command: its (singular) id behind its context."""
    mark = f"{message.context}{CONTEXT_MARK}" if message.context else ""
    return mark + forms_of(message.id)[0]


def read_catalog(path: Path, language: str | None = None) -> Catalog:
    """A catalogue from its file; an absent file is an empty catalogue."""
    content = path.read_bytes() if path.exists() else b""
    return read_po(io.BytesIO(content), locale=language, charset="utf-8")


def render_template(template: Catalog) -> bytes:
    """The list of messages as it is stored: sorted, without places and dates."""
    return _render(template, "Generated from the source by `portal catalogs update`.", "")


def render_catalog(catalog: Catalog, language: str) -> bytes:
    """A catalogue as it is stored, with a header that never changes by itself."""
    plural = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
    fields = f'"Language: {language}\\n"\n"Plural-Forms: {plural}\\n"\n'
    return _render(catalog, HEADERS[language], fields)


def _render(catalog: Catalog, comment: str, fields: str) -> bytes:
    header = (
        f'# {comment}\nmsgid ""\nmsgstr ""\n{fields}"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    body = io.BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    return header.encode() + body.getvalue()


def generate_simplified(written: Catalog) -> Catalog:
    """The Simplified catalogue that follows from the Traditional one and the overrides."""
    generated = Catalog(locale=GENERATED, charset="utf-8")
    for message in messages_of(written):
        forms = [to_simplified(form) for form in forms_of(message.string)]
        string = forms[0] if isinstance(message.id, str) else tuple(forms)
        generated.add(message.id, string, context=message.context)
    return generated


def update(library: Library, *, is_pruned: bool = False) -> Catalog:
    """Bring the list of messages and both Chinese catalogues up to the source.

    Nothing is guessed by likeness. Translations of messages that are gone wait at the end of the
    file, in case the message returns, until they are pruned. Returns the Traditional catalogue.
    """
    template = extract(library)
    _write(library.template, render_template(template))
    written = read_written(library, template)
    if is_pruned:
        written.obsolete.clear()
    _store(library, written)
    return written


def _store(library: Library, written: Catalog) -> None:
    _write(library.po(WRITTEN), render_catalog(written, WRITTEN))
    _write(library.po(GENERATED), render_catalog(generate_simplified(written), GENERATED))


def read_written(library: Library, template: Catalog) -> Catalog:
    """The Traditional catalogue with exactly the messages of the source."""
    written = read_catalog(library.po(WRITTEN), WRITTEN)
    for message in list(written.obsolete.values()):
        written[message.id] = message
    written.update(template, no_fuzzy_matching=True)
    for key, message in list(written.obsolete.items()):
        if not all(forms_of(message.string)):
            del written.obsolete[key]
    return written


def list_missing(written: Catalog) -> dict[str, Translation]:
    """Messages without a translation, in the shape that ``fill`` takes back."""
    return {
        key_of(message): "" if isinstance(message.id, str) else [""] * written.num_plurals
        for message in messages_of(written)
        if message.fuzzy or not all(forms_of(message.string))
    }


def fill(library: Library, translations: Mapping[str, Translation]) -> int:
    """Write translations into the Traditional catalogue and generate the Simplified one.

    Returns how many were written. Raises UnknownMessageError, with nothing written, when one of
    them fits no message of the source.
    """
    written = update(library)
    known = {key_of(message): message for message in messages_of(written)}
    unknown = [
        key
        for key, translation in translations.items()
        if key not in known or not _fits(known[key], translation, written.num_plurals)
    ]
    if unknown:
        raise UnknownMessageError("\n".join(unknown))
    for key, translation in translations.items():
        message = known[key]
        message.string = translation if isinstance(translation, str) else tuple(translation)
        message.flags.discard("fuzzy")
    _store(library, written)
    return len(translations)


def _fits(message: Message, translation: object, forms: int) -> bool:
    """Whether a translation has the shape of its message."""
    if isinstance(message.id, str):
        return isinstance(translation, str)
    return (
        isinstance(translation, list)
        and len(translation) == forms
        and all(isinstance(form, str) for form in translation)
    )


def compile_catalogs(library: Library) -> list[str]:
    """Make what the program reads from what people read; returns the languages that were stale."""
    stale = []
    for language in (WRITTEN, GENERATED, SOURCE):
        source = library.template if language == SOURCE else library.po(language)
        target = library.mo(language)
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        catalog = read_catalog(source, language)
        if language == SOURCE:
            for message in messages_of(catalog):
                message.string = message.id
        compiled = io.BytesIO()
        write_mo(compiled, catalog)
        _write(target, compiled.getvalue())
        stale.append(language)
    return stale


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".mo" and path.exists() and path.read_bytes() == content:
        return
    unfinished = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
