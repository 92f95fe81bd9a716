"""First contact (P-5.2a): the person hears soon from whoever handles it, or the head is told."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.matters.intake_rules import Channel, Confirmation, Identity, Kind, Told
from portal.matters.models import Matter
from portal.matters.queries import find_desk_post
from portal.matters.rules import State
from portal.matters.services import contacting, handling, opening, recording
from portal.matters.services.opening import Account, Bringer
from portal.matters.verdict_models import MatterVerdict
from tests.features.matters.test_limits import alarms
from tests.support.matters import ACCOUNT, Office, Town, staff
from tests.support.pages import Page, post
from tests.support.waiting import contact
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI


def bring(office: Office) -> int:
    """A matter of somebody who can be called back, in the hands of the head."""
    bringer = Bringer(Identity.NAMED, name="張麗華", contact_id=contact(office.world))
    return office.bring_to(State.IN_PROGRESS, office.open(ACCOUNT, bringer))


def speak(office: Office, matter_id: int, who: int) -> None:
    def work(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        contacting.contact(
            session,
            matter=matter,
            version=matter.version,
            words="下午兩點上門看",
            way=Told.PHONE,
            actor=staff(who),
            now=office.world.now,
        )

    office.world.do(work)


def pause(session: Session, office: Office, matter_id: int, who: int) -> None:
    matter = session.get_one(Matter, matter_id)
    handling.pause(
        session,
        matter=matter,
        version=matter.version,
        reason="等您在家",
        actor=staff(who),
        now=office.world.now,
    )


def verdicts(office: Office, matter_id: int) -> list[tuple[int, str, bool]]:
    mine = select(MatterVerdict).where(MatterVerdict.matter_id == matter_id)
    rows = office.world.do(lambda session: session.scalars(mine.order_by(MatterVerdict.id)).all())
    return [(row.round, row.of_limit, row.is_kept) for row in rows]


def test_p_5_2a_whoever_handles_it_is_chased_until_the_person_has_heard(office: Office) -> None:
    matter_id = bring(office)
    office.world.wait(minutes=29)
    assert alarms(office, office.head) == []
    office.world.wait(minutes=1)
    assert alarms(office, office.head) == ["AL-02c"]
    speak(office, matter_id, office.head)
    assert alarms(office, office.head) == []
    assert verdicts(office, matter_id) == [(1, "contact", True)]


def test_a_contact_that_came_too_late_stays_so(office: Office) -> None:
    matter_id = bring(office)
    office.world.wait(minutes=31)
    speak(office, matter_id, office.head)
    speak(office, matter_id, office.head)
    assert verdicts(office, matter_id) == [(1, "contact", False)]


def test_what_is_taken_up_and_not_read_back_is_not_forgotten(office: Office) -> None:
    matter_id = office.open()
    office.world.wait(days=1)
    assert alarms(office, office.gardener) == ["AL-02r"]
    office.bring_to(State.VERIFIED, matter_id)
    assert alarms(office, office.gardener) == []


def test_nobody_is_chased_about_somebody_who_cannot_be_reached(office: Office) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)
    office.world.wait(hours=3)
    assert alarms(office, office.head) == []
    assert office.read(matter_id).contact_due_at is None


def test_passing_it_on_gives_no_second_time_to_hear(parish: Town) -> None:
    office = parish.office
    matter_id = bring(office)
    first = office.read(matter_id).contact_due_at
    office.world.wait(minutes=20)
    parish.refer(matter_id, office.head, parish.engineer)
    parish.accept(matter_id, parish.engineer)
    passed_on = office.read(matter_id)
    assert passed_on.holder_staff_id == parish.engineer
    assert first is not None
    assert passed_on.contact_due_at == first
    office.world.wait(minutes=10)
    assert alarms(office, parish.engineer) == ["AL-02c"]


def test_who_holds_it_can_call_while_a_colleague_considers_and_while_it_is_paused(
    parish: Town,
) -> None:
    office = parish.office
    matter_id = bring(office)
    parish.refer(matter_id, office.head, parish.engineer)
    speak(office, matter_id, office.head)
    offered = office.read(matter_id)
    assert (offered.state, offered.offered_to_id) == (State.OFFERED, parish.engineer)
    assert verdicts(office, matter_id) == [(1, "contact", True)]
    parish.accept(matter_id, parish.engineer)
    office.world.do(lambda session: pause(session, office, matter_id, parish.engineer))
    speak(office, matter_id, parish.engineer)
    assert office.read(matter_id).state == State.WAITING


def submit(office: Office, bringer: Bringer | None = None) -> int:
    """Somebody writes it down online; the post at which the colleague serves holds it."""

    def work(session: Session) -> int:
        return opening.submit_matter(
            session,
            account=Account(kind=Kind.REPAIR, channel=Channel.ONLINE, title="路燈不亮", body=""),
            bringer=bringer or Bringer(Identity.ANONYMOUS),
            post_id=find_desk_post(session),
            prefix="Q",
            zone=SHANGHAI,
            now=office.world.now,
        ).id

    return office.world.do(work)


def test_what_lies_online_and_nobody_takes_up_is_told_to_those_at_the_post(office: Office) -> None:
    matter_id = submit(office)
    office.world.wait(minutes=30)
    assert alarms(office, office.colleague) == ["AL-02c"]

    def take(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        opening.take_up(
            session,
            matter=matter,
            version=matter.version,
            actor=staff(office.colleague),
            now=office.world.now,
        )
        recording.confirm(
            session,
            matter=matter,
            version=matter.version,
            way=Confirmation.OWN,
            hours=72,
            actor=staff(office.colleague),
            now=office.world.now,
        )

    office.world.do(take)
    assert alarms(office, office.colleague) == []
    assert verdicts(office, matter_id) == [(1, "contact", True)]


def test_the_person_says_on_the_own_page_that_it_is_right(office: Office) -> None:
    matter_id = submit(office)

    def agree(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        opening.agree(
            session,
            matter=matter,
            version=matter.version,
            actor=Actor("citizen", None),
            now=office.world.now,
        )

    office.world.do(agree)
    said = office.read(matter_id)
    office.world.do(agree)
    assert office.read(matter_id).version == said.version
    assert said.agreed_at == office.world.now


def test_the_page_asks_for_the_contact_first_and_shows_what_was_said(office: Office) -> None:
    matter_id = bring(office)
    head = sign_in(office.world, "12")
    page = Page(head.get(f"/{office.world.slug}/work/matters/{matter_id}/"))
    assert page.text.index("已與當事人聯繫") < page.text.index("辦結")
    page = post(
        head,
        Page(head.get(f"{page.path}step/contact/")),
        words="下午兩點上門看",
        way="phone",
    )
    assert "下午兩點上門看" in page.text
    refused = post(head, Page(head.get(f"{page.path}step/contact/")), words="", way="phone")
    assert "step/contact" in refused.path
