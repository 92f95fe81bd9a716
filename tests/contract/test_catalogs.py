"""No untranslated word reaches a reader; the Simplified catalogue follows from the written one."""

import json
import os
from gettext import GNUTranslations
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.core.script import read_overrides
from portal.web import catalogs_cli, raw_text
from portal.web.catalog_checks import find_problems, find_terms_in, read_taiwan_terms
from portal.web.catalogs import (
    PACKAGE,
    Library,
    UnknownMessageError,
    compile_catalogs,
    fill,
    list_missing,
    read_catalog,
    update,
)
from portal.web.raw_text import find_in_file, find_in_template

SOURCE = '''
from x import N_, _, _l, gettext, lazy_gettext, ngettext, pgettext
"""A docstring with 漢字 is no text."""
a = _("Book a time"), _l("Name"), gettext("Call %(name)s")
b = N_("This time has just been taken."), lazy_gettext("Print")
c = ngettext("%(num)d place left", "%(num)d places left", 3)
d = pgettext("verb", "Open")
'''
PAGE = """
<h1>{{ _("Your documents") }}</h1>
{% trans %}Bring this network{% endtrans %}
{{ ngettext("%(num)d day", "%(num)d days", 2) }} {{ pgettext("state", "Open") }}
"""
SMS = '{{ _("Your code is %(code)s.", code=code) }}\n'
TRANSLATIONS = {
    "Book a time": "就約這個時間",
    "Name": "姓名",
    "Call %(name)s": "打電話給%(name)s",
    "This time has just been taken.": "這個時間剛被約走",
    "Print": "列印",
    "%(num)d place left": ["剩%(num)d個"],
    "verb\x04Open": "開啟",
    "state\x04Open": "開著",
    "Your documents": "您的證明文件",
    "Bring this network": "請帶「身分證」",
    "%(num)d day": ["%(num)d天"],
    "Your code is %(code)s.": "驗證碼%(code)s",
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A small package whose messages are all translated."""
    templates = tmp_path / "package" / "templates" / "messages"
    templates.mkdir(parents=True)
    (tmp_path / "package" / "words.py").write_text(SOURCE)
    (templates / "page.html").write_text(PAGE)
    (templates / "code.sms.txt").write_text(SMS)
    made = Library(tmp_path / "package", tmp_path / "translations")
    made.folder.mkdir()
    overrides = '[[override]]\nterm = "身分"\nreplacement = "身份"\nreason = "So it is."\n'
    terms = '[[term]]\ntaiwan = "网路"\nmainland = "网络"\nunless = ["一网路过"]\n'
    (made.folder / "overrides.toml").write_text(overrides)
    (made.folder / "taiwan_terms.toml").write_text(terms)
    fill(made, TRANSLATIONS)
    return made


def texts(library: Library, language: str) -> dict[str, object]:
    """The translations of a catalogue by message."""
    catalog = read_catalog(library.po(language), language)
    return {str(message.id): message.string for message in catalog if message.id}


def test_the_catalogues_of_the_portal_are_sound() -> None:
    assert find_problems(Library()) == []


def test_every_kind_of_message_is_found_and_a_complete_library_has_no_problem(
    library: Library,
) -> None:
    assert find_problems(library) == []
    template = library.template.read_text()
    assert template.count("\nmsgid ") == len(TRANSLATIONS) + 1
    assert "words.py" not in template
    assert "Date:" not in template


def test_updating_twice_changes_nothing(library: Library) -> None:
    files = [library.template, library.po("zh_Hant"), library.po("zh_Hans")]
    before = [path.read_bytes() for path in files]
    update(library)
    assert [path.read_bytes() for path in files] == before


def test_the_simplified_catalogue_follows_from_the_written_one(library: Library) -> None:
    simplified = texts(library, "zh_Hans")
    assert simplified["Print"] == "打印"
    assert simplified["Your documents"] == "您的证明文件"
    assert simplified["Call %(name)s"] == "打电话给%(name)s"
    assert simplified["Bring this network"] == "请带“身份证”"
    assert simplified["('%(num)d place left', '%(num)d places left')"] == ("剩%(num)d个",)


def test_a_changed_source_asks_for_the_new_message(library: Library) -> None:
    words = library.package / "words.py"
    words.write_text(SOURCE.replace("Book a time", "Book this time"))
    assert list(list_missing(update(library))) == ["Book this time"]
    assert texts(library, "zh_Hant")["Print"] == "列印"


def test_a_message_that_returns_finds_its_translation_unless_it_was_pruned(
    library: Library,
) -> None:
    words = library.package / "words.py"
    words.write_text("")
    update(library)
    update(library)
    assert "zh_Hant: the source no longer has: Book a time" in find_problems(library)
    words.write_text(SOURCE)
    assert list_missing(update(library)) == {}
    words.write_text("")
    update(library, is_pruned=True)
    assert find_problems(library) == []
    words.write_text(SOURCE)
    assert "Book a time" in list_missing(update(library))


def test_filling_an_unknown_message_writes_nothing(library: Library) -> None:
    before = library.po("zh_Hant").read_bytes()
    with pytest.raises(UnknownMessageError, match="Nobody says this"):
        fill(library, {"Print": "印", "Nobody says this": "無"})
    assert library.po("zh_Hant").read_bytes() == before


@pytest.mark.parametrize(
    "translations", [{"Print": ["列印"]}, {"%(num)d day": "%(num)d天"}, {"Print": None}]
)
def test_filling_the_wrong_number_of_forms_is_refused(
    library: Library, translations: dict[str, str]
) -> None:
    with pytest.raises(UnknownMessageError):
        fill(library, translations)


def test_compiling_is_skipped_while_nothing_changed(library: Library) -> None:
    assert compile_catalogs(library) == ["zh_Hant", "zh_Hans", "en"]
    assert compile_catalogs(library) == []
    fill(library, {"Print": "印出來"})
    later = library.mo("zh_Hant").stat().st_mtime + 5
    for language in ("zh_Hant", "zh_Hans"):
        os.utime(library.po(language), (later, later))
    assert compile_catalogs(library) == ["zh_Hant", "zh_Hans"]


def test_english_is_compiled_from_the_messages_themselves(library: Library) -> None:
    compile_catalogs(library)
    with library.mo("en").open("rb") as file:
        english = GNUTranslations(file)
    assert english.gettext("Print") == "Print"
    forms = ("%(num)d place left", "%(num)d places left")
    assert (english.ngettext(*forms, 1), english.ngettext(*forms, 2)) == forms


def damage(library: Library, old: str, new: str, language: str = "zh_Hant") -> None:
    """Change a catalogue by hand."""
    path = library.po(language)
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))


@pytest.mark.parametrize(
    ("language", "old", "new", "problem"),
    [
        ("zh_Hant", 'msgstr "列印"', 'msgstr ""', "no translation: Print"),
        ("zh_Hant", 'msgid "Print"', '#, fuzzy\nmsgid "Print"', "no translation: Print"),
        ("zh_Hant", 'msgid "Print"', 'msgid "Prink"', "no longer has: Prink"),
        ("zh_Hant", 'msgid "Print"', '#~ msgid "Gone"\n#~ msgstr "無"\n\nmsgid "Print"', "Gone"),
        ("zh_Hant", "打電話給%(name)s", "打電話給%(nama)s", "placeholders"),
        ("zh_Hant", "剩%(num)d個", "剩幾個", "placeholders"),
        ("zh_Hant", 'msgstr "列印"', 'msgstr "列印100%"', "percent sign"),
        ("zh_Hans", 'msgstr "打印"', 'msgstr "列印"', "not current"),
        ("zh_Hans", 'msgstr "打印"', 'msgstr "网路"', "网路 is 网络"),
    ],
)
def test_each_fault_of_a_catalogue_is_named(
    library: Library, language: str, old: str, new: str, problem: str
) -> None:
    damage(library, old, new, language)
    assert any(problem in line for line in find_problems(library))


def test_a_message_not_yet_extracted_is_named(library: Library) -> None:
    (library.package / "words.py").write_text(SOURCE + '_("Fresh")\n')
    problems = find_problems(library)
    assert any("messages.pot: not current" in line for line in problems)
    assert "zh_Hant: no translation: Fresh" in problems


def test_an_override_needs_its_reason(library: Library) -> None:
    path = library.folder / "overrides.toml"
    path.write_text(path.read_text().replace("So it is.", " "))
    assert any("reason" in line for line in find_problems(library))


def test_chance_neighbours_are_no_taiwan_term(library: Library) -> None:
    terms = read_taiwan_terms(library)
    assert find_terms_in("一网路过的鱼", terms) == []
    assert find_terms_in("一网路过的网路", terms) == terms


def test_what_replaces_a_word_is_itself_a_word_of_the_mainland() -> None:
    terms = read_taiwan_terms(Library())
    words = [term["mainland"] for term in terms]
    words += [entry["replacement"] for entry in read_overrides()]
    assert len({term["taiwan"] for term in terms}) == len(terms)
    for word in words:
        assert find_terms_in(word, terms) == [], word


@pytest.fixture
def runner(library: Library, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs the commands on the small package."""
    monkeypatch.setattr(catalogs_cli, "Library", lambda: library)
    return CliRunner()


def test_translators_get_the_missing_messages_and_hand_them_back(
    library: Library, runner: CliRunner, tmp_path: Path
) -> None:
    more = (
        '_("Fresh %(x)s")\nngettext("%(num)d cup", "%(num)d cups", 2)\npgettext("tea", "Fresh")\n'
    )
    (library.package / "words.py").write_text(SOURCE + more)
    asked = json.loads(runner.invoke(catalogs_cli.catalogs, ["missing"]).stdout)
    assert asked == {"Fresh %(x)s": "", "%(num)d cup": [""], "tea\x04Fresh": ""}
    answer = {"Fresh %(x)s": "新%(x)s", "%(num)d cup": ["%(num)d杯"], "tea\x04Fresh": "新泡"}
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(answer))
    assert runner.invoke(catalogs_cli.catalogs, ["fill", str(file)]).exit_code == 0
    assert runner.invoke(catalogs_cli.catalogs, ["check"]).exit_code == 0
    assert texts(library, "zh_Hans")["Fresh %(x)s"] == "新%(x)s"


