"""Other dates for one line: what they would cost, and changing, once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.bookings.services import receive_payment
from app.core.db import transaction
from app.payments.rules import PaymentMethod
from app.tours.queries import get_package
from tests.api.conftest import Program, World, outing, stay, trip
from tests.bookings.changing import DAY, WEDNESDAY
from tests.factories import make_departure, make_package

Made = dict[str, Any]
LATER = {"arrival": "2027-05-07", "departure": "2027-05-09"}
"""Friday and Saturday."""


@pytest.fixture
def paid(app: Flask, program: Program, world: World) -> Made:
    """A stay and a class, paid by transfer."""
    lines = trip(stay(world.room), outing(world.departure))
    made: Made = program.post("/bookings", lines, key="paid").json
    with app.app_context(), transaction():
        receive_payment(
            code=made["code"],
            method=PaymentMethod.TRANSFER,
            amount=made["payment"]["amount"],
            by_user_id=None,
        )
    return made


def ask(program: Program, made: Made, line: int = 0, **dates: Any) -> Any:
    path = f"/bookings/{made['code']}/lines/{line}/change"
    return program.get(path, token=made["access_token"], **dates)


def change(program: Program, made: Made, line: int = 0, key: str = "c", **body: Any) -> Any:
    path = f"/bookings/{made['code']}/lines/{line}/change"
    return program.post(path, body, key=key, token=made["access_token"])


def test_what_it_would_cost(program: Program, paid: Made) -> None:
    told = ask(program, paid, **LATER)
    assert told.status_code == 200, told.json
    figures = {name: told.json[name] for name in ("line", "kept", "difference", "refund", "amount_due")}
    assert figures == {"line": 0, "kept": 0, "difference": 50_000, "refund": 0, "amount_due": 50_000}
    assert told.json["total"] == paid["total"] + 50_000
    assert (told.json["to"]["arrival"], told.json["to"]["price"]) == ("2027-05-07", 450_000)
    assert told.json["due_at"] is not None
    assert told.headers["Cache-Control"] == "no-store"


def test_changed_for_the_price_that_was_seen_and_once(program: Program, paid: Made) -> None:
    total = ask(program, paid, **LATER).json["total"]
    first = change(program, paid, **LATER, expected_total=total)
    assert first.status_code == 200, first.json
    again = change(program, paid, **LATER, expected_total=total)
    other_key = change(program, paid, key="d", **LATER, expected_total=total)
    assert first.json == again.json == other_key.json
    assert (first.json["total"], first.json["amount_due"], len(first.json["lines"])) == (total, 50_000, 3)
    assert first.json["lines"][2]["arrival"] == "2027-05-07"


def test_another_price_or_another_body_changes_nothing(program: Program, paid: Made) -> None:
    refused = change(program, paid, **LATER, expected_total=1)
    assert (refused.status_code, refused.json["code"]) == (409, "price_changed")
    assert change(program, paid, **LATER).status_code == 200, "what failed is not remembered"
    assert change(program, paid, arrival="2027-05-10", departure="2027-05-12").status_code in {409, 422}


def test_full_dates(program: Program, world: World, paid: Made) -> None:
    for key in "ab":
        program.post("/bookings", trip(stay(world.room, **LATER)), key=key)
    refused = change(program, paid, **LATER)
    assert (refused.status_code, refused.json["code"]) == (409, "sold_out")
    assert refused.json["lines"][0]["line"] == 0


def test_another_departure(app: Flask, program: Program, paid: Made, world: World) -> None:
    with app.app_context(), transaction():
        there = make_departure(get_package(world.package).id, on=WEDNESDAY + 7 * DAY, seats=4).public_id
        elsewhere = make_package(on=WEDNESDAY + 7 * DAY).departure
    assert ask(program, paid, 1, departure=there).json["difference"] == 0
    assert change(program, paid, 1, departure=elsewhere).status_code == 422
    assert change(program, paid, 1, departure=there).json["lines"][2]["departure"] == there


@pytest.mark.parametrize(
    ("line", "dates", "status"),
    [
        (0, {}, 422),
        (0, {"arrival": "2027-05-07", "departure": "2027-05-07"}, 422),
        (0, {"arrival": "2027-05-07", "departure": "soon"}, 422),
        (0, {"departure": "2027-05-07"}, 422),
        (1, {"departure": "nothing"}, 404),
        (1, LATER, 422),
        (9, LATER, 404),
    ],
)
def test_what_cannot_be(program: Program, paid: Made, line: int, dates: dict[str, str], status: int) -> None:
    assert ask(program, paid, line, **dates).status_code == status
    assert change(program, paid, line, **dates).status_code == status


def test_only_with_the_token(program: Program, paid: Made) -> None:
    assert ask(program, paid | {"access_token": "x"}, **LATER).status_code == 404
    assert change(program, paid | {"access_token": "x"}, **LATER).status_code == 404
