"""How much of a person's data a page shows when the whole is not needed."""

import re

#: Surnames of two characters, in both scripts; they stay whole, as a single one does.
COMPOUND_SURNAMES = frozenset(
    re.findall(
        "..",
        "歐陽欧阳司馬司马上官諸葛诸葛夏侯皇甫尉遲尉迟公孫公孙長孫长孙慕容"
        "令狐宇文司徒司空東方东方獨孤独孤南宮南宫端木西門西门百里呼延軒轅"
        "轩辕申屠太史鍾離钟离淳于濮陽濮阳澹臺澹台公羊公冶赫連赫连聞人闻人"
        "拓跋歸海归海万俟范姜",
    )
)
_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_COUNTRY = re.compile(r"\+(86|886|852|853)(\d+)")
#: Circles in the place of one part of a name.
MOST_CIRCLES = 4


def mask_name(name: str) -> str:
    """張○華 for 張美華, 張○ for 張三, 歐陽○ for 歐陽修, J. S*** for John Smith."""
    name = " ".join(name.split())
    if not name:
        return ""
    if _HAN.fullmatch(name.replace(" ", "")):
        return _mask_han(name.replace(" ", ""))
    if "·" in name:
        return "·".join(part[:1] + _circles(max(1, len(part) - 1)) for part in name.split("·"))
    *given, family = name.split(" ")
    return " ".join([*(f"{part[0]}." for part in given), f"{family[0]}***"])


def _mask_han(name: str) -> str:
    if len(name) == 1:
        return name
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return name[:2] + _circles(len(name) - 2)
    if len(name) == 2:
        return name[0] + "○"
    return name[0] + _circles(len(name) - 2) + name[-1]


def _circles(number: int) -> str:
    """As many as there are characters, but never so many that a row bursts."""
    return "○" * min(number, MOST_CIRCLES)


def mask_phone(phone: str) -> str:
    """138****5678; of a shorter number less, so that at least four digits stay hidden."""
    compact = re.sub(r"[^\d+]", "", phone)
    country = ""
    if found := _COUNTRY.fullmatch(compact):
        country = "" if found[1] == "86" else f"+{found[1]} "
        compact = found[2]
    digits = compact.lstrip("+")
    spare = max(0, len(digits) - 4)
    head = min(3, spare // 2)
    tail = min(4, spare - head)
    return f"{country}{digits[:head]}****{digits[len(digits) - tail :]}"


def mask_email(address: str) -> str:
    """The first letter on either side: a***@d…."""
    local, _at, domain = address.strip().rpartition("@")
    return f"{local[:1]}***@{domain[:1]}…"


def mask_id(number: str) -> str:
    """****271X; nothing of a number so short that four characters would be most of it."""
    compact = re.sub(r"\W", "", number).upper()
    return f"****{compact[-4:]}" if len(compact) >= 8 else "****"
