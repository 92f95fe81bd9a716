"""The walk of a matter over its pages: taken down, handled by the head, read by the person."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.identity.contact_models import AccessLog
from portal.matters.intake_rules import Channel
from portal.matters.models import Matter
from portal.matters.rules import State
from portal.messages.models import Message
from tests.features.matters.test_contact import submit
from tests.support.delivering import deliver
from tests.support.matters import ACCOUNT, Office
from tests.support.pages import Page, post
from tests.support.walks import sign_in
from tests.support.world import add_staff

PHONE = "13812345678"

VISIT = replace(ACCOUNT, channel=Channel.VISIT, reception_note="趕時間")


def take_down(client: FlaskClient, office: Office, **values: str) -> Page:
    """Hear and ask; ends at reading back."""
    page = Page(client.get(f"/{office.world.slug}/work/matters/add/repair/"))
    given: dict[str, Any] = {
        "channel": "phone",
        "title": "廚房天花板滲水",
        "body": "早上起來吊頂在滴水",
        "place": "3號樓201",
        "name": "張麗華",
        "contact": PHONE,
    }
    return post(client, page, **(given | values))


def test_the_whole_way_of_a_matter_over_its_pages(office: Office, client: FlaskClient) -> None:
    gardener, head = sign_in(office.world, "11"), sign_in(office.world, "12")
    page = take_down(gardener, office)
    assert "早上起來吊頂在滴水" in page.text
    page = post(gardener, page, way="word")
    page = post(gardener, page, unit=str(office.unit))
    assert "已報告陳志強" in page.text
    deliver(office.world)

    desk = Page(head.get(f"/{office.world.slug}/work/desk/?tab=reported"))
    assert "廚房天花板滲水" in desk.text
    page = post(head, desk, action="/press/acknowledge/")
    assert "處理中" in page.text
    page = post(head, Page(head.get(f"{page.path}step/finish/")), words="關了閥門，換了墊片")
    page = Page(gardener.get(page.path))
    page = post(gardener, page, action="/press/feed_back/")
    page = post(
        gardener,
        Page(gardener.get(f"{page.path}step/tell/")),
        words="已經修好，不漏了",
        way="phone",
    )
    assert "已告知" in page.text

    own = Page(client.get(_link(office)))
    assert "已經修好，不漏了" in own.text
    assert "關了閥門" not in own.text
    own = post(client, own, action="/solved/")
    assert "謝謝，這件事結案了。" in own.text
    matter = office.world.do(lambda session: session.scalars(select(Matter)).one())
    assert (matter.state, matter.outcome) == (State.CLOSED, "solved")


def _link(office: Office) -> str:
    message = office.world.do(
        lambda session: session.scalars(select(Message).order_by(Message.id)).first()
    )
    assert message is not None
    found = re.search(r'"reference": "([^"]+)", "token": "([0-9a-f]+)"', message.params or "")
    assert found
    return f"/{office.world.slug}/m/{found[1]}/{found[2]}/"


def test_what_was_read_back_is_in_the_message(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    post(gardener, take_down(gardener, office), way="word")
    message = office.world.do(lambda session: session.scalars(select(Message)).one())
    assert "早上起來吊頂在滴水" in (message.params or "")
    assert message.template == "matters/messages/confirmed"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("（0571）６３２１-0099", "(0571)6321-0099"),
        ("0571 6321 0099 分機 5", "0571 6321 0099 分機 5"),
        ("+86 571 63210099#12", "+86 571 63210099#12"),
        ("0571-63210099 ext <b>5", None),
        ("隔壁李家", None),
    ],
)
def test_a_number_to_call_back_can_be_dialled(office: Office, typed: str, kept: str | None) -> None:
    page = take_down(sign_in(office.world, "11"), office, phone=typed)
    found = office.world.do(lambda session: session.scalars(select(Matter)).all())
    assert [matter.phone for matter in found] == ([] if kept is None else [kept])
    assert ("請寫數字" in page.text) is (kept is None)


def test_a_visitor_takes_a_receipt_along_that_leads_to_the_own_page(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    page = take_down(gardener, office, name="張麗華", channel="visit", reception_note="趕時間")
    [at] = re.findall(r'href="([^"]+/slip/)"', page.text)
    slip = Page(gardener.get(at))
    for words in ("回執", "廚房天花板滲水", "早上起來吊頂在滴水", "3號樓201", "張○華", "<svg"):
        assert words in slip.text, words
    assert sign_in(office.world, "13").get(at).status_code == 404


def test_the_code_by_which_the_person_acts_is_printed_only_while_the_person_is_here(
    office: Office,
) -> None:
    """Whoever answers for it, helps or leads would else answer in the person's place."""
    matter_id = office.bring_to(State.VERIFIED, office.open(VISIT))
    at = f"/{office.world.slug}/work/matters/{matter_id}/slip/"
    gardener, head = sign_in(office.world, "11"), sign_in(office.world, "12")
    assert 'class="qr-box"' in Page(gardener.get(at)).text
    office.bring_to(State.REPORTED, matter_id)
    for member in (gardener, head):
        slip = Page(member.get(at))
        assert (slip.status, 'class="qr-box"' in slip.text) == (200, False)


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.INTERNAL])
def test_of_somebody_who_is_not_here_nobody_prints_the_code(
    office: Office, channel: Channel
) -> None:
    matter_id = office.open(replace(ACCOUNT, channel=channel))
    gardener = sign_in(office.world, "11")
    slip = Page(gardener.get(f"/{office.world.slug}/work/matters/{matter_id}/slip/"))
    assert (slip.status, 'class="qr-box"' in slip.text) == (200, False)


