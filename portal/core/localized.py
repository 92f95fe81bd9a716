"""Texts that an institution writes itself, in up to three languages."""

from collections.abc import Mapping

#: Language codes in the order in which a missing text is looked for.
LANGUAGE_ORDER = ("zh_Hant", "zh_Hans", "en")

#: A text by language code; zh_Hant is always there.
Localized = dict[str, str]


def pick(text: Mapping[str, str] | None, language: str) -> tuple[str, str]:
    """The text in ``language`` or the nearest there is, and the language it is in."""
    if not text:
        return "", language
    for code in (language, *LANGUAGE_ORDER):
        if value := text.get(code, "").strip():
            return value, code
    return "", language
