"""Packages, their departures, and products, as programs read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.showcase import services as showcase
from app.tours import services as tours
from app.tours.models import Departure
from app.tours.rules import PackageKind, PriceUnit
from app.villages.rules import PublicationState
from tests.api.conftest import CLASS_ON, NOW, Program, World, fields_of, goods, outing, trip
from tests.factories import make_departure, make_package, make_product, make_village

DAYS = {"from": "2027-05-01", "to": "2027-06-01"}


@pytest.fixture
def jeep(app: Flask, world: World) -> str:
    """The slug of another package: jeeps of four, for two to six grown-ups, on 10 May in the other village."""
    with app.app_context(), transaction():
        return make_package(
            make_village("tirtomulyo"),
            name="Jeep",
            kind=PackageKind.RIDE,
            price=400_000,
            unit=PriceUnit.VEHICLE,
            unit_size=4,
            seats=2,
            min_party=2,
            max_party=6,
            takes_children=False,
            on=date(2027, 5, 10),
        ).slug


def slugs(program: Program, path: str, **query: Any) -> list[str]:
    answer = program.get(path, **query)
    assert answer.status_code == 200, answer.json
    return [item["slug"] for item in answer.json["items"]]


def departures(program: Program, slug: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = program.get(f"/packages/{slug}/departures", **(DAYS | query)).json["items"]
    return items


def test_a_list_of_packages(program: Program, world: World, jeep: str) -> None:
    page = program.get("/packages").json
    assert [item["slug"] for item in page["items"]] == [world.package, jeep]
    wanted = {"slug", "name", "village", "kind", "duration", "price_rules", "limits", "languages"}
    assert set(page["items"][0]) == wanted | {"meeting_point", "currency"}
    ride = page["items"][1]
    assert (ride["name"], ride["village"], ride["kind"], ride["duration"]) == (
        "Jeep",
        "tirtomulyo",
        "ride",
        180,
    )
    rules = {"price": 400_000, "price_unit": "vehicle", "unit_size": 4, "is_sample": False}
    assert ride["price_rules"] == rules
    limits = {"min_party": 2, "max_party": 6, "takes_children": False, "cutoff_hours": 12, "text": None}
    assert ride["limits"] == limits


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"village": "sarihayu"}, ["class"]),
        ({"kind": "ride"}, ["jeep"]),
        ({"kind": "water"}, []),
        ({"party": 1}, ["class"]),
        ({"party": 7}, ["class"]),
        ({"from": "2027-05-06", "to": "2027-05-07"}, ["class"]),
        ({"from": "2027-05-07"}, ["jeep"]),
        ({"to": "2027-05-10"}, ["class"]),
        ({"to": "2027-05-11", "party": 2}, ["class", "jeep"]),
        ({"from": "2027-05-06", "party": 9}, []),
    ],
)
def test_packages_by_place_kind_party_and_day(
    program: Program, world: World, jeep: str, query: dict[str, Any], found: list[str]
) -> None:
    names = {"class": world.package, "jeep": jeep}
    assert slugs(program, "/packages", **query) == [names[name] for name in found]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"village": "nowhere"}, "village"),
        ({"kind": "magic"}, "kind"),
        ({"party": 0}, "party"),
        ({"party": 61}, "party"),
        ({"from": "2027-04-19"}, "from"),
        ({"from": "2027-05-06", "to": "2027-05-06"}, "to"),
        ({"from": "2027-05-06", "to": "2027-09-06"}, "to"),
        ({"from": "9999-12-31"}, "to"),
        ({"to": "soon"}, "to"),
        ({"cursor": "abc"}, "cursor"),
        ({"maker": "x"}, "maker"),
    ],
)
def test_packages_that_cannot_be_asked_for(
    program: Program, world: World, query: dict[str, Any], field: str
) -> None:
    answer = program.get("/packages", **query)
    assert (answer.status_code, fields_of(answer)) == (422, [field])


def test_one_package(app: Flask, program: Program, world: World) -> None:
    told = program.get(f"/packages/{world.package}").json
    assert (told["guide"], told["bring"], told["terms"]) == ("Bu Contoh", "An apron", "flexible")
    assert (told["meeting_point"], told["languages"]) == ("The shared kitchen", ["id", "en"])
    assert (told["on_sale"], told["is_sample"]) == (True, True)
    assert program.get("/packages/nothing").status_code == 404


def test_lists_go_on_by_cursor(app: Flask, program: Program, world: World, jeep: str) -> None:
    with app.app_context(), transaction():
        other = make_product(make_village("tirtomulyo")).slug
    for path, wanted in (("/packages", [world.package, jeep]), ("/products", [world.goods, other])):
        first = program.get(path, limit=1).json
        second = program.get(path, limit=1, cursor=first["next"]).json
        assert [page["items"][0]["slug"] for page in (first, second)] == wanted
        assert second["next"] is None
    first = program.get("/packages", limit=1).json
    foreign = program.get(f"/packages/{jeep}/departures", **DAYS, cursor=first["next"])
    assert (foreign.status_code, fields_of(foreign)) == (422, ["cursor"])


def test_a_departure(program: Program, world: World) -> None:
    [told] = departures(program, world.package, party=2)
    assert told == {
        "departure": world.departure,
        "package": world.package,
        "starts_at": "2027-05-06T02:00:00+00:00",
        "ends_at": "2027-05-06T05:00:00+00:00",
        "seats_left": 8,
        "price": 100_000,
        "price_unit": "person",
        "min_party": 1,
        "max_party": 12,
        "bookable_until": "2027-05-05T14:00:00+00:00",
        "state": "open",
        "total": 200_000,
        "currency": "IDR",
    }


def test_a_vehicle_has_several_seats(program: Program, world: World, jeep: str) -> None:
    [told] = departures(program, jeep, party=5)
    assert (told["seats_left"], told["price"], told["price_unit"]) == (8, 400_000, "vehicle")
    assert (told["total"], told["min_party"], told["state"]) == (800_000, 2, "open")


def test_what_is_booked_is_gone(program: Program, world: World) -> None:
    party = {"adults": 5, "children": 0}
    assert program.post("/bookings", trip(outing(world.departure, party=party)), key="k").status_code == 201
    [told] = departures(program, world.package, party=3)
    assert (told["seats_left"], told["state"]) == (3, "open")
    [told] = departures(program, world.package, party=4)
    assert (told["seats_left"], told["state"]) == (3, "full")


def test_departures_in_every_state(
    app: Flask, program: Program, world: World, set_clock: Callable[[Any], None]
) -> None:
    with app.app_context(), transaction():
        package = db.session.scalars(select(Departure.package_id)).one()
        closed, cancelled = (make_departure(package, on=CLASS_ON, at=time(hour)).id for hour in (13, 16))
        tours.close_departure(departure_id=closed)
        tours.cancel_departure(departure_id=cancelled)
        full = make_departure(package, on=CLASS_ON + timedelta(days=1), seats=1)
        tours.set_seats(departure_id=full.id, seats=0)
    states = [(told["state"], told["seats_left"]) for told in departures(program, world.package)]
    assert states == [("open", 8), ("closed", 0), ("cancelled", 0), ("full", 0)]
    set_clock(NOW + timedelta(days=16))
    states = [(told["state"], told["seats_left"]) for told in departures(program, world.package)]
    assert states == [("closed", 0), ("closed", 0), ("cancelled", 0), ("full", 0)]


def test_a_package_that_rests(app: Flask, program: Program, world: World) -> None:
    with app.app_context(), transaction():
        package = db.session.scalars(select(Departure.package_id)).one()
        tours.change_publication(package_id=package, wanted=PublicationState.PAUSED, by_user_id=None)
    assert slugs(program, "/packages") == []
    assert program.get(f"/packages/{world.package}").json["on_sale"] is False
    assert [told["state"] for told in departures(program, world.package)] == ["closed"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"to": None}, "to"),
        ({"from": None}, "from"),
        ({"to": "2027-05-01"}, "to"),
        ({"to": "2028-05-06"}, "to"),
        ({"party": 0}, "party"),
        ({"party": "two"}, "party"),
        ({"cursor": "abc"}, "cursor"),
        ({"until": "x"}, "until"),
    ],
)
def test_departures_that_cannot_be_asked_for(
    program: Program, world: World, query: dict[str, Any], field: str
) -> None:
    asked = {name: value for name, value in (DAYS | query).items() if value is not None}
    answer = program.get(f"/packages/{world.package}/departures", **asked)
    assert (answer.status_code, fields_of(answer)) == (422, [field])


def test_370_days_and_days_that_are_over(program: Program, world: World) -> None:
    year = {"from": "2027-05-01", "to": "2028-05-05"}
    assert program.get(f"/packages/{world.package}/departures", **year).status_code == 200
    past = {"from": "2020-01-01", "to": "2020-12-31"}
    assert departures(program, world.package, **past) == []
    assert program.get("/packages/nothing/departures", **DAYS).status_code == 404


# Products


def test_a_product(app: Flask, program: Program, world: World) -> None:
    with app.app_context(), transaction():
        other = make_product(
            make_village("tirtomulyo"), pickups={"sarihayu": 2, "tirtomulyo": 5, "borobudur": 0}
        )
    told = program.get(f"/products/{other.slug}").json
    assert (told["product"], told["slug"], told["name"]) == (other.product, other.slug, "Sample crisps")
    assert (told["maker"], told["village"], told["price"]) == (other.maker_slug, "tirtomulyo", 25_000)
    assert (told["in_stock"], told["shelf_life_days"]) == (7, 60)
    assert told["pickup_villages"] == ["tirtomulyo", "sarihayu"]
    assert {place["village"]: place["left"] for place in told["pickups"]}["borobudur"] == 0
    assert told in program.get("/products").json["items"]
    assert program.get("/products/nothing").status_code == 404
    assert slugs(program, "/products", village="tirtomulyo") == [other.slug]
    assert slugs(program, "/products", maker=other.maker_slug) == [other.slug]


def test_what_is_held_is_not_in_stock(program: Program, world: World) -> None:
    assert program.post("/bookings", trip(goods(world.product, quantity=10)), key="k").status_code == 201
    told = program.get(f"/products/{world.goods}").json
    assert (told["in_stock"], told["pickup_villages"]) == (0, [])
    assert slugs(program, "/products") == [world.goods]


def test_a_product_that_rests(app: Flask, program: Program, world: World) -> None:
    with app.app_context(), transaction():
        resting = make_product(make_village("sarihayu"))
        wanted = PublicationState.PAUSED
        showcase.move_publication(product_id=resting.product_id, wanted=wanted, by_user_id=None)
    told = program.get(f"/products/{resting.slug}").json
    assert (told["on_sale"], told["in_stock"], told["pickup_villages"]) == (False, 0, [])
    assert slugs(program, "/products") == [world.goods]


@pytest.mark.parametrize("field", ["village", "maker", "cursor", "kind"])
def test_products_that_cannot_be_asked_for(program: Program, world: World, field: str) -> None:
    answer = program.get("/products", **{field: "nowhere"})
    assert (answer.status_code, fields_of(answer)) == (422, [field])


def test_a_village_counts_what_it_has(app: Flask, program: Program, world: World, jeep: str) -> None:
    with app.app_context(), transaction():
        make_product(make_village("ngadiharjo", agreed=False))
    counts = {village["slug"]: village["counts"] for village in program.get("/villages").json["items"]}
    assert counts["sarihayu"] == {"homestays": 1, "rooms": 2, "packages": 1, "products": 1}
    assert counts["tirtomulyo"] == {"homestays": 1, "rooms": 4, "packages": 1, "products": 0}
    assert counts["ngadiharjo"] == {"homestays": 0, "rooms": 0, "packages": 0, "products": 1}
