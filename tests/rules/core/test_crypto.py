"""Personal text is unreadable without its key, its institution and its column."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, LargeBinary, MetaData, Table, select, type_coerce

from portal.core.commands import keys_group
from portal.core.config import Config, ConfigError, Environment, read_config
from portal.core.crypto import (
    EncryptedText,
    Undecipherable,
    blind_index,
    decrypt,
    encrypt,
    install_keys,
    key_id_of,
    using_keys,
)
from portal.core.keys import KeyRing, load_keys, new_keys, read_keys, with_new_key, write_keys
from portal.core.tenant import ScopeError, _institution


@contextmanager
def scope(institution_id: int) -> Iterator[None]:
    token = _institution.set(institution_id)
    try:
        yield
    finally:
        _institution.reset(token)


@pytest.fixture(autouse=True)
def keys() -> Iterator[KeyRing]:
    ring = new_keys()
    with using_keys(ring):
        yield ring


def a_config(folder: Path, *, is_production: bool) -> Config:
    environment = Environment.PRODUCTION if is_production else Environment.TEST
    return Config.model_construct(environment=environment, keys_file=folder / "keys.json")


@given(st.text())
def test_every_text_comes_back_as_it_was(text: str) -> None:
    with scope(1):
        assert decrypt(encrypt(text, "contact.name"), "contact.name") == text


def test_the_same_text_looks_different_each_time_and_shows_nothing() -> None:
    with scope(1):
        first, second = encrypt("王小明", "contact.name"), encrypt("王小明", "contact.name")
    assert first != second
    assert "王小明".encode() not in first


def test_a_value_moved_to_another_institution_is_refused() -> None:
    with scope(1):
        value = encrypt("王小明", "contact.name")
    with scope(2), pytest.raises(Undecipherable, match=r"contact\.name"):
        decrypt(value, "contact.name")


def test_a_value_moved_to_another_column_is_refused() -> None:
    with scope(1), pytest.raises(Undecipherable):
        decrypt(encrypt("王小明", "contact.name"), "contact.note")


def test_an_altered_or_shortened_value_is_refused() -> None:
    with scope(1):
        value = encrypt("王小明", "contact.name")
        for place in range(len(value)):
            bent = value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
            with pytest.raises(Undecipherable):
                decrypt(bent, "contact.name")
            with pytest.raises(Undecipherable):
                decrypt(value[:place], "contact.name")


def test_nothing_is_enciphered_or_read_outside_an_institution() -> None:
    with pytest.raises(ScopeError):
        encrypt("王小明", "contact.name")
    with scope(1):
        value = encrypt("王小明", "contact.name")
    with pytest.raises(ScopeError):
        decrypt(value, "contact.name")
    with pytest.raises(ScopeError):
        blind_index("phone", "123")


def test_old_values_stay_readable_after_a_rotation_and_new_ones_use_the_new_key(
    keys: KeyRing,
) -> None:
    with scope(1):
        old = encrypt("王小明", "contact.name")
        with using_keys(with_new_key(keys)):
            assert decrypt(old, "contact.name") == "王小明"
            assert key_id_of(encrypt("王小明", "contact.name")) == "k2"
        assert key_id_of(old) == "k1"


def test_without_its_key_a_value_is_refused_and_the_key_named() -> None:
    with scope(1):
        value = encrypt("王小明", "contact.name")
        other = KeyRing("k9", {"k9": b"9" * 32}, b"i" * 32, b"s" * 32)
        with using_keys(other), pytest.raises(Undecipherable, match="k1"):
            decrypt(value, "contact.name")


def test_a_serving_process_takes_up_a_key_that_another_process_added(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    write_keys(file, new_keys())
    before = read_keys(file)
    write_keys(file, with_new_key(before), replacing=True)
    with scope(1):
        with using_keys(read_keys(file)):
            value = encrypt("王小明", "contact.name")
        with using_keys(before):
            assert decrypt(value, "contact.name") == "王小明"


def test_a_column_passes_none_and_binds_to_its_own_name() -> None:
    column = EncryptedText("contact.name")
    assert column.process_bind_param(None, None) is None  # type: ignore[arg-type]
    assert column.process_result_value(None, None) is None  # type: ignore[arg-type]
    with scope(1):
        value = column.process_bind_param("王小明", None)  # type: ignore[arg-type]
        assert value is not None
        assert column.process_result_value(value, None) == "王小明"  # type: ignore[arg-type]
        with pytest.raises(Undecipherable):
            EncryptedText("contact.note").process_result_value(value, None)  # type: ignore[arg-type]


def test_an_encrypted_column_cannot_be_compared_or_sorted_but_asked_for_absence() -> None:
    name = Table("t", MetaData(), Column("name", EncryptedText("t.name"))).c.name
    for compare in (
        lambda: name == "王小明",
        lambda: name.in_(["王小明"]),
        lambda: name.like("王%"),
        lambda: name < "王小明",
        name.desc,
    ):
        with pytest.raises(TypeError, match="encrypted"):
            compare()
    assert "IS NULL" in str(select(name).where(name.is_(None)))
    assert "IS NULL" in str(select(name).where(name == None))  # noqa: E711 SQLAlchemy's way
    assert "IS NOT NULL" in str(select(name).where(name.is_not(None)))
    assert "=" in str(type_coerce(name, LargeBinary) == b"1")


def test_a_blind_index_is_steady_in_one_institution_and_unrelated_elsewhere(keys: KeyRing) -> None:
    with scope(1):
        mark = blind_index("phone", "+886900000001")
        assert mark == blind_index("phone", "+886900000001")
        assert len(mark) == 32
        others = {blind_index("paper", "+886900000001"), blind_index("phone", "+886900000002")}
        with using_keys(with_new_key(keys)):
            assert blind_index("phone", "+886900000001") == mark
        with using_keys(new_keys()):
            others.add(blind_index("phone", "+886900000001"))
    with scope(2):
        others.add(blind_index("phone", "+886900000001"))
    assert mark not in others
    assert len(others) == 4


def test_outside_production_missing_keys_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    config = a_config(tmp_path, is_production=False)
    first = load_keys(config)
    assert load_keys(config) == first
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


def test_production_refuses_keys_that_are_missing_or_open_to_others(tmp_path: Path) -> None:
    config = a_config(tmp_path, is_production=True)
    with pytest.raises(ConfigError, match="portal keys create"):
        load_keys(config)
    write_keys(tmp_path / "keys.json", new_keys())
    assert load_keys(config).current == "k1"
    (tmp_path / "keys.json").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_keys(config)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '"keys"',
        '{"current": "k2", "encryption": {"k1": "aa"}, "index": "", "signing": ""}',
        '{"current": "k1", "encryption": {"k1": 5}, "index": 5, "signing": 5}',
    ],
)
def test_a_file_that_holds_no_keys_is_refused_in_words(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(ConfigError, match="not a file of keys"):
        read_keys(tmp_path / "keys.json")


def test_the_keys_are_never_shown() -> None:
    ring = new_keys()
    assert repr(ring.encryption["k1"]) not in repr(ring)
    assert repr(ring.index) not in repr(ring)


def test_keys_create_writes_a_file_once_and_never_over_another(tmp_path: Path) -> None:
    file = str(tmp_path / "keys.json")
    assert CliRunner().invoke(keys_group, ["create", file]).exit_code == 0
    content = (tmp_path / "keys.json").read_text()
    assert set(json.loads(content)) == {"current", "encryption", "index", "signing"}
    again = CliRunner().invoke(keys_group, ["create", file])
    assert again.exit_code == 1
    assert "exists already" in again.output
    assert (tmp_path / "keys.json").read_text() == content


def test_only_the_signing_key_makes_its_signature() -> None:
    ring = new_keys()
    signature = ring.sign(b"head")
    assert ring.is_signed(b"head", signature)
    assert not ring.is_signed(b"hear", signature)
    assert not ring.is_signed(b"head", "not base64")
    assert not new_keys().is_signed(b"head", signature)


def test_an_installation_without_a_keys_file_is_told_so() -> None:
    with pytest.raises(ConfigError, match="PORTAL_KEYS_FILE"):
        load_keys(Config.model_construct(keys_file=None))


def test_the_demonstration_finds_its_keys_in_its_folder(tmp_path: Path) -> None:
    config = read_config({}, environment="demonstration", var=tmp_path)
    install_keys(load_keys(config))
    assert (tmp_path / "keys.json").exists()


def test_cookies_are_signed_alike_in_every_process_and_unlike_elsewhere() -> None:
    ring = new_keys()
    assert ring.cookie_secret == with_new_key(ring).cookie_secret
    assert ring.cookie_secret != new_keys().cookie_secret
