"""What a service costs from when on, and at which windows it can be booked."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from portal.appointments.models import PublishedDay, Slot
from portal.catalog.models import Fee, Offering, Post
from tests.features.catalog.conftest import Office, codes, count, rows
from tests.support.world import World

TODAY, TOMORROW = "2026-11-23", "2026-11-24"


def price(world: World) -> str:
    """The page on which citizens read what it costs."""
    return world.client().get(f"/{world.slug}/services/birth/").get_data(as_text=True)


def fees(world: World) -> list[tuple[date, Decimal]]:
    return [(fee.valid_from, fee.amount) for fee in rows(world, Fee)]


def test_i_18_a_new_fee_holds_from_its_day_and_the_old_one_stays_written(
    office: Office, town: World
) -> None:
    office.send("services/1/fee/", amount="25", valid_from=TODAY)
    assert "25元" in price(town)
    page = office.send("services/1/fee/", amount="30.50", valid_from=TOMORROW)
    assert "Ahead" in page.text
    assert "In force" in page.text
    shown = price(town)
    assert "25元" in shown
    town.wait(days=1)
    assert "30.5" in price(town)
    assert "25元" not in price(town)
    assert fees(town) == [
        (date(2026, 11, 23), Decimal(25)),
        (date(2026, 11, 24), Decimal("30.50")),
    ]
    assert codes(town) == ["catalog.service.fee_set"] * 2


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2026-11-22", "A fee of the past cannot be changed."),
        ("0001-01-01", "A fee of the past cannot be changed."),
        (TODAY, "A fee from today stands already."),
        ("9999-12-31", "within the next three years"),
        ("", "Choose a day."),
        ("soon", "date"),
    ],
)
def test_i_18_the_past_is_never_changed(
    office: Office, town: World, day: str, message: str
) -> None:
    office.send("services/1/fee/", amount="25", valid_from=TODAY)
    page = office.send("services/1/fee/", amount="99", valid_from=day)
    assert page.status == 422
    assert message in page.text
    assert 'id="valid_from-error"' in page.text
    assert fees(town) == [(date(2026, 11, 23), Decimal(25))]


@pytest.mark.parametrize(
    "amount",
    ["", "-1", "-0", "free", "1.234", "100000000", "1e9", "NaN", "Infinity", "1,5", "9" * 400],
)
def test_amounts_that_are_none_are_refused(office: Office, town: World, amount: str) -> None:
    page = office.send("services/1/fee/", amount=amount, valid_from=TODAY)
    assert page.status == 422
    assert 'id="amount-error"' in page.text
    assert fees(town) == []


def test_a_fee_ahead_can_be_set_anew_and_withdrawn(office: Office, town: World) -> None:
    office.send("services/1/fee/", amount="30", valid_from=TOMORROW)
    office.send("services/1/fee/", amount="40", valid_from=TOMORROW)
    assert fees(town) == [(date(2026, 11, 24), Decimal(40))]
    question = office.get("services/1/fee/1/withdraw/")
    assert "Withdraw this fee?" in question.text
    assert count(town, Fee) == 1
    assert "Withdrawn." in office.again(question).text
    assert fees(town) == []
    assert codes(town)[-1] == "catalog.service.fee_withdrawn"


def test_i_18_a_fee_that_began_meanwhile_is_not_withdrawn(office: Office, town: World) -> None:
    office.send("services/1/fee/", amount="30", valid_from=TOMORROW)
    town.wait(hours=15)
    office = Office(town, "A1")
    page = office.send("services/1/fee/1/withdraw/")
    assert page.status == 422
    assert "A fee of the past cannot be changed." in page.text
    assert count(town, Fee) == 1
    assert "withdraw/" not in office.get("services/1/").text


def add_window(world: World) -> None:
    world.do(
        lambda s: s.add(Post(unit_id=1, code="w4", name={"zh_Hant": "四號", "en": "W4"}, plate="4"))
    )


def test_a_service_is_offered_at_one_more_window(office: Office, town: World) -> None:
    add_window(town)
    town.publish()
    page = office.get("services/1/offer/")
    assert page.values("post") == ["2"]
    page = office.again(page, slot_minutes="60", capacity="3")
    assert "60 minutes each" in page.text
    assert not any(day.is_current for day in rows(town, PublishedDay))
    town.publish()
    capacities = {slot.capacity for slot in rows(town, Slot) if slot.post_id == 2}
    assert capacities <= {1, 2, 3}
    assert capacities
    assert codes(town) == ["catalog.service.offered_at"]
    assert office.get("services/1/offer/").values("post") == []
    assert office.send("services/1/offer/", post="1").status == 422


def test_how_it_is_offered_is_changed_and_ended(office: Office, town: World) -> None:
    town.publish()
    office.send("services/1/offer/1/", slot_minutes="15")
    town.publish()
    lengths = {slot.ends_at - slot.starts_at for slot in rows(town, Slot) if not slot.is_withdrawn}
    assert {length.seconds for length in lengths} == {900}
    form = office.get("services/1/offer/1/")
    form.form()["fields"].pop("is_active")
    office.again(form)
    offering = rows(town, Offering)[0]
    assert (offering.is_active, offering.slot_minutes) == (False, 15)
    town.publish()
    assert all(slot.is_withdrawn for slot in rows(town, Slot))


def test_an_offer_at_a_closed_window_can_still_be_changed(office: Office, town: World) -> None:
    office.send("posts/1/close/")
    assert office.send("services/1/offer/1/", capacity="5").status == 200
    assert rows(town, Offering)[0].capacity == 5


def test_of_two_who_change_an_offer_the_second_is_told(office: Office, town: World) -> None:
    stale = office.get("services/1/offer/1/")
    office.send("services/1/offer/1/", capacity="5")
    page = office.again(stale, capacity="9")
    assert page.status == 422
    assert "Someone else changed this meanwhile" in page.text
    assert rows(town, Offering)[0].capacity == 5


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("slot_minutes", "4"),
        ("slot_minutes", "481"),
        ("slot_minutes", "half"),
        ("slot_minutes", ""),
        ("capacity", "0"),
        ("capacity", "1001"),
        ("capacity", "9" * 30),
    ],
)
def test_lengths_and_numbers_have_limits(
    office: Office, town: World, field: str, typed: str
) -> None:
    page = office.send("services/1/offer/1/", **{field: typed})
    assert page.status == 422
    assert f'id="{field}-error"' in page.text
    assert codes(town) == []


def test_two_new_fees_at_once_leave_one(town: World, office: Office) -> None:
    forms = [office.get("services/1/fee/") for _ in range(2)]
    for form, amount in zip(forms, ("30", "31"), strict=True):
        assert office.again(form, amount=amount, valid_from=TOMORROW).status == 200
    assert fees(town) == [(date(2026, 11, 24), Decimal(31))]


def test_places_of_people_already_booked_stay(office: Office, town: World) -> None:
    town.publish()

    def book_all(session: Session) -> None:
        session.query(Slot).filter(Slot.pool == "public").first().booked = 1  # type: ignore[union-attr]

    town.do(book_all)
    office.send("services/1/offer/1/", slot_minutes="45")
    town.publish()
    assert sum(slot.booked for slot in rows(town, Slot)) == 1
