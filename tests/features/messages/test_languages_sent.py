"""Every message is written in the citizen's language, and in no other."""

import re

import pytest
from flask.testing import FlaskClient

from portal.appointments.views.desk import BOOK
from portal.core.script import to_simplified
from tests.support.delivering import deliver, messages
from tests.support.gateways import MailServer, SmsGateway, words_of
from tests.support.pages import Page, post
from tests.support.walks import book_online, sign_in
from tests.support.world import World, add_staff

HAN = re.compile(r"[\u3400-\u9fff]")
#: Addresses, numbers of bookings and times are the same in all languages.
SAME = re.compile(r"https?://\S+|\b[A-Z0-9-]{6,}\b")
LATIN = re.compile(r"[A-Za-z]{2,}")
KINDS = ["code", "confirmed", "moved", "cancelled"]
#: What each kind says in each language.
WORDS = {
    "zh_Hant": ["驗證碼", "約好了", "新時間", "取消"],
    "zh_Hans": ["验证码", "约好了", "新时间", "取消"],
    "en": ["code", "ooked", "ew time", "ancelled"],
}


def walk(town: World, client: FlaskClient, language: str, contact: str) -> None:
    """Book, move and cancel, as a citizen who reads this language."""
    client.get(f"/{town.slug}/?language={language}")
    page = book_online(client, town, day="2026-11-25", contact=contact)
    own = page.path.removesuffix("?new=1")
    picker = Page(client.get(own + "move/?day=2026-11-26"))
    post(client, picker, slot=picker.values("slot")[3])
    post(client, Page(client.get(own + "cancel/")))
    deliver(town)
    sent = messages(town)
    assert [message.template.rpartition("/")[2] for message in sent] == KINDS
    assert {message.language for message in sent} == {language}


def check_pure(text: str, language: str) -> None:
    """Nothing of another language or script is left over."""
    words = SAME.sub("", text)
    if language == "en":
        assert not HAN.search(words), words
        return
    assert not LATIN.search(words), words
    assert HAN.search(words)
    if language == "zh_Hans":
        assert to_simplified(words) == words
    else:
        assert to_simplified(words) != words


@pytest.mark.parametrize("language", WORDS)
def test_mails_of_every_kind_speak_one_language(
    town: World, mail: MailServer, client: FlaskClient, language: str
) -> None:
    walk(town, client, language, "li@people.example")
    for sent, word in zip(mail.mails, WORDS[language], strict=True):
        assert word in sent["Subject"] + words_of(sent)
        check_pure(sent["Subject"], language)
        check_pure(words_of(sent), language)
        has_western_colon = ": " in sent["Subject"] + words_of(sent)
        assert has_western_colon == (language == "en")


@pytest.mark.parametrize("language", WORDS)
def test_short_messages_of_every_kind_speak_one_language(
    town: World, sms: SmsGateway, client: FlaskClient, language: str
) -> None:
    walk(town, client, language, "13812345678")
    for sent in sms.texts:
        check_pure(sent["text"], language)


def book_by_phone(clerk: FlaskClient, town: World, *, contact: str, language: str) -> None:
    page = Page(clerk.get(f"/{town.slug}/work/book/birth/?day=2026-11-25"))
    slot = page.values("slot")[0]
    person = {"name": "李", "contact": contact, "language": language, "priority": ""}
    made = post(clerk, page, action="", follow=True, slot=slot, channel="phone", **person)
    assert made.status == 200


def test_whom_the_window_books_for_reads_the_language_that_the_person_speaks(
    town: World, mail: MailServer
) -> None:
    add_staff(town, "A1", [BOOK])
    clerk = sign_in(town, "A1")
    book_by_phone(clerk, town, contact="li@people.example", language="en")
    deliver(town)
    check_pure(words_of(mail.mails[-1]), "en")


def test_a_known_contact_keeps_its_language_whatever_the_window_reads(
    town: World, mail: MailServer, client: FlaskClient
) -> None:
    walk(town, client, "en", "li@people.example")
    add_staff(town, "A1", [BOOK])
    clerk = sign_in(town, "A1")
    book_by_phone(clerk, town, contact="li@people.example", language="zh_Hans")
    deliver(town)
    assert messages(town)[-1].language == "en"
    check_pure(words_of(mail.mails[-1]), "en")
