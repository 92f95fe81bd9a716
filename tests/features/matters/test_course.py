"""A matter from the first word to the reply: who holds it, what is promised, what is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.matters.models import Matter
from portal.matters.queries import list_course
from portal.matters.rules import State, WrongState
from portal.matters.services import handling, opening, recording
from portal.matters.services.handling import TooEarly
from portal.matters.services.stepping import Erased, Meanwhile, NeedsWords
from portal.messages.models import Message
from portal.web.forms import say
from portal.web.languages import in_language
from tests.support.matters import Office
from tests.support.parallel import together


def actor(staff_id: int) -> Actor:
    return Actor("staff", staff_id)


def test_p_3_2_whoever_is_asked_takes_it_up_and_holds_it(office: Office) -> None:
    matter = office.read(office.open())
    assert matter.first_asked_id == matter.holder_staff_id == office.gardener
    assert (matter.state, matter.reference) == (State.RECEIVED, "Q-2026-00001")
    assert matter.due_at is None


def test_p_5_2c_the_promise_runs_from_acceptance_and_is_told_with_the_read_back(
    office: Office,
) -> None:
    matter_id = office.open()
    accepted = office.world.now
    office.world.wait(minutes=5)
    office.bring_to(State.VERIFIED, matter_id)
    matter = office.read(matter_id)
    assert matter.due_at == accepted + timedelta(hours=72)
    assert matter.due_told_at == office.world.now


def test_w_sw_2_the_first_asked_stays_while_others_hold_it_and_tells_in_the_end(
    office: Office,
) -> None:
    matter_id = office.bring_to(State.REPORTED)
    assert office.read(matter_id).holder_staff_id == office.gardener
    office.bring_to(State.IN_PROGRESS, matter_id)
    matter = office.read(matter_id)
    assert matter.holder_staff_id == matter.first_received_id == office.head
    assert matter.first_asked_id == office.gardener
    office.bring_to(State.FED_BACK, matter_id)
    assert office.read(matter_id).holder_staff_id == office.gardener
    office.bring_to(State.TOLD, matter_id)
    assert office.read(matter_id).told_at == office.world.now


def test_a_pause_is_told_and_moves_the_promise_by_its_length(office: Office) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)
    due = office.read(matter_id).due_at
    assert due is not None

    def pause(session: Session) -> None:
        handling.pause(
            session,
            matter=session.get_one(Matter, matter_id),
            version=session.get_one(Matter, matter_id).version,
            reason="等配件",
            actor=actor(office.head),
            now=office.world.now,
        )

    def resume(session: Session) -> None:
        handling.resume(
            session,
            matter=session.get_one(Matter, matter_id),
            version=session.get_one(Matter, matter_id).version,
            actor=actor(office.head),
            now=office.world.now,
        )

    office.world.do(pause)
    office.world.wait(days=2)
    office.world.do(resume)
    matter = office.read(matter_id)
    assert matter.due_at == due + timedelta(days=2)
    assert matter.due_told_at == office.world.now


def test_i_16_what_is_not_solved_goes_on_with_its_number_in_a_new_round(office: Office) -> None:
    matter_id = office.bring_to(State.TOLD)
    before = office.read(matter_id)

    def reopen(session: Session) -> None:
        handling.reopen(
            session,
            matter=session.get_one(Matter, matter_id),
            version=before.version,
            words="還在漏",
            hours=72,
            actor=Actor("citizen", None),
            now=office.world.now,
        )

    office.world.do(reopen)
    matter = office.read(matter_id)
    assert (matter.reference, matter.round) == (before.reference, 2)
    assert matter.state == State.IN_PROGRESS
    assert matter.told_at is None
    assert matter.due_at == office.world.now + timedelta(hours=72)


def test_without_an_answer_it_closes_only_after_the_time_to_answer(office: Office) -> None:
    matter_id = office.bring_to(State.TOLD)

    def close(session: Session) -> None:
        handling.close_unanswered(
            session,
            matter=session.get_one(Matter, matter_id),
            version=session.get_one(Matter, matter_id).version,
            actor=actor(office.gardener),
            now=office.world.now,
        )

    with pytest.raises(TooEarly):
        office.world.do(close)
    office.world.wait(days=3)
    office.world.do(close)
    assert office.read(matter_id).outcome == "unanswered"


def test_a_result_without_words_is_none(office: Office) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)

    def finish(session: Session) -> None:
        handling.finish(
            session,
            matter=session.get_one(Matter, matter_id),
            version=session.get_one(Matter, matter_id).version,
            result=" ",
            actor=actor(office.head),
            now=office.world.now,
        )

    with pytest.raises(NeedsWords):
        office.world.do(finish)
    assert office.read(matter_id).state == State.IN_PROGRESS


def test_of_two_who_acknowledge_at_once_one_has_it(office: Office) -> None:
    matter_id = office.bring_to(State.REPORTED)
    version = office.read(matter_id).version

    def acknowledge(number: int) -> str:
        def work(session: Session) -> None:
            recording.acknowledge(
                session,
                matter=session.get_one(Matter, matter_id),
                version=version,
                actor=actor([office.head, office.colleague][number]),
                now=office.world.now,
            )

        try:
            office.world.do(work)
        except (Stale, WrongState):
            return "late"
        return "first"

    assert sorted(together(2, acknowledge)) == ["first", "late"]
    matter = office.read(matter_id)
    assert matter.holder_staff_id == matter.first_received_id
    course = office.world.do(lambda session: list_course(session, matter_id, is_public=False))
    assert [step.event.code for step in course].count("acknowledge") == 1
    assert [step.event.number for step in course] == list(range(1, len(course) + 1))


def test_a_mistaken_entry_is_void_with_its_reason_and_the_next_number_follows(
    office: Office,
) -> None:
    matter_id = office.open()

    def void(session: Session) -> None:
        opening.void(
            session,
            matter=session.get_one(Matter, matter_id),
            version=session.get_one(Matter, matter_id).version,
            reason="重複記錄",
            actor=actor(office.gardener),
            now=office.world.now,
        )

    office.world.do(void)
    assert office.read(matter_id).state == State.VOIDED
    assert office.read(office.open()).reference == "Q-2026-00002"


def test_nobody_is_written_to_who_left_no_contact(office: Office) -> None:
    office.bring_to(State.TOLD)
    assert office.world.do(lambda session: session.scalars(select(Message)).all()) == []


def test_whoever_comes_second_reads_who_was_faster_and_how_it_stands(office: Office) -> None:
    matter_id = office.open()
    shown = office.read(matter_id).version
    office.bring_to(State.VERIFIED, matter_id)

    def void(session: Session) -> None:
        opening.void(
            session,
            matter=session.get_one(Matter, matter_id),
            version=shown,
            reason="寫錯了",
            actor=actor(office.gardener),
            now=office.world.now,
        )

    with pytest.raises(Meanwhile) as refused:
        office.world.do(void)
    with in_language(office.world.app, "zh_Hant"):
        words = say(refused.value)
    assert words == "陳志強剛剛先處理了，現在是「已記錄」。請再看一次再決定。"


def test_nothing_is_added_to_what_was_erased(office: Office) -> None:
    matter_id = office.bring_to(State.TOLD)

    def erase(session: Session) -> None:
        session.get_one(Matter, matter_id).erased_at = office.world.now

    office.world.do(erase)
    with pytest.raises(Erased):
        office.reopen(matter_id)
    assert office.read(matter_id).state == State.TOLD