def test_whoever_takes_up_what_came_online_gets_no_code_either(office: Office) -> None:
    matter_id = submit(office)
    colleague = sign_in(office.world, "13")
    desk = Page(colleague.get(f"/{office.world.slug}/work/desk/"))
    post(colleague, desk, action="/press/take/")
    slip = Page(colleague.get(f"/{office.world.slug}/work/matters/{matter_id}/slip/"))
    assert (slip.status, 'class="qr-box"' in slip.text) == (200, False)


def test_whoever_prints_the_code_is_written_down(office: Office) -> None:
    matter_id = office.open(VISIT)
    gardener = sign_in(office.world, "11")
    gardener.get(f"/{office.world.slug}/work/matters/{matter_id}/slip/")
    looks = office.world.do(
        lambda session: [look.details for look in session.scalars(select(AccessLog)).all()]
    )
    assert looks == ["title body place link"]


def test_what_cannot_be_read_is_said_once(office: Office) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)
    head = sign_in(office.world, "12")
    at = f"/{office.world.slug}/work/matters/{matter_id}/"
    page = post(head, Page(head.get(f"{at}step/finish/")), words="換了墊片", amount="1.5")
    assert page.text.count('href="#amount"') == 1
    assert post(head, page, amount="1200").status == 200
    assert "1,200" in Page(head.get(at)).text


def test_it_is_not_recorded_before_the_person_agreed(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    page = post(gardener, take_down(gardener, office))
    assert page.status == 422
    assert "請先複述" in page.text


def test_a_colleague_without_a_part_sees_nothing(office: Office) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)
    colleague = sign_in(office.world, "13")
    slug = office.world.slug
    for path in ("", "add/", "step/finish/", "read-back/", "report/"):
        assert colleague.get(f"/{slug}/work/matters/{matter_id}/{path}").status_code == 404
    found = Page(colleague.get(f"/{slug}/work/desk/find/?q=天花板"))
    assert "廚房" not in found.text
    assert "廚房" in Page(sign_in(office.world, "11").get(f"/{slug}/work/desk/find/?q=天花板")).text


@pytest.mark.parametrize("code", ["acknowledge", "feed_back", "take", "close", "withdraw", "x"])
def test_who_may_not_make_a_step_does_not_find_it(office: Office, code: str) -> None:
    matter_id = office.bring_to(State.REPORTED)
    gardener = sign_in(office.world, "11")
    path = f"/{office.world.slug}/work/matters/{matter_id}/"
    form = Page(gardener.get(f"{path}add/")).form()
    sent = gardener.post(
        f"{path}press/{code}/",
        data={
            "csrf_token": form["fields"]["csrf_token"],
            "version": office.read(matter_id).version,
        },
    )
    expected = 404 if code in ("acknowledge", "withdraw", "x") else 303
    assert sent.status_code == expected
    assert office.read(matter_id).state == State.REPORTED


def test_whoever_leads_the_unit_stands_in(office: Office) -> None:
    matter_id = office.bring_to(State.REPORTED)
    add_staff(office.world, "14", ["matters.matter.lead"])
    leader = sign_in(office.world, "14")
    page = Page(leader.get(f"/{office.world.slug}/work/matters/{matter_id}/"))
    post(leader, page, action="/press/acknowledge/")
    assert office.read(matter_id).state == State.IN_PROGRESS


def test_p_4_1_1c_a_visitor_is_offered_a_seat_tea_and_the_form_or_the_reason_is_written(
    office: Office,
) -> None:
    gardener = sign_in(office.world, "11")
    page = take_down(gardener, office, channel="visit", reception="seat")
    assert page.status == 422
    assert "請寫原因。" in page.text
    page = take_down(
        gardener, office, channel="visit", reception="seat", reception_note="站著說完就走了"
    )
    assert page.status == 200


def test_of_somebody_anonymous_nothing_typed_is_kept(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    take_down(gardener, office, identity="anonymous")
    matter = office.world.do(lambda session: session.scalars(select(Matter)).one())
    assert (matter.name, matter.contact_id, matter.phone) == (None, None, None)


def test_online_the_post_holds_it_until_somebody_there_takes_it_up(
    office: Office, client: FlaskClient
) -> None:
    page = Page(client.get(f"/{office.world.slug}/tell/suggestion/"))
    own = post(client, page, title="樓道多裝一盞燈", body="晚上看不清")
    assert "待受理" in own.text
    matter = office.world.do(lambda session: session.scalars(select(Matter)).one())
    assert (matter.state, matter.first_asked_id) == (State.SUBMITTED, None)
    assert matter.holder_post_id is not None
    colleague = sign_in(office.world, "13")
    desk = Page(colleague.get(f"/{office.world.slug}/work/desk/"))
    post(colleague, desk, action="/press/take/")
    matter = office.read(matter.id)
    assert matter.first_asked_id == matter.holder_staff_id == office.colleague
    assert "陳志強" in Page(client.get(own.path)).text


def test_another_institution_knows_neither_matter_nor_link(
    office: Office, client: FlaskClient
) -> None:
    own = post(
        client,
        Page(client.get(f"/{office.world.slug}/tell/praise/")),
        title="謝謝三號窗口",
    )
    assert client.get(own.path).status_code == 200
    assert client.get(own.path[:-5] + "0000/").status_code == 404


def test_the_person_withdraws_and_staff_cannot(office: Office, client: FlaskClient) -> None:
    own = post(client, Page(client.get(f"/{office.world.slug}/tell/enquiry/")), title="周六開門嗎")
    page = post(client, Page(client.get(f"{own.path}withdraw/")), words="自己查到了")
    assert "當事人撤回" in page.text
