"""The steps of a matter that have a page of their own, and those that need a press alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import g

from portal.core.errors import N_
from portal.core.session import db
from portal.matters.forms import AmountForm, ContactForm, TellForm, WordsForm
from portal.matters.intake_rules import Told
from portal.matters.models import Matter
from portal.matters.rules import Verb
from portal.matters.services import (
    contacting,
    contesting,
    escalating,
    extending,
    handling,
    opening,
    recording,
    referring,
)
from portal.tenancy.resolve import settings
from portal.web import guards


@dataclass(frozen=True)
class Act:
    """A step with a page of its own: its question, its box, its button, and what it does."""

    title: str
    label: str
    button: str
    done: str
    make: Callable[[Matter, WordsForm], None]
    hint: str = ""
    form: type[WordsForm] = WordsForm
    #: The steps that this one answers or passes on: nobody does either with what is not shown.
    answers: frozenset[str] = frozenset()


def _given(matter: Matter, form: WordsForm) -> dict[str, Any]:
    """What every step is told: the matter as it was shown, by whom, and when."""
    return {
        "matter": matter,
        "version": form.version.data,
        "actor": guards.current_actor(),
        "now": g.now,
    }


def _pause(matter: Matter, form: WordsForm) -> None:
    handling.pause(db.session(), reason=form.words.data, **_given(matter, form))


def _give_back(matter: Matter, form: WordsForm) -> None:
    referring.give_back(db.session(), reason=form.words.data, **_given(matter, form))


def _grant_time(matter: Matter, form: WordsForm) -> None:
    extending.grant_time(db.session(), words=form.words.data, **_given(matter, form))


def _refuse_time(matter: Matter, form: WordsForm) -> None:
    extending.refuse_time(db.session(), words=form.words.data, **_given(matter, form))


def _finish(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, AmountForm)
    handling.finish(
        db.session(), result=form.words.data, amount=form.amount.data, **_given(matter, form)
    )


def _escalate(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, AmountForm)
    escalating.escalate(
        db.session(), words=form.words.data, amount=form.amount.data, **_given(matter, form)
    )


def _settle(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, AmountForm)
    escalating.settle(
        db.session(), words=form.words.data, amount=form.amount.data, **_given(matter, form)
    )


def _tell(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, TellForm)
    handling.tell(
        db.session(),
        words=form.words.data,
        way=Told(form.way.data),
        **_given(matter, form),
    )


def _contact(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, ContactForm)
    contacting.contact(
        db.session(),
        words=form.words.data,
        way=Told(form.way.data),
        **_given(matter, form),
    )


def _uphold(matter: Matter, form: WordsForm) -> None:
    contesting.uphold(db.session(), words=form.words.data, **_given(matter, form))


def _reopen(matter: Matter, form: WordsForm) -> None:
    handling.reopen(
        db.session(),
        words=form.words.data,
        hours=settings().matters.resolution_hours,
        **_given(matter, form),
    )


def _void(matter: Matter, form: WordsForm) -> None:
    opening.void(db.session(), reason=form.words.data, **_given(matter, form))


ACTS: Mapping[Verb, Act] = {
    Verb.PAUSE: Act(
        N_("Why can it not go on?"),
        N_("The reason, as the person reads it"),
        N_("Pause it"),
        N_("Paused. The person reads why."),
        _pause,
    ),
    Verb.CONTACT: Act(
        N_("You spoke with the person"),
        N_("What was said or agreed, as the person reads it"),
        N_("Write it down"),
        N_("Written down. It stands on the person's page."),
        _contact,
        form=ContactForm,
    ),
    Verb.UPHOLD: Act(
        N_("Why does the pause stand?"),
        N_("The reason, as the person reads it"),
        N_("The pause stands"),
        N_("The person reads why."),
        _uphold,
        hint=N_("The other answer is to go on with it."),
        answers=frozenset({Verb.PAUSE, Verb.CONTEST}),
    ),
    Verb.RETURN: Act(
        N_("Why do you return it?"),
        N_("The reason, for whoever offered it"),
        N_("Return it"),
        N_("Returned."),
        _give_back,
        hint=N_("When it comes back a second time, somebody above both of you decides."),
    ),
    Verb.GRANT_TIME: Act(
        N_("Allow more time?"),
        N_("The reason, as the person reads it"),
        N_("Promise the new time"),
        N_("The person reads the new time and the reason."),
        _grant_time,
        answers=frozenset({Verb.ASK_TIME}),
    ),
    Verb.REFUSE_TIME: Act(
        N_("Allow no more time?"),
        N_("The reason, for whoever asked"),
        N_("The promise stays"),
        N_("The promised time stays as it is."),
        _refuse_time,
        answers=frozenset({Verb.ASK_TIME}),
    ),
    Verb.FINISH: Act(
        N_("What came of it?"),
        N_("What was done, for whoever took the matter up"),
        N_("It is done"),
        N_("Done. The result goes back to whoever took the matter up."),
        _finish,
        form=AmountForm,
    ),
    Verb.ESCALATE: Act(
        N_("Put it before the leader"),
        N_("What you propose; only colleagues read it"),
        N_("Put it before the leader"),
        N_("It lies before the leader. You still hold it."),
        _escalate,
        form=AmountForm,
    ),
    Verb.SETTLE: Act(
        N_("What do you decide?"),
        N_("The decision, as the person reads it"),
        N_("Decide it"),
        N_("Decided. The person reads the decision."),
        _settle,
        hint=N_("The money is what you grant; empty: no more than the holder may decide."),
        form=AmountForm,
        answers=frozenset({Verb.ESCALATE}),
    ),
    Verb.TELL: Act(
        N_("Tell the person"),
        N_("What came of it, in words that the person understands"),
        N_("The person is told"),
        N_("Written down. It stands on the person's page."),
        _tell,
        form=TellForm,
        answers=frozenset({Verb.FINISH}),
    ),
    Verb.REOPEN: Act(
        N_("It is not solved"),
        N_("What the person says"),
        N_("Open it again"),
        N_("Open again, with the same number."),
        _reopen,
    ),
    Verb.VOID: Act(
        N_("Void this number?"),
        N_("The reason"),
        N_("Void it"),
        N_("Void. The number is not given again."),
        _void,
        hint=N_("For a mistaken entry only. It stays in the book, with its reason."),
    ),
}
#: Steps that need a press and no words.
PRESSED: Mapping[Verb, tuple[Callable[..., None], str]] = {
    Verb.TAKE: (opening.take_up, N_("You have taken it up. You were asked first.")),
    Verb.ACKNOWLEDGE: (recording.acknowledge, N_("Acknowledged. It is in your hands.")),
    Verb.ACCEPT: (referring.accept, N_("Accepted. It is in your hands.")),
    Verb.TAKE_BACK: (referring.take_back, N_("Taken back. You go on with it.")),
    Verb.RESUME: (handling.resume, N_("It goes on. The person reads the new time.")),
    Verb.FEED_BACK: (handling.feed_back, N_("Now tell the person.")),
    Verb.CLOSE: (handling.close_unanswered, N_("Closed without the person's answer.")),
}