def test_the_commands_say_what_is_wrong(
    library: Library, runner: CliRunner, tmp_path: Path
) -> None:
    damage(library, 'msgstr "列印"', 'msgstr ""')
    checked = runner.invoke(catalogs_cli.catalogs, ["check"])
    assert checked.exit_code == 1
    assert "zh_Hant: no translation: Print" in checked.stdout
    file = tmp_path / "answer.json"
    for content in ('{"Nobody": "無"}', "[]", "{", '{"Print": 3}'):
        file.write_text(content)
        refused = runner.invoke(catalogs_cli.catalogs, ["fill", str(file)])
        assert refused.exit_code == 1
        assert "Error" in refused.stderr
    assert "1 messages" in runner.invoke(catalogs_cli.catalogs, ["update"]).stdout
    assert "zh_Hant" in runner.invoke(catalogs_cli.catalogs, ["compile"]).stdout


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Saved</p>", "Saved"),
        ("<p>{{ n }}件</p>", "件"),
        ("<p>{% if x %}done{% endif %}</p>", "done"),
        ('<input placeholder="Name {{ n }}">', "placeholder=Name "),
        ('<a aria-label="Home" href="/x">{{ y }}</a>', "aria-label=Home"),
        ('<td data-l="Time">{{ y }}</td>', "data-l=Time"),
        ('<input type="submit" value="Go">', "value=Go"),
        ('{{ button("Save") }}', "Save"),
        ('{{ button("儲存") }}', "儲存"),
        ('{{ button(label=x or "No time yet.") }}', "No time yet."),
        ("<svg><title>House</title></svg>", "House"),
        ("a &amp; b", "a & b"),
    ],
)
def test_words_outside_the_catalogues_are_found_in_templates(source: str, words: str) -> None:
    found = [(line, text.strip()) for line, text in find_in_template(f"\n{source}")]
    assert found == [(2, words.strip())]


