"""Any lines of a booking are cancelled in one step: what was shown before is what happens, all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.bookings.queries.checks import check_books, check_inventory
from tests.api.conftest import NOW, Program, World, trip
from tests.api.test_cancelling import (
    LATE,
    Made,
    ask,
    cancel,
    is_wrong_state,
    lines_of,
    paid,
    receive,
    refunds,
)

__all__ = ["paid"]

PRICES = (400_000, 300_000, 50_000)
SUBSETS = [[0], [1], [2], [0, 1], [0, 2], [2, 1], [0, 1, 2]]


def all_fits(app: Flask) -> None:
    with app.app_context():
        assert [check for check in (*check_books(), *check_inventory()) if not check.holds] == []


@pytest.mark.parametrize("part", SUBSETS)
def test_in_time_all_of_it_comes_back(app: Flask, program: Program, paid: Made, part: list[int]) -> None:
    seen = ask(program, paid, lines=part).json
    back = sum(PRICES[at] for at in part)
    assert (seen["refund"], seen["kept"], seen["amount_due"]) == (back, 0, 0)
    assert [line["line"] for line in seen["lines"]] == sorted(part)
    gone = cancel(program, paid, lines=part, expected_refund=back).json
    assert (gone["refund"], gone["kept"]) == (back, 0)
    assert gone["state"] == ("cancelled" if len(part) == 3 else "confirmed")
    if len(part) < 3:
        assert gone["total"] == 750_000 - back
        is_gone = [line["cancelled_at"] is not None for line in gone["lines"]]
        assert is_gone == [at in part for at in range(3)]
    assert sum(refund["amount"] for refund in gone["refunds"]) == back
    all_fits(app)


@pytest.mark.parametrize("part", SUBSETS)
def test_late_each_keeps_by_its_own_terms(
    app: Flask, program: Program, paid: Made, part: list[int], set_clock: Callable[[Any], None]
) -> None:
    set_clock(LATE)
    seen = ask(program, paid, lines=part).json
    kept = 200_000 if 0 in part else 0
    assert (seen["kept"], seen["refund"]) == (kept, sum(PRICES[at] for at in part) - kept)
    gone = cancel(program, paid, lines=part, expected_refund=seen["refund"]).json
    assert (gone["refund"], gone["kept"]) == (seen["refund"], seen["kept"])
    all_fits(app)


def test_what_is_shown_is_of_this_step(program: Program, paid: Made) -> None:
    assert cancel(program, paid, "one", lines=[1]).json["refund"] == 300_000
    second = cancel(program, paid, "two", lines=[2]).json
    assert (second["refund"], len(second["refunds"])) == (50_000, 2)
    third = cancel(program, paid, "three").json
    assert (third["refund"], third["state"]) == (400_000, "cancelled")
    assert cancel(program, paid, "one", lines=[1]).json["refund"] == 300_000, "sent again"


def test_one_that_is_gone_spoils_all(app: Flask, program: Program, paid: Made) -> None:
    assert cancel(program, paid, "one", lines=[1]).status_code == 200
    for part in ([1], [0, 1], [0, 1, 2]):
        assert is_wrong_state(ask(program, paid, lines=part))
        assert is_wrong_state(cancel(program, paid, f"two{part}", lines=part))
    assert refunds(app) == 1
    assert ask(program, paid, lines=[0, 2]).json["refund"] == 450_000


def test_one_that_has_begun_spoils_all(
    app: Flask, program: Program, paid: Made, set_clock: Callable[[Any], None]
) -> None:
    set_clock(NOW + timedelta(days=15, hours=8))
    assert is_wrong_state(ask(program, paid, lines=[0, 2]))
    assert is_wrong_state(cancel(program, paid, lines=[0, 2]))
    assert ask(program, paid, lines=[2]).json["refund"] == 50_000
    assert refunds(app) == 0


def test_another_sum_than_was_seen(app: Flask, program: Program, paid: Made) -> None:
    answer = cancel(program, paid, lines=[1, 2], expected_refund=1)
    assert (answer.status_code, answer.json["code"], answer.json["refund"]) == (409, "price_changed", 350_000)
    assert refunds(app) == 0


def test_of_a_hold_less_is_due(app: Flask, program: Program, world: World) -> None:
    made = program.post("/bookings", trip(*lines_of(world)), key="k").json
    assert ask(program, made, lines=[0, 1]).json["amount_due"] == 50_000
    gone = cancel(program, made, lines=[0, 1], expected_refund=0).json
    assert (gone["state"], gone["amount_due"], gone["refund"], gone["kept"]) == ("held", 50_000, 0, 0)
    all_fits(app)


def test_a_money_that_is_missing_for_the_rest_stays(app: Flask, program: Program, world: World) -> None:
    """Paid a little: what was paid for the line that goes pays what stays."""
    made = program.post("/bookings", trip(*lines_of(world)), key="k").json
    made["payment"]["amount"] = 400_000
    receive(app, made)
    seen = ask(program, made, lines=[0]).json
    assert (seen["lines"][0]["refund"], seen["refund"], seen["amount_due"]) == (400_000, 50_000, 0)
    gone = cancel(program, made, lines=[0], expected_refund=50_000).json
    assert (gone["state"], gone["refund"], gone["amount_due"]) == ("confirmed", 50_000, 0)
    all_fits(app)
