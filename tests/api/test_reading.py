"""Villages, what is free, a house, its calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.homestays.models import Homestay
from app.homestays.services import move_publication
from app.villages.rules import PublicationState
from tests.api.conftest import ARRIVAL, DEPARTURE, NOW, Program, World, fields_of, stay, trip

NIGHTS = {"arrival": ARRIVAL, "departure": DEPARTURE}


def free(program: Program, **query: Any) -> list[dict[str, Any]]:
    answer = program.get("/stays", **(NIGHTS | query))
    assert answer.status_code == 200, answer.json
    return answer.json["items"]  # type: ignore[no-any-return]


def test_a_village_in_the_readers_language(program: Program, world: World) -> None:
    village = program.get("/villages/sarihayu").json
    assert village["products"] == "coconut sugar"
    assert village["sponsor"] is None
    assert village["theme"] is None
    assert village["counts"] == {"homestays": 1, "rooms": 2, "packages": 1, "products": 1}
    answer = program.client.get("/api/v1/villages/sarihayu", headers={"Accept-Language": "id"})
    assert answer.json["products"] == "gula kelapa"
    assert "Accept-Language" in answer.headers["Vary"]


def test_villages_page_by_page(program: Program, world: World) -> None:
    first = program.get("/villages", limit=1).json
    assert [village["slug"] for village in first["items"]] == ["sarihayu"]
    second = program.get("/villages", limit=1, cursor=first["next"]).json
    assert [village["slug"] for village in second["items"]] == ["tirtomulyo"]
    assert second["next"] is None


def test_free_stays_with_their_price(program: Program, world: World) -> None:
    room = next(item for item in free(program) if item["room_type"] == world.room)
    assert room["nightly"] == [
        {"night": "2027-05-05", "price": 200_000},
        {"night": "2027-05-06", "price": 200_000},
    ]
    assert (room["total"], room["rooms_needed"], room["rooms_left"]) == (400_000, 1, 2)
    assert (room["homestay"], room["village"], room["rate_plan"]) == (
        "omah-contoh",
        "sarihayu",
        "with_breakfast",
    )
    assert room["terms"] == {
        "code": "moderate",
        "steps": [
            {"until": "2027-04-30T07:00:00+00:00", "keeps": "nothing"},
            {"until": None, "keeps": "first_night"},
        ],
    }


def test_the_fewest_rooms_that_fit_or_those_asked_for(program: Program, world: World) -> None:
    lodge = free(program, adults=3, children=2)[0]
    assert (lodge["room_type"], lodge["rooms_needed"], lodge["total"]) == (world.lodge, 3, 2_400_000)
    assert {item["rooms_needed"] for item in free(program, rooms=2)} == {2}


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"village": "sarihayu"}, 1),
        ({"homestay": "balkondes-contoh"}, 1),
        ({"max_price": 200_000}, 1),
        ({"max_price": 199_999}, 0),
        ({"amenity": ["wifi"]}, 2),
        ({"amenity": ["wifi", "hot_water"]}, 1),
        ({"amenity": ["wifi", "step_free"]}, 0),
    ],
)
def test_wishes(program: Program, world: World, wish: dict[str, Any], found: int) -> None:
    assert len(free(program, **wish)) == found


def test_the_cheapest_first(program: Program, world: World) -> None:
    prices = [item["total"] for item in free(program, sort="price")]
    assert prices == sorted(prices)
    assert len(prices) == 2


@pytest.mark.parametrize("sort", ["price", "recommended"])
def test_stays_page_by_page_without_loss(program: Program, world: World, sort: str) -> None:
    whole = [item["room_type"] for item in free(program, sort=sort)]
    first = program.get("/stays", **NIGHTS, sort=sort, limit=1).json
    second = program.get("/stays", **NIGHTS, sort=sort, limit=1, cursor=first["next"]).json
    assert [item["room_type"] for item in first["items"] + second["items"]] == whole
    assert second["next"] is None


def test_a_page_goes_on_where_it_ended_although_the_first_is_gone(program: Program, world: World) -> None:
    first = program.get("/stays", **NIGHTS, sort="price", limit=1).json
    assert [item["room_type"] for item in first["items"]] == [world.room]
    for key in ("one", "two"):
        assert program.post("/bookings", trip(stay(world.room)), key=key).status_code == 201
    second = program.get("/stays", **NIGHTS, sort="price", limit=1, cursor=first["next"]).json
    assert [item["room_type"] for item in second["items"]] == [world.lodge]


def test_a_cursor_keeps_the_order_of_its_day(
    app: Flask, program: Program, world: World, set_clock: Any
) -> None:
    whole = [item["room_type"] for item in free(program)]
    first = program.get("/stays", **NIGHTS, limit=1).json
    set_clock(NOW + timedelta(days=1))
    second = program.get("/stays", **NIGHTS, limit=1, cursor=first["next"]).json
    assert [item["room_type"] for item in first["items"] + second["items"]] == whole


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "WzFd", "bnVsbA", "WyIyMDI3LTA0LTIwIiwgMV0"])
def test_a_forged_cursor(program: Program, world: World, cursor: str) -> None:
    answer = program.get("/stays", **NIGHTS, cursor=cursor)
    assert (answer.status_code, fields_of(answer)) == (422, ["cursor"])
    assert program.get("/villages", cursor=cursor).status_code == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"arrival": "2027-04-19"}, "arrival"),
        ({"departure": ARRIVAL}, "departure"),
        ({"departure": "2028-04-01"}, "departure"),
        ({"arrival": "2029-01-01", "departure": "2029-01-02"}, "departure"),
        ({"arrival": "5/5/2027"}, "arrival"),
        ({"arrival": "2027-02-30"}, "arrival"),
        ({"arrival": "20270505"}, "arrival"),
        ({"adults": "0"}, "adults"),
        ({"adults": "99"}, "adults"),
        ({"adults": "9" * 5000}, "adults"),
        ({"adults": "two"}, "adults"),
        ({"adults": "1_0"}, "adults"),
        ({"adults": "٢"}, "adults"),
        ({"children": "-1"}, "children"),
        ({"rooms": "0"}, "rooms"),
        ({"max_price": "-5"}, "max_price"),
        ({"village": "nowhere"}, "village"),
        ({"village": "a\0b"}, "village"),
        ({"homestay": "🏡"}, "homestay"),
        ({"amenity": ["wifi", "helipad"]}, "amenity.1"),
        ({"sort": "random"}, "sort"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"colour": "red"}, "colour"),
        ({"lang": "id"}, "lang"),
    ],
)
def test_a_search_that_cannot_be_made(
    program: Program, world: World, query: dict[str, Any], field: str
) -> None:
    answer = program.get("/stays", **(NIGHTS | query))
    assert (answer.status_code, answer.json["code"], fields_of(answer)) == (422, "invalid", [field])


def test_dates_are_needed(program: Program, world: World) -> None:
    assert fields_of(program.get("/stays")) == ["arrival", "departure"]


def test_a_house(program: Program, world: World) -> None:
    house = program.get("/homestays/omah-contoh").json
    assert house["homestay"] == house["slug"] == "omah-contoh"
    assert house["host"] == {"name": "Bu Contoh", "welcome": "Warm tea is waiting."}
    assert house["room_types"][0]["prices"] == {"weekday": 200_000, "saturday": 250_000, "holiday": 300_000}
    assert house["room_types"][0]["room_type"] == world.room
    assert house["rules"]["check_in_from"] == "14:00"
    assert house["is_sample"] is True


def calendar(program: Program, start: str, end: str) -> list[dict[str, Any]]:
    answer = program.get("/homestays/omah-contoh/calendar", **{"from": start, "to": end})
    return answer.json["room_types"][0]["nights"]  # type: ignore[no-any-return]


def test_a_calendar_of_free_nights(app: Flask, program: Program, world: World) -> None:
    program.post("/bookings", trip(stay(world.room)), key="one")
    nights = calendar(program, "2027-05-06", "2027-05-09")
    assert [night["free"] for night in nights] == [1, 2, 2]
    assert [night["price"] for night in nights] == [200_000, 200_000, 250_000]


def test_no_arrival_in_the_past(program: Program, world: World) -> None:
    assert [n["arrival_allowed"] for n in calendar(program, "2027-04-19", "2027-04-21")] == [False, True]


def test_a_house_that_rests_is_shown_and_sells_nothing(app: Flask, program: Program, world: World) -> None:
    with app.app_context(), transaction():
        house = db.session.scalars(select(Homestay).where(Homestay.slug == "omah-contoh")).one()
        move_publication(homestay_id=house.id, wanted=PublicationState.PAUSED, by_user_id=None)
    assert program.get("/homestays/omah-contoh").json["on_sale"] is False
    assert [(n["free"], n["arrival_allowed"]) for n in calendar(program, ARRIVAL, DEPARTURE)] == [
        (0, False)
    ] * 2
    assert [item["homestay"] for item in free(program)] == ["balkondes-contoh"]


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2027-05-01", "2028-05-05", 200),
        ("2027-05-01", "2028-05-06", 422),
        ("2027-05-01", "2027-05-01", 422),
        ("2027-05-02", "2027-05-01", 422),
        ("0001-01-01", "0001-01-02", 200),
        ("9999-12-30", "9999-12-31", 200),
    ],
)
def test_how_long_a_calendar_may_be(
    program: Program, world: World, start: str, end: str, status: int
) -> None:
    answer = program.get("/homestays/omah-contoh/calendar", **{"from": start, "to": end})
    assert answer.status_code == status
    if status == 422:
        assert fields_of(answer) == ["to"]


@pytest.mark.parametrize(
    "path",
    [
        "/villages/nowhere",
        "/homestays/nowhere",
        "/homestays/nowhere/calendar?from=2027-05-01&to=2027-05-02",
        "/books/nowhere?month=2027-05",
        "/villages/a%00b",
        "/homestays/%F0%9F%8F%A1",
        "/villages/" + "a" * 3000,
    ],
)
def test_what_is_not_there(program: Program, world: World, path: str) -> None:
    answer = program.client.get("/api/v1" + path)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert answer.mimetype == "application/problem+json"
