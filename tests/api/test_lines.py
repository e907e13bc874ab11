"""Packages and products in a quote and in a booking: what is told, and what is refused under which name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.bookings.models import Participant
from app.core.db import db, transaction
from app.tours.models import Departure
from app.tours.services import cancel_departure, close_departure
from tests.api.conftest import CLASS_ON, Program, World, fields_of, goods, outing, stay, trip

Line = dict[str, Any]


def refusal_of(program: Program, line: Line) -> dict[str, str]:
    """What is wrong with a line that stands second in a trip, by field."""
    answer = program.post("/quotes", {"lines": [goods("any"), line]})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid"), answer.json
    return {error["field"]: error["message"] for error in answer.json["errors"]}


def test_three_kinds_in_one_quote(program: Program, world: World) -> None:
    lines = [stay(world.room), outing(world.departure), goods(world.product)]
    quote = program.post("/quotes", {"lines": lines}).json
    assert [line["kind"] for line in quote["lines"]] == ["stay", "package", "product"]
    assert [line["price"] for line in quote["lines"]] == [400_000, 300_000, 50_000]
    assert quote["total"] == 750_000 == sum(share["amount"] for share in quote["shares"])
    assert {"host", "guide", "maker"} <= {share["kind"] for share in quote["shares"]}
    common = {"kind", "name", "title", "village", "price", "tax", "terms"}
    assert all(common <= set(line) for line in quote["lines"])
    assert {line["village"] for line in quote["lines"]} == {"sarihayu"}


def test_a_package_as_it_is_quoted(program: Program, world: World) -> None:
    [line] = program.post("/quotes", {"lines": [outing(world.departure)]}).json["lines"]
    assert (line["departure"], line["package"]) == (world.departure, world.package)
    assert (line["title"], line["name"], line["guide"]) == ("Cooking", "Cooking", "Bu Contoh")
    assert (line["starts_at"], line["ends_at"]) == ("2027-05-06T02:00:00+00:00", "2027-05-06T05:00:00+00:00")
    assert (line["party"], line["participants"], line["quantity"]) == ({"adults": 2, "children": 1}, 1, 3)
    assert line["terms"]["code"] == "flexible"


@pytest.mark.parametrize(("day", "kept"), [(None, "2027-05-05"), ("2027-05-07", "2027-05-07")])
def test_a_product_is_picked_up_when_the_trip_begins_or_when_it_is_said(
    program: Program, world: World, day: str | None, kept: str
) -> None:
    line = goods(world.product, pickup_on=day)
    quote = program.post("/quotes", {"lines": [stay(world.room), line]}).json
    told = quote["lines"][1]
    assert (told["product"], told["slug"], told["quantity"]) == (world.product, world.goods, 2)
    assert (told["pickup"], told["pickup_on"]) == ("sarihayu", kept)
    assert (told["ready"], told["handed_over"]) == (False, False)
    assert told["terms"]["code"] == "until_ready"


def test_a_booking_says_the_same_as_its_quote(program: Program, world: World) -> None:
    lines = [stay(world.lodge), outing(world.departure), goods(world.product)]
    quote = program.post("/quotes", {"lines": lines}).json
    made = program.post("/bookings", trip(*lines, expected_total=quote["total"]), key="k")
    assert made.status_code == 201
    assert made.json["lines"] == quote["lines"]
    assert made.json["shares"] == quote["shares"]
    read = program.get(f"/bookings/{made.json['code']}", token=made.json["access_token"]).json
    assert read["lines"] == quote["lines"]


def test_of_those_who_come_only_the_name_is_kept(app: Flask, program: Program, world: World) -> None:
    people = [
        {"name": "Sri", "birth_date": "1990-02-28", "weight_kg": 62, "height_cm": 165},
        {"name": "Joko", "birth_date": None},
    ]
    made = program.post("/bookings", trip(outing(world.departure, participants=people)), key="k").json
    assert made["lines"][0]["participants"] == 2
    with app.app_context():
        assert list(db.session.scalars(select(Participant.name).order_by(Participant.position))) == [
            "Sri",
            "Joko",
        ]
    assert set(Participant.__table__.columns.keys()) == {"id", "line_id", "position", "name"}


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_what_is_not_offered_yet_may_be_empty(program: Program, world: World, empty: Any) -> None:
    lines = [outing(world.departure, addons=empty), goods(world.product, delivery=empty)]
    assert program.post("/quotes", {"lines": lines}).status_code == 200


@pytest.mark.parametrize("asked", [["lunch"], {"lunch": 1}, "lunch", 1, True, False, 0])
def test_what_is_not_offered_yet_is_refused_in_words(program: Program, world: World, asked: Any) -> None:
    words = refusal_of(program, outing(world.departure, addons=asked))
    assert words == {"lines.1.addons": "Extras cannot be booked here yet."}
    words = refusal_of(program, goods(world.product, delivery=asked))
    assert words == {"lines.1.delivery": "Nothing is delivered yet. Choose a village to pick it up in."}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rooms": 1}, "rooms"),
        ({"pickup": "sarihayu"}, "pickup"),
        ({"adults": 2}, "adults"),
        ({"departure": None}, "departure"),
        ({"departure": "a b"}, "departure"),
        ({"party": None}, "party"),
        ({"party": 2}, "party"),
        ({"party": {}}, "party.adults"),
        ({"party": {"adults": 0}}, "party.adults"),
        ({"party": {"adults": 61}}, "party.adults"),
        ({"party": {"adults": "2"}}, "party.adults"),
        ({"party": {"adults": 2, "children": -1}}, "party.children"),
        ({"party": {"adults": 2, "babies": 1}}, "party.babies"),
        ({"participants": "Sri"}, "participants"),
        ({"participants": ["Sri"]}, "participants.0"),
        ({"participants": [{"birth_date": "1990-01-01"}]}, "participants.0.name"),
        ({"participants": [{"name": ""}]}, "participants.0.name"),
        ({"participants": [{"name": "Sri", "shoe": 38}]}, "participants.0.shoe"),
        ({"participants": [{"name": "Sri", "weight_kg": 0}]}, "participants.0.weight_kg"),
        ({"participants": [{"name": "Sri", "height_cm": 999}]}, "participants.0.height_cm"),
        ({"participants": [{"name": "Sri", "birth_date": "1990-02-30"}]}, "participants.0.birth_date"),
    ],
)
def test_a_package_line_that_cannot_be_read(program: Program, world: World, change: Line, field: str) -> None:
    assert list(refusal_of(program, outing(world.departure) | change)) == [f"lines.1.{field}"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"adults": 2}, "adults"),
        ({"product": None}, "product"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 51}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"pickup": 1}, "pickup"),
        ({"pickup_on": "tomorrow"}, "pickup_on"),
    ],
)
def test_a_product_line_that_cannot_be_read(program: Program, world: World, change: Line, field: str) -> None:
    assert list(refusal_of(program, goods(world.product) | change)) == [f"lines.1.{field}"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"party": {"adults": 13}, "participants": []}, "party.adults"),
        ({"party": {"adults": 1}, "participants": [{"name": "Sri"}, {"name": "Joko"}]}, "participants"),
    ],
)
def test_a_party_that_does_not_fit(program: Program, world: World, change: Line, field: str) -> None:
    for path, body in (("/quotes", {}), ("/bookings", trip())):
        lines = [goods(world.product), outing(world.departure, **change)]
        answer = program.post(path, body | {"lines": lines}, key="k" if path == "/bookings" else None)
        assert (answer.status_code, fields_of(answer)) == (422, [f"lines.1.{field}"])


def test_a_day_on_which_nobody_can_pick_up(program: Program, world: World) -> None:
    answer = program.post("/quotes", {"lines": [goods(world.product, pickup_on="2027-04-19")]})
    assert (answer.status_code, fields_of(answer)) == (422, ["lines.0.pickup_on"])


@pytest.mark.parametrize("end", [close_departure, cancel_departure])
def test_a_departure_that_takes_nobody(
    app: Flask, program: Program, world: World, end: Callable[..., Any]
) -> None:
    with app.app_context(), transaction():
        end(departure_id=departure_id(world))
    answer = program.post("/quotes", {"lines": [outing(world.departure)]})
    assert (answer.status_code, fields_of(answer)) == (422, ["lines.0.departure"])


def departure_id(world: World) -> int:
    """The number behind the code of the class."""
    return db.session.scalars(select(Departure.id).where(Departure.public_id == world.departure)).one()


def test_what_is_not_there(program: Program, world: World) -> None:
    for line in (outing("nothing"), goods("nothing"), goods(world.product, pickup="tirtomulyo")):
        answer = program.post("/quotes", {"lines": [stay(world.room), line]})
        assert (answer.status_code, answer.json["code"], answer.json["line"]) == (404, "not_found", 1)


def test_all_lines_or_none(program: Program, world: World) -> None:
    seats = outing(world.departure, party={"adults": 9}, participants=[])
    answer = program.post("/bookings", trip(goods(world.product), seats), key="seats")
    assert (answer.status_code, answer.json["code"]) == (409, "sold_out")
    assert [(line["line"], line["left"]) for line in answer.json["lines"]] == [(1, 8)]
    answer = program.post(
        "/bookings", trip(outing(world.departure), goods(world.product, quantity=11)), key="p"
    )
    assert [(line["line"], line["left"]) for line in answer.json["lines"]] == [(1, 10)]
    query = {"from": str(CLASS_ON), "to": "2027-05-07"}
    [departure] = program.get(f"/packages/{world.package}/departures", **query).json["items"]
    assert departure["seats_left"] == 8
    assert program.get(f"/products/{world.goods}").json["in_stock"] == 10
