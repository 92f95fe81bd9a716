"""Which passwords are good enough (decisions 3.2): long, uncommon, not the person's own name."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from portal.core.errors import N_, DomainError

#: Longer ones are cut nowhere but refused: hashing takes what it is given.
LONGEST = 128
#: What must be left of a password after everything common has been taken out.
OWN_LETTERS = 5
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "01234567890")
_LEET = str.maketrans({"@": "a", "$": "s", "0": "o", "1": "i", "3": "e", "5": "s", "!": "i"})
_YEAR = re.compile(r"(19|20)\d\d((0\d|1[0-2])([0-2]\d|3[01])?)?")
_REPEATED = re.compile(r"(.{1,4}?)\1{2,}")


class WeakPassword(DomainError):
    """A password that somebody else would try."""

    default = N_("Many people use such a password. Choose a longer or stranger one.")


def normal_password(text: str) -> str:
    """What is hashed: input methods write the same sign in full or half width."""
    return unicodedata.normalize("NFKC", text)


def check_password(
    text: str, *, shortest: int, own_words: tuple[str, ...] = (), field: str = "password"
) -> None:
    """Refuse a weak password.

    Raises WeakPassword: fewer than ``shortest`` characters (at least 12), longer than 128,
    made of common words and runs, or made of the person's own number and name.
    """
    password = normal_password(text)
    if len(password) < shortest:
        raise WeakPassword(
            N_("Use at least %(shortest)d characters."), field=field, shortest=shortest
        )
    if len(password) > LONGEST:
        raise WeakPassword(N_("Use at most 128 characters."), field=field)
    if is_common(password, own_words=own_words):
        raise WeakPassword(field=field)


def is_common(password: str, *, own_words: tuple[str, ...] = ()) -> bool:
    """Whether too little is left once common words, dates, runs and own words are taken out."""
    plain = normal_password(password).casefold()
    words = (*(word.casefold() for word in own_words if len(word) > 1), *common_words())
    return any(
        len(set(_without(candidate, words))) < OWN_LETTERS
        for candidate in (plain, plain.translate(_LEET))
    )


def _without(text: str, words: tuple[str, ...]) -> str:
    """What remains of a text after dates, repetitions, runs and known words."""
    rest = _YEAR.sub(" ", text)
    for word in words:
        rest = rest.replace(word, " ")
    rest = _REPEATED.sub(r"\1", rest)
    rest = _drop_runs(rest)
    return "".join(character for character in rest if character.isalnum())


@cache
def _runs() -> tuple[str, ...]:
    """Every run of four neighbours in the alphabet and on the keyboard, both ways."""
    lines = [line for row in KEYBOARD for line in (row, row[::-1])]
    return tuple(line[at : at + 4] for line in lines for at in range(len(line) - 3))


def _drop_runs(text: str) -> str:
    """Blank out characters that stand in a run."""
    in_run = [False] * len(text)
    for run in _runs():
        at = text.find(run)
        while at >= 0:
            in_run[at : at + 4] = [True] * 4
            at = text.find(run, at + 1)
    return "".join(" " if is_in else letter for letter, is_in in zip(text, in_run, strict=True))


@cache
def common_words() -> tuple[str, ...]:
    """The list beside this module, longest first."""
    lines = (Path(__file__).parent / "common_passwords.txt").read_text("utf-8").splitlines()
    words = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    return tuple(sorted(words, key=lambda word: (-len(word), word)))
