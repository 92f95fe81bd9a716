"""Grave matters, and money above the limit, are decided by whoever leads (P-3.1d, Q7)."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from portal.matters.intake_rules import Severity
from portal.matters.leader_rules import BeforeLeader, NeedsLeader, NotBeforeLeader
from portal.matters.permissions import LEAD, SEE
from portal.matters.queries import matter_token
from portal.matters.rules import State
from portal.matters.services import escalating, handling
from tests.features.matters.test_contesting import step
from tests.features.matters.test_limits import alarms
from tests.support.matters import ACCOUNT, Town
from tests.support.pages import Page, post
from tests.support.walks import sign_in
from tests.support.world import add_staff


def test_a_grave_matter_is_not_done_before_the_leader_has_decided(parish: Town) -> None:
    office = parish.office
    grave = office.open(replace(ACCOUNT, severity=Severity.MAJOR))
    matter_id = office.bring_to(State.IN_PROGRESS, grave)
    with pytest.raises(NeedsLeader):
        step(parish, matter_id, handling.finish, office.head, result="換了水泵")
    step(parish, matter_id, escalating.escalate, office.head, words="要停水兩天", amount=None)
    with pytest.raises(BeforeLeader):
        step(parish, matter_id, escalating.escalate, office.head, words="再報", amount=None)
    assert alarms(office, parish.mayor) == ["AL-04d"]
    with pytest.raises(NeedsLeader):
        step(parish, matter_id, handling.finish, office.head, result="換了水泵")
    step(
        parish, matter_id, escalating.settle, parish.mayor, words="同意，先供應瓶裝水", amount=None
    )
    assert alarms(office, parish.mayor) == []
    with pytest.raises(NotBeforeLeader):
        step(parish, matter_id, escalating.settle, parish.mayor, words="同意", amount=None)
    step(parish, matter_id, handling.finish, office.head, result="換了水泵")


@pytest.mark.parametrize(("amount", "is_allowed"), [(2000, True), (2001, False)])
def test_money_above_the_limit_needs_the_leader(
    parish: Town, amount: int, is_allowed: bool
) -> None:
    office = parish.office
    matter_id = office.bring_to(State.IN_PROGRESS)
    if not is_allowed:
        with pytest.raises(NeedsLeader) as refused:
            step(parish, matter_id, handling.finish, office.head, result="賠償", amount=amount)
        assert refused.value.field == "amount"
        step(parish, matter_id, escalating.escalate, office.head, words="賠償", amount=amount)
        step(parish, matter_id, escalating.settle, parish.mayor, words="同意賠償", amount=amount)
        with pytest.raises(NeedsLeader):
            step(parish, matter_id, handling.finish, office.head, result="賠償", amount=amount + 1)
    step(parish, matter_id, handling.finish, office.head, result="賠償", amount=amount)
    assert office.read(matter_id).amount == amount


def test_what_the_leader_does_not_grant_is_not_paid(parish: Town) -> None:
    office = parish.office
    matter_id = office.bring_to(State.IN_PROGRESS)
    step(parish, matter_id, escalating.escalate, office.head, words="賠償", amount=9000)
    with pytest.raises(BeforeLeader):
        step(parish, matter_id, handling.pause, office.head, reason="等決定")
    step(parish, matter_id, escalating.settle, parish.mayor, words="一分不賠", amount=None)
    with pytest.raises(NeedsLeader):
        step(parish, matter_id, handling.finish, office.head, result="賠償", amount=9000)
    step(parish, matter_id, handling.finish, office.head, result="說明了理由")
    assert office.read(matter_id).amount is None


def test_a_reopened_matter_is_decided_anew(parish: Town) -> None:
    office = parish.office
    matter_id = office.bring_to(State.IN_PROGRESS)
    step(parish, matter_id, escalating.escalate, office.head, words="賠償", amount=5000)
    step(parish, matter_id, escalating.settle, parish.mayor, words="同意賠償", amount=5000)
    office.bring_to(State.TOLD, matter_id)
    office.reopen(matter_id)
    with pytest.raises(NeedsLeader):
        step(parish, matter_id, handling.finish, office.head, result="賠償", amount=5000)


def test_only_whoever_leads_all_decides_and_the_person_reads_the_decision_alone(
    parish: Town, client: FlaskClient
) -> None:
    office = parish.office
    matter_id = office.bring_to(State.IN_PROGRESS)
    add_staff(office.world, "99", [SEE, LEAD])
    leader, head = sign_in(office.world, "99"), sign_in(office.world, "12")
    address = f"/{office.world.slug}/work/matters/{matter_id}/"
    assert f"{address}step/settle/" not in Page(leader.get(address)).text
    page = post(
        head, Page(head.get(f"{address}step/escalate/")), words="賠三千，怕鬧大", amount="3000"
    )
    assert head.get(f"{address}step/settle/").status_code == 404
    assert f"{address}step/settle/" in Page(leader.get(address)).text
    page = post(leader, Page(leader.get(f"{address}step/settle/")), words="同意賠償三千元")
    assert "同意賠償三千元" in page.text
    reference = office.read(matter_id).reference
    token = office.world.do(lambda session: matter_token(reference))
    own = Page(client.get(f"/{office.world.slug}/m/{reference}/{token}/")).text
    assert "同意賠償三千元" in own
    assert "怕鬧大" not in own


def test_the_leader_reads_what_is_proposed_and_the_money_where_it_is_decided(parish: Town) -> None:
    office, world = parish.office, parish.office.world
    matter_id = office.bring_to(State.IN_PROGRESS)
    step(parish, matter_id, escalating.escalate, office.head, words="賠償廚櫃", amount=2600)
    add_staff(world, "32", [SEE, LEAD])
    leader = sign_in(world, "32")
    page = Page(leader.get(f"/{world.slug}/work/matters/{matter_id}/step/settle/"))
    for words in ("賠償廚櫃", "2,600"):
        assert words in page.text
