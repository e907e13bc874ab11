"""A price with its parts, and every line that cannot be priced."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.bookings.models import Booking
from app.core.db import db
from tests.api.conftest import Program, World, fields_of, stay


def test_a_quote(program: Program, world: World) -> None:
    lines = [
        stay(world.room),
        stay(world.lodge, rooms=2, adults=3, arrival="2027-05-07", departure="2027-05-09"),
    ]
    quote = program.post("/quotes", {"lines": lines}).json
    assert [line["price"] for line in quote["lines"]] == [400_000, 1_700_000]
    assert [line["tax"] for line in quote["lines"]] == [36_363, 154_545]
    assert quote["total"] == 2_100_000 == sum(share["amount"] for share in quote["shares"])
    assert quote["tax"] == sum(share["amount"] for share in quote["shares"] if share["kind"] == "tax")
    assert quote["valid_until"] == "2027-04-20T03:15:00+00:00"
    assert quote["lines"][1]["nightly"] == [
        {"night": "2027-05-07", "price": 400_000},
        {"night": "2027-05-08", "price": 450_000},
    ]
    assert {name: quote["lines"][0][name] for name in lines[0]} == lines[0]


def test_how_it_could_be_paid(program: Program, world: World) -> None:
    near = {"arrival": "2027-04-24", "departure": "2027-04-25"}
    quote = program.post("/quotes", {"lines": [stay(world.lodge, **near)]}).json
    assert [option["method"] for option in quote["options"]] == ["transfer", "cash"]
    assert quote["options"][1]["hold_until"] == "2027-04-24T13:00:00+00:00"
    far = program.post("/quotes", {"lines": [stay(world.lodge)]}).json
    assert [option["method"] for option in far["options"]] == ["transfer"]


def test_a_quote_leaves_no_trace(app: Flask, program: Program, world: World) -> None:
    assert program.post("/quotes", {"lines": [stay(world.room)]}).status_code == 200
    with app.app_context():
        assert db.session.scalar(select(func.count(Booking.id))) == 0


def test_what_is_optional(program: Program, world: World) -> None:
    line = stay(world.room, children=1, adults=1, rate_plan="with_breakfast", child_ages=[7])
    for name in ("rooms", "extra_beds"):
        del line[name]
    assert program.post("/quotes", {"lines": [line], "voucher": None}).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"arrival": "2027-04-19"}, "arrival"),
        ({"departure": "2027-05-05"}, "departure"),
        ({"departure": "2028-06-08"}, "departure"),
        ({"departure": "2029-06-08", "arrival": "2029-06-07"}, "departure"),
        ({"arrival": 20270505}, "arrival"),
        ({"arrival": None}, "arrival"),
        ({"adults": 0}, "adults"),
        ({"adults": 3}, "adults"),
        ({"adults": 99}, "adults"),
        ({"adults": "2"}, "adults"),
        ({"adults": 2.0}, "adults"),
        ({"adults": True}, "adults"),
        ({"adults": 10**30}, "adults"),
        ({"adults": -(10**30)}, "adults"),
        ({"rooms": 3}, "rooms"),
        ({"children": -1}, "children"),
        ({"extra_beds": 1}, "extra_beds"),
        ({"rate_plan": "room_only"}, "rate_plan"),
        ({"rate_plan": "all_inclusive"}, "rate_plan"),
        ({"child_ages": [4]}, "child_ages"),
        ({"child_ages": [99], "children": 1}, "child_ages.0"),
        ({"child_ages": 4}, "child_ages"),
        ({"room_type": ""}, "room_type"),
        ({"room_type": "a\0b"}, "room_type"),
        ({"room_type": ["x"]}, "room_type"),
        ({"kind": "package"}, "room_type"),
        ({"kind": "package"}, "party"),
        ({"kind": "product"}, "quantity"),
        ({"kind": None}, "kind"),
        ({"kind": "dinner"}, "kind"),
        ({"kind": ["stay"]}, "kind"),
        ({"smoking": True}, "smoking"),
    ],
)
def test_a_line_that_cannot_be_sold(
    program: Program, world: World, change: dict[str, Any], field: str
) -> None:
    lines = [stay(world.lodge), stay(world.room) | change]
    answer = program.post("/quotes", {"lines": lines})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid"), answer.json
    assert f"lines.1.{field}" in fields_of(answer)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "lines"),
        ({"lines": []}, "lines"),
        ({"lines": None}, "lines"),
        ({"lines": {"kind": "stay"}}, "lines"),
        ({"lines": ["stay"]}, "lines.0"),
        ({"lines": [stay("any")] * 51}, "lines"),
        ([], "json"),
        ("stay", "json"),
    ],
)
def test_a_trip_that_is_none(program: Program, world: World, body: Any, field: str) -> None:
    answer = program.post("/quotes", body)
    assert (answer.status_code, fields_of(answer)[-1]) == (422, field)


def test_fields_nobody_asked_for(program: Program, world: World) -> None:
    answer = program.post("/quotes", {"lines": [stay(world.room)], "voucher": "TEN", "tip": 5})
    assert (answer.status_code, fields_of(answer)) == (422, ["tip"])
    answer = program.post("/quotes", {"lines": [stay(world.room)], "voucher": "TEN"})
    assert (answer.status_code, fields_of(answer)) == (422, ["voucher"])
    assert program.client.post("/api/v1/quotes?x=1", json={}).json["errors"][0]["field"] == "x"


def test_a_room_that_is_not_there(program: Program, world: World) -> None:
    answer = program.post("/quotes", {"lines": [stay(world.room), stay("nothing")]})
    assert (answer.status_code, answer.json["code"], answer.json["line"]) == (404, "not_found", 1)
