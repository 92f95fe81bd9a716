"""A changed profile meets a database that people have edited."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import PublishedDay
from portal.catalog.models import Fee, Offering, Post, Service
from portal.core.ledger import LedgerEntry
from portal.identity.models import Unit
from portal.tenancy.queries import get_settings, get_tenant
from portal.tenancy.settings import Settings
from tests.features.tenancy.conftest import Office, Run
from tests.support.profiles import LIBRARY, changed
from tests.support.world import World, add_staff

NAME = 'name = { zh_Hant = "總服務臺", en = "Main desk" }'
OTHER_NAME = 'name = { zh_Hant = "一樓服務臺", en = "Ground floor desk" }'


def post_name(world: World) -> str:
    def read(session: Session) -> str:
        return session.scalars(select(Post).where(Post.code == "counter")).one().name["zh_Hant"]

    return world.do(read)


def rename_post(world: World, name: str) -> None:
    def edit(session: Session) -> None:
        row = session.scalars(select(Post).where(Post.code == "counter")).one()
        row.name = {"zh_Hant": name}

    world.do(edit)


def settings(world: World) -> Settings:
    return world.do(lambda s: get_settings(s, get_tenant(s), at=world.now))


def verdicts(output: str) -> dict[str, str]:
    """What the table says of each place."""
    rows = [line for line in output.splitlines() if len(line) > 38 and line[37] == " "]
    return {line[38:]: line[:38].strip() for line in rows}


def test_the_same_profile_changes_nothing(library: World, run: Run) -> None:
    result = run("apply", library.slug, LIBRARY)
    assert result.exit_code == 0
    assert result.output.endswith("Nothing to do.\n")
    assert "will change" not in result.output


def test_what_nobody_edited_follows_the_profile(library: World, run: Run, tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        (NAME, OTHER_NAME),
        ('citizen = { zh_Hant = "讀者", en = "reader" }', 'citizen = { zh_Hant = "書友" }'),
        ('name = { zh_Hant = "月河圖書館", en', 'name = { zh_Hant = "月河書院", en'),
    )
    result = run("apply", library.slug, path, "--yes")
    assert result.exit_code == 0, result.output
    assert verdicts(result.output) == {
        "institution.name.zh_Hans": "will change",
        "institution.name.zh_Hant": "will change",
        "settings.words.citizen": "will change",
        "post.counter.name": "will change",
    } | {key: value for key, value in verdicts(result.output).items() if key.isdigit()}
    assert post_name(library) == "一樓服務臺"
    assert settings(library).words.citizen["zh_Hant"] == "書友"
    name = library.do(lambda session: get_tenant(session).name)
    assert name == {"zh_Hant": "月河書院", "zh_Hans": "月河书院", "en": "Yuehe Library"}
    assert run("apply", library.slug, path).output.endswith("Nothing to do.\n")


def test_what_was_edited_here_is_kept(library: World, run: Run, tmp_path: Path) -> None:
    rename_post(library, "大門服務臺")
    path = changed(tmp_path, (NAME, OTHER_NAME), ("capacity = 2", "capacity = 3"))
    result = run("apply", library.slug, path, "--yes")
    table = verdicts(result.output)
    assert table["post.counter.name"] == "kept: edited here"
    assert table["service.card.offer"] == "will change"
    assert post_name(library) == "大門服務臺"
    assert run("apply", library.slug, path).output.endswith("Nothing to do.\n")


def test_an_edit_that_the_profile_does_not_touch_is_no_difference(
    library: World, run: Run, tmp_path: Path
) -> None:
    rename_post(library, "大門服務臺")
    path = changed(tmp_path, ("capacity = 2", "capacity = 3"))
    result = run("apply", library.slug, path, "--yes")
    assert "post.counter" not in result.output
    assert post_name(library) == "大門服務臺"


def test_an_edit_on_the_settings_page_is_kept(
    library: World, office: Office, run: Run, tmp_path: Path
) -> None:
    office.send("booking/", grace_minutes="45")
    path = changed(tmp_path, ("horizon_days = 7", "horizon_days = 9\ngrace_minutes = 20"))
    result = run("apply", library.slug, path, "--yes")
    table = verdicts(result.output)
    assert table["settings.booking.horizon_days"] == "will change"
    assert table["settings.booking.grace_minutes"] == "kept: edited here"
    rules = settings(library).booking
    assert (rules.horizon_days, rules.grace_minutes) == (9, 45)


def test_new_items_come_and_lost_ones_stay(library: World, run: Run, tmp_path: Path) -> None:
    text = LIBRARY.read_text(encoding="utf-8")
    text = text[: text.index('[[service]]\ncode = "rare-books"')]
    text += '[[service]]\ncode = "tour"\nunit = "readers"\nname = { zh_Hant = "參觀" }\n'
    path = tmp_path / "new.toml"
    path.write_text(text, encoding="utf-8")
    table = verdicts(run("apply", library.slug, path, "--yes").output)
    assert table["service.tour"] == "new"
    assert table["service.rare-books"] == "left alone: no longer in the profile"
    codes = library.do(lambda s: sorted(s.scalars(select(Service.code))))
    assert codes == ["card", "rare-books", "tour"]


def test_an_item_removed_here_stays_removed(library: World, run: Run, tmp_path: Path) -> None:
    def remove(session: Session) -> None:
        session.delete(session.scalars(select(Fee)).one())
        row = session.scalars(select(Service).where(Service.code == "card")).one()
        row.code = "old-card"

    library.do(remove)
    path = changed(tmp_path, ("amount = 10", "amount = 12"))
    table = verdicts(run("apply", library.slug, path, "--yes").output)
    assert table["service.card"] == "kept: edited here"
    assert library.do(lambda s: list(s.scalars(select(Fee)))) == []


def test_nothing_happens_without_consent(library: World, run: Run, tmp_path: Path) -> None:
    path = changed(tmp_path, (NAME, OTHER_NAME))
    result = run("apply", library.slug, path)
    assert result.exit_code == 1
    assert "Change this?" in result.output
    assert post_name(library) == "總服務臺"


def test_days_are_published_anew_when_hours_or_places_change(
    library: World, run: Run, tmp_path: Path
) -> None:
    def outdated(session: Session) -> set[str]:
        codes = dict(session.execute(select(Service.id, Service.code)).all())
        days = select(PublishedDay.service_id).where(~PublishedDay.is_current)
        return {codes[service_id] for service_id in session.scalars(days)}

    library.publish()
    assert library.do(outdated) == set()
    run("apply", library.slug, changed(tmp_path, ("14:00-17:00", "13:00-17:00")), "--yes")
    assert library.do(outdated) == {"rare-books"}
    library.publish()
    path = changed(tmp_path, ("14:00-17:00", "13:00-17:00"), ("capacity = 2", "capacity = 3"))
    run("apply", library.slug, path, "--yes")
    assert library.do(outdated) == {"card"}
    capacity = library.do(lambda s: sorted(s.scalars(select(Offering.capacity))))
    assert capacity == [1, 3]


@pytest.mark.parametrize(
    "change",
    [('profile = "library"', 'profile = "museum"'), ('"plum"', '"plum"\nzone = "Asia/Taipei"')],
)
def test_a_profile_of_another_kind_or_zone_is_refused(
    library: World, run: Run, tmp_path: Path, change: tuple[str, str]
) -> None:
    result = run("apply", library.slug, changed(tmp_path, change), "--yes")
    assert result.exit_code == 1
    assert "another kind of institution" in result.output


def test_an_unknown_institution_is_named(library: World, run: Run) -> None:
    result = run("apply", "nowhere", LIBRARY)
    assert result.exit_code == 1
    assert "'nowhere'" in result.output


def test_each_applying_leaves_its_line_in_the_ledger(
    library: World, run: Run, tmp_path: Path
) -> None:
    run("apply", library.slug, changed(tmp_path, (NAME, OTHER_NAME)), "--yes")
    applied = select(LedgerEntry).where(LedgerEntry.code == "tenancy.profile.applied")
    assert len(library.do(lambda s: list(s.scalars(applied)))) == 2


def test_a_profile_leaves_the_heads_that_were_named_here(
    library: World, run: Run, tmp_path: Path
) -> None:
    head, deputy = add_staff(library, "H1", []), add_staff(library, "H2", [])

    def unit(session: Session) -> Unit:
        return session.scalars(select(Unit).order_by(Unit.id)).first() or pytest.fail("no unit")

    def name(session: Session) -> None:
        unit(session).head_id, unit(session).deputy_id = head, deputy

    library.do(name)
    assert "will change" not in run("apply", library.slug, LIBRARY).output
    path = changed(tmp_path, ('"讀者部", en = "Reader services"', '"讀者部", en = "Readers"'))
    assert run("apply", library.slug, path, "--yes").exit_code == 0
    found = library.do(unit)
    assert found.name["en"] == "Readers"
    assert (found.head_id, found.deputy_id) == (head, deputy)
