"""Both scripts find each other, and conversion keeps what is not a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from portal.core import script
from portal.core.script import bigrams, fold, read_overrides, to_simplified

texts = st.text(max_size=40)


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("張美華", "张美华"),
        ("歐陽修", "欧阳修"),
        ("戶籍謄本", "户籍誊本"),
        ("臺階、台階", "台阶，台阶"),
        ("三樓 Ａ座", "三楼a座"),
        ("１３８－０００１", "138 0001"),
        ("ＪＯＨＮ  Smith", "john·smith"),
        ("這裡與這裏", "这里与这里"),
    ],
)
def test_the_two_scripts_fold_to_the_same(traditional: str, simplified: str) -> None:
    assert fold(traditional) == fold(simplified) != ""


def test_different_names_stay_different() -> None:
    names = ["張三", "張山", "章三", "歐陽修", "歐陽秀", "José", "Jose"]
    assert len({fold(name) for name in names}) == len(names)


@given(texts)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts, texts)
def test_folding_looks_at_characters_one_by_one_where_no_accents_combine(a: str, b: str) -> None:
    plain_a, plain_b = fold(a), fold(b)
    assert fold(plain_a + " " + plain_b) == fold(plain_a + plain_b)


def test_of_punctuation_alone_nothing_is_left() -> None:
    assert fold(" 　、。·-（）!?") == ""


@pytest.mark.parametrize("sign", "\u200b\u2060\ufeff\u00ad\u3164\uffa0\u115f\u1160\ufe0f\u202e")
def test_what_nobody_sees_tells_no_names_apart(sign: str) -> None:
    assert fold(f"張{sign}三{sign}") == fold("张三")


def test_bigrams_are_the_distinct_neighbours_of_the_folded_text() -> None:
    assert bigrams("居住證 居住") == ["居住", "住证", "证居"]
    assert bigrams("證") == ["证"]
    assert bigrams("  ") == []


@given(texts)
def test_every_part_of_two_characters_is_found_among_the_bigrams(text: str) -> None:
    folded = fold(text)
    grams = set(bigrams(text))
    assert all(folded[at : at + 2] in grams for at in range(len(folded) - 1))


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("請帶身分證明文件到櫃檯列印", "请带身份证明文件到柜台打印"),
        ("就約這個時間", "就约这个时间"),
        ("考評檔案", "考评档案"),
        ("辦理程序與無障礙通道", "办理程序与无障碍通道"),
        ("個人資料", "个人信息"),
        ("資料庫裡的資料", "数据库里的资料"),
        ("請登出", "请退出登录"),
        ("房號要像「3-201」這樣寫", "房号要像“3-201”这样写"),
        ("事事有著落", "事事有着落"),
        ("", ""),
    ],
)
def test_conversion_uses_the_words_of_the_mainland(traditional: str, simplified: str) -> None:
    assert to_simplified(traditional) == simplified


@pytest.mark.parametrize(
    "place", ["%(姓名)s", "%(count)d", "{機關}", "%(里長)s", "{資訊}", "%s", "%%"]
)
def test_conversion_keeps_placeholders_even_chinese_ones(place: str) -> None:
    assert to_simplified(f"{place}的電話，{place}") == f"{place}的电话，{place}"


@given(st.text(alphabet="網路資訊身分%()sd{}「」 ab，張", max_size=30))
def test_conversion_keeps_every_placeholder_in_order(text: str) -> None:
    places = script.PLACEHOLDER.findall(text)
    assert script.PLACEHOLDER.findall(to_simplified(text)) == places


def test_every_override_is_needed_and_says_why() -> None:
    entries = read_overrides()
    terms = [entry["term"] for entry in entries]
    assert len(set(terms)) == len(terms)
    convert = OpenCC("tw2sp").convert
    for entry in entries:
        inside = any(other in entry["term"] for other in terms if other != entry["term"])
        assert entry["reason"].strip()
        assert inside or convert(entry["term"]) != entry["replacement"], entry["term"]
        assert to_simplified(entry["term"]) == entry["replacement"]
