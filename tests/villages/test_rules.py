"""How far it is by road while nobody has driven it, the life of what is sold, and the terms of cancelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.villages.rules import (
    TEMPLE,
    TERMS,
    Keeps,
    Place,
    PublicationState,
    Terms,
    estimated_metres,
    kept_at,
    may_move,
    minutes_for,
    steps_from_data,
    straight_metres,
    terms_to_data,
)

KENALAN = Place(-7.645, 110.226)
START = datetime(2027, 5, 1, 7, 0, tzinfo=UTC)


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert straight_metres(Place(0, 110), Place(1, 110)) == pytest.approx(111_195, abs=5)


def test_a_degree_of_longitude_shrinks_with_the_cosine() -> None:
    assert straight_metres(Place(60, 10), Place(60, 11)) == pytest.approx(111_195 / 2, rel=0.001)


def test_the_way_there_is_as_long_as_the_way_back() -> None:
    assert straight_metres(TEMPLE, KENALAN) == straight_metres(KENALAN, TEMPLE)
    assert straight_metres(TEMPLE, TEMPLE) == 0


def test_kenalan_is_five_kilometres_by_air_and_the_estimate_more_than_twice_that() -> None:
    assert 4_500 < straight_metres(TEMPLE, KENALAN) < 5_000
    assert estimated_metres(TEMPLE, KENALAN) == 10_500


def test_the_shortest_way_is_a_hundred_metres_and_a_minute() -> None:
    assert estimated_metres(TEMPLE, TEMPLE) == 100
    assert minutes_for(100) == 1


def test_minutes_at_25_kilometres_an_hour_are_rounded_up() -> None:
    assert minutes_for(25_000) == 60
    assert minutes_for(14_000) == 34


@pytest.mark.parametrize(
    ("terms", "before", "kept"),
    [
        (Terms.FLEXIBLE, timedelta(hours=24), Keeps.NOTHING),
        (Terms.FLEXIBLE, timedelta(hours=24) - timedelta(seconds=1), Keeps.FIRST_NIGHT),
        (Terms.MODERATE, timedelta(days=5), Keeps.NOTHING),
        (Terms.MODERATE, timedelta(days=1), Keeps.FIRST_NIGHT),
        (Terms.FIRM, timedelta(days=30), Keeps.NOTHING),
        (Terms.FIRM, timedelta(days=14), Keeps.HALF),
        (Terms.FIRM, timedelta(days=13), Keeps.ALL),
        (Terms.STRICT, timedelta(days=7), Keeps.HALF),
        (Terms.STRICT, timedelta(days=6), Keeps.ALL),
        (Terms.NON_REFUNDABLE, timedelta(days=300), Keeps.ALL),
    ],
)
def test_the_instant_of_a_deadline_still_gets_the_better_answer(
    terms: Terms, before: timedelta, kept: Keeps
) -> None:
    assert kept_at(terms, START, START - before) == kept


@pytest.mark.parametrize("terms", list(TERMS))
def test_copied_terms_say_the_same(terms: Terms) -> None:
    copied = steps_from_data(terms_to_data(terms), START)
    assert [step.keeps for step in copied] == [step.keeps for step in TERMS[terms]]
    assert copied[-1].until is None


def test_what_is_retired_stays_so_and_a_draft_is_not_published_unseen() -> None:
    assert not any(may_move(PublicationState.RETIRED, state) for state in PublicationState)
    assert not may_move(PublicationState.DRAFTED, PublicationState.PUBLISHED)
    assert may_move(PublicationState.PAUSED, PublicationState.PUBLISHED)
