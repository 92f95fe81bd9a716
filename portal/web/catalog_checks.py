"""Says what is wrong with the catalogues, so that no untranslated word reaches a reader."""

import re
import tomllib
from collections.abc import Iterator
from typing import TypedDict

from babel.messages import Catalog

from portal.core.script import read_overrides
from portal.web.catalogs import (
    GENERATED,
    WRITTEN,
    Library,
    extract,
    forms_of,
    generate_simplified,
    key_of,
    list_missing,
    messages_of,
    read_catalog,
    render_catalog,
    render_template,
)
from portal.web.raw_text import find_raw_text

_PLACE = re.compile(r"%\([^)]*\)[a-z]|\{[^{}]*\}")


class TaiwanTerm(TypedDict, total=False):
    """A word of Taiwan in Simplified characters, and what the mainland says."""

    taiwan: str
    mainland: str
    unless: list[str]


def find_problems(library: Library) -> list[str]:
    """Everything that must be put right, a line each; empty when the catalogues are sound."""
    template = extract(library)
    written = read_catalog(library.po(WRITTEN), WRITTEN)
    generated = read_catalog(library.po(GENERATED), GENERATED)
    return [
        *_find_stale(library, template, written),
        *find_untranslated(template, written),
        *find_wrong_places(written),
        *find_overrides_without_reason(library),
        *find_taiwan_terms(generated, read_taiwan_terms(library)),
        *find_raw_text(library.package),
    ]


def _find_stale(library: Library, template: Catalog, written: Catalog) -> Iterator[str]:
    """Files that `portal catalogs update` would write differently."""
    expected = {
        library.template: render_template(template),
        library.po(GENERATED): render_catalog(generate_simplified(written), GENERATED),
    }
    for path, content in expected.items():
        if not path.exists() or path.read_bytes() != content:
            yield f"{path.relative_to(library.folder)}: not current, run `portal catalogs update`"


def find_untranslated(template: Catalog, written: Catalog) -> Iterator[str]:
    """Messages of the source without a sound translation, and translations without a source."""
    known = {key_of(message) for message in messages_of(written)}
    wanted = {key_of(message) for message in messages_of(template)}
    for key in sorted((wanted - known) | set(list_missing(written))):
        yield f"{WRITTEN}: no translation: {key}"
    for key in sorted(known - wanted) + sorted(map(key_of, written.obsolete.values())):
        yield f"{WRITTEN}: the source no longer has: {key}"


def find_wrong_places(catalog: Catalog) -> Iterator[str]:
    """Translations whose placeholders are not those of the message, and stray percent signs.

    Templates format every message, code only those with parameters: a literal percent sign would
    break the one or show doubled in the other.
    """
    for message in messages_of(catalog):
        places = set(_PLACE.findall(forms_of(message.id)[-1]))
        for form in forms_of(message.string):
            if form and set(_PLACE.findall(form)) != places:
                yield f"{catalog.locale}: other placeholders than the message: {key_of(message)}"
        for form in (*forms_of(message.id), *forms_of(message.string)):
            if "%" in _PLACE.sub("", form):
                yield f"{catalog.locale}: a percent sign that is no placeholder: {form}"


def find_overrides_without_reason(library: Library) -> Iterator[str]:
    """Exceptions of the conversion that nobody could judge later."""
    for entry in read_overrides(library.folder):
        parts = (str(entry.get(part, "")) for part in ("term", "replacement", "reason"))
        if not all(part.strip() for part in parts):
            yield f"overrides.toml: term, replacement and reason are needed: {entry}"


def read_taiwan_terms(library: Library) -> list[TaiwanTerm]:
    """The maintained list of words that must not be left over."""
    text = (library.folder / "taiwan_terms.toml").read_text(encoding="utf-8")
    terms: list[TaiwanTerm] = tomllib.loads(text)["term"]
    return terms


def find_taiwan_terms(catalog: Catalog, terms: list[TaiwanTerm]) -> Iterator[str]:
    """Words of Taiwan left over in the Simplified catalogue."""
    for message in messages_of(catalog):
        for form in forms_of(message.string):
            for term in find_terms_in(form, terms):
                yield (
                    f"{GENERATED}: {term['taiwan']} is {term['mainland']} in the mainland: {form}"
                )


def find_terms_in(text: str, terms: list[TaiwanTerm]) -> list[TaiwanTerm]:
    """The words of Taiwan in a Simplified text."""
    found = []
    for term in terms:
        rest = text
        for accident in term.get("unless", []):
            rest = rest.replace(accident, "")
        if term["taiwan"] in rest:
            found.append(term)
    return found