@pytest.mark.parametrize(
    "source",
    [
        '<p class="Big">{{ _("Saved") }} · 3 × {{ n }} —</p>',
        '{{ button(_("Save"), kind="main") }}',
        "{% trans %}Saved{% endtrans %}{% trans n=2 %}{{ n }} a{% pluralize %}b{% endtrans %}",
        '{# Words for writers of templates #}{% if method == "POST" %}1{% endif %}',
        "<script>let words = 1</script><style>p { color: red }</style>",
        '<code translate="no">portal <b>run</b></code>',
        '<{{ name }} class="rows" data-x="word">{{ caller() }}</{{ name }}>',
        "button {{ kind }} wide{# no words #}",
        '{% extends "layouts/public.html" %}{% block title %}{{ _("Home") }}{% endblock %}',
        "&nbsp;&copy;",
    ],
)
def test_what_is_no_word_is_left_in_peace(source: str) -> None:
    assert list(find_in_template(source)) == []


def test_line_numbers_survive_comments_and_expressions() -> None:
    source = '{# two\nlines #}\n{{ _(\n"x") }}\n<p>\n\nSaved</p>'
    assert list(find_in_template(source)) == [(7, "\n\nSaved")]


def test_a_message_of_plain_text_speaks_through_the_catalogues_only() -> None:
    source = '{{ _("Your time") }}: {{ at }}\nSee you {{ name }}\n'
    assert list(find_in_template(source, is_html=False)) == [(2, "See you ")]


def test_unmarked_words_are_found_in_code(tmp_path: Path) -> None:
    path = tmp_path / "views.py"
    path.write_text(
        '"""說明"""\nflash("Saved")\nname = StringField("Name")\nother = StringField(_l("Name"))\n'
        'x = Length(message="Too long")\nlabel = "姓名"\n'
        '"""也是說明"""\nf = f"{x}號"\nlog("Said")\n'
    )
    assert sorted(find_in_file(path)) == [
        (2, "Saved"),
        (3, "Name"),
        (5, "Too long"),
        (6, "姓名"),
        (8, "號"),
    ]


@pytest.mark.parametrize("name", raw_text.EXEMPT)
def test_an_exempt_file_exists_and_still_needs_it(name: str) -> None:
    assert list(find_in_file(PACKAGE / name))
    assert raw_text.EXEMPT[name]
