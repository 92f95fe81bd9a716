"""Duty, matters, appointments and handover together, through any course of days (I-1…I-6, I-19)."""

import itertools
from collections import Counter
from random import Random

import pytest
from flask import Flask
from hypothesis import settings

from tests.support.hall_course import HallCourse, walk

pytestmark = pytest.mark.hypothesis

#: What has to come about, or the courses prove nothing.
TURNS = (
    *("step away", "cover", "come back", "sign out", "told: window", "told: night"),
    *("matter: refer", "matter: accept", "matter: decide", "matter: finish"),
    *("book", "cancel", "close", "emergency leave", "approve leave", "withdraw leave"),
    *("publish week", "accept shift", "confirm handover", "order handover", "give back"),
)


def test_long_courses_of_days_in_a_hall(app: Flask, request: pytest.FixtureRequest) -> None:
    """A fixed few in the gate, 250 in a search: 100,000 steps."""

    class Here(HallCourse):
        pass

    Here.app, Here.numbers, Here.happened = app, itertools.count(1), Counter()
    is_search = settings.default is not None and settings.default.max_examples >= 2000
    first = int(request.config.getoption("--hypothesis-seed") or 0) * 1000
    for seed in range(first, first + (250 if is_search else 3)):
        walk(Here(), Random(seed), 400)
    assert [turn for turn in TURNS if not Here.happened[turn]] == []
