"""Holding a trip, and seeing it by its token only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.bookings.models import Booking
from app.core.db import db
from app.core.idempotency import IdempotencyKey
from app.homestays.models import RoomNight
from app.notifications.models import Message
from tests.api.conftest import GUEST, NOW, Program, World, fields_of, stay, trip


def rows(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_booking_by_transfer(app: Flask, program: Program, world: World) -> None:
    answer = program.post("/bookings", trip(stay(world.room), expected_total=400_000), key="k")
    made = answer.json
    assert answer.status_code == 201
    assert (made["state"], made["total"], made["amount_due"], made["amount_paid"]) == (
        "held",
        400_000,
        400_000,
        0,
    )
    assert made["hold_expires_at"] == "2027-04-21T03:00:00+00:00"
    assert sum(share["amount"] for share in made["shares"]) == 400_000
    payment = made["payment"]
    assert payment["amount"] == 400_000 + payment["instructions"]["unique_code"]
    assert 1 <= payment["instructions"]["unique_code"] <= 499
    assert (payment["url"], payment["due_at"]) == (None, made["hold_expires_at"])
    assert payment["instructions"]["number"] == "0001"
    assert "0001" in payment["instructions"]["text"]
    assert payment["instructions"]["text"].startswith("Transfer exactly Rp400.")
    assert (rows(app, RoomNight), rows(app, Booking)) == (2, 1)
    assert rows(app, Message) > 0


def test_a_booking_paid_on_arrival(program: Program, world: World) -> None:
    line = stay(world.lodge, arrival="2027-04-24", departure="2027-04-25")
    made = program.post("/bookings", trip(line, payment="cash"), key="k").json
    assert (made["payment"]["method"], made["payment"]["amount"]) == ("cash", 450_000)
    assert made["payment"]["due_at"] == made["hold_expires_at"] == "2027-04-24T13:00:00+00:00"
    assert made["payment"]["instructions"]["bank"] is None
    assert "cash" in made["payment"]["instructions"]["text"]


def test_a_trip_over_two_villages_goes_to_the_shared_account(program: Program, world: World) -> None:
    made = program.post("/bookings", trip(stay(world.room), stay(world.lodge)), key="k").json
    assert made["payment"]["instructions"]["number"] == "99"
    assert [line["homestay"] for line in made["lines"]] == ["omah-contoh", "balkondes-contoh"]


def test_instructions_are_in_the_guests_language(program: Program, world: World) -> None:
    english = program.post("/bookings", trip(stay(world.room)), key="a").json["payment"]["instructions"]
    guest = GUEST | {"language": "id"}
    other = program.post("/bookings", trip(stay(world.room), guest=guest), key="b").json
    assert "May" not in other["payment"]["instructions"]["text"]
    assert "April" in english["text"]


def test_the_booking_by_its_token(program: Program, world: World) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    answer = program.get(f"/bookings/{made['code']}", token=made["access_token"])
    assert answer.status_code == 200
    assert answer.json["lines"] == made["lines"]
    assert answer.json["shares"] == made["shares"]
    assert [payment["state"] for payment in answer.json["payments"]] == ["pending"]
    assert answer.json["refunds"] == []
    assert answer.headers["Cache-Control"] == "no-store"
    assert "access_token" not in answer.json
    spoken = f"{made['code'][:3].lower()}-{made['code'][3:].lower()}"
    assert program.get(f"/bookings/{spoken}", token=made["access_token"]).status_code == 200


def test_whoever_has_no_token_learns_nothing(program: Program, world: World) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    other = program.post("/bookings", trip(stay(world.room)), key="o").json
    path = f"/bookings/{made['code']}"
    answers = [
        program.get("/bookings/ACDEFGH", token=made["access_token"]),
        program.get("/bookings/%00", token=made["access_token"]),
        program.get("/bookings/🏡", token=made["access_token"]),
        program.get(path),
        program.get(path, token=""),
        program.get(path, token="wrong"),
        program.get(path, token="ÿ" * 43),
        program.get(path, token=other["access_token"]),
        program.client.get("/api/v1" + path, headers={"Authorization": "Basic !!", "Accept-Language": "en"}),
        program.post(path + "/payments", {"method": "transfer"}, key="p"),
        program.post(path + "/payments", {"method": "transfer"}, key="p", token="wrong"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {answer.text for answer in answers if "%00" not in answer.request.url}
    assert len(bodies) == 1


def test_a_hold_past_its_time_reads_as_expired(
    program: Program, world: World, set_clock: Callable[[Any], None]
) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    set_clock(NOW + timedelta(hours=25))
    booking = program.get(f"/bookings/{made['code']}", token=made["access_token"]).json
    assert (booking["state"], booking["amount_due"], booking["shares"]) == ("expired", 0, [])


def test_sold_out_names_the_line_and_what_is_left(app: Flask, program: Program, world: World) -> None:
    assert program.post("/bookings", trip(stay(world.room)), key="a").status_code == 201
    both = trip(stay(world.lodge), stay(world.room, rooms=2, adults=4))
    answer = program.post("/bookings", both, key="b")
    assert (answer.status_code, answer.json["code"]) == (409, "sold_out")
    assert [(line["line"], line["left"]) for line in answer.json["lines"]] == [(1, 1)]
    assert (rows(app, Booking), rows(app, RoomNight)) == (1, 2)


def test_another_price_than_the_guest_saw(app: Flask, program: Program, world: World) -> None:
    answer = program.post("/bookings", trip(stay(world.room), expected_total=399_999), key="k")
    assert (answer.status_code, answer.json["code"], answer.json["total"]) == (409, "price_changed", 400_000)
    assert rows(app, RoomNight) == 0


@pytest.mark.parametrize("payment", ["card", "qris", "cash"])
def test_a_way_of_paying_that_is_not_open(app: Flask, program: Program, world: World, payment: str) -> None:
    answer = program.post("/bookings", trip(stay(world.room), payment=payment), key="k")
    assert (answer.status_code, fields_of(answer)) == (422, ["payment"])
    assert (rows(app, Booking), rows(app, IdempotencyKey)) == (0, 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "guest.name"),
        ({"name": " \u202e "}, "guest.name"),
        ({"name": "x" * 121}, "guest.name"),
        ({"name": "a\0b"}, "guest.name"),
        ({"name": 5}, "guest.name"),
        ({"name": None}, "guest.name"),
        ({"email": None}, "guest.email"),
        ({"email": "sri@"}, "guest.email"),
        ({"email": "sri@contoh"}, "guest.email"),
        ({"email": "a\0@contoh.example"}, "guest.email"),
        ({"email": "x" * 300 + "@contoh.example"}, "guest.email"),
        ({"phone": "12"}, "guest.phone"),
        ({"phone": "call me"}, "guest.phone"),
        ({"country": "XX"}, "guest.country"),
        ({"country": "IDN"}, "guest.country"),
        ({"country": "EU"}, "guest.country"),
        ({"language": "jv"}, "guest.language"),
        ({"title": "Mrs"}, "guest.title"),
    ],
)
def test_a_guest_who_cannot_be_booked(
    app: Flask, program: Program, world: World, change: dict[str, Any], field: str
) -> None:
    answer = program.post("/bookings", trip(stay(world.room), guest=GUEST | change), key="k")
    assert (answer.status_code, fields_of(answer)) == (422, [field])
    assert rows(app, Booking) == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ani\n\nPay at example.com", "Ani Pay at example.com"),
        ("  Bu Sri 🌾 ", "Bu Sri 🌾"),
        ("محمد", "محمد"),
        ("\u202eevil", "evil"),
        ("Jose\u0301", "José"),
        ("a\u0007b", "ab"),
        ("x\ud800y", "xy"),
    ],
)
def test_names_as_people_have_them(app: Flask, program: Program, world: World, name: str, kept: str) -> None:
    made = program.post("/bookings", trip(stay(world.room), guest=GUEST | {"name": name}), key="k")
    assert made.status_code == 201
    with app.app_context():
        assert db.session.scalars(select(Booking.guest_name)).one() == kept


def test_a_guest_with_a_phone_only(app: Flask, program: Program, world: World) -> None:
    guest = {"name": "Sri", "phone": "0812 3456 7890", "country": "id", "language": "id"}
    assert program.post("/bookings", trip(stay(world.room), guest=guest), key="k").status_code == 201
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
    found = (booking.guest_phone, booking.guest_email, booking.guest_country, booking.source)
    assert found == ("+6281234567890", None, "ID", "api")


@pytest.mark.parametrize("key", [None, "", "x" * 201])
def test_a_booking_needs_a_key(program: Program, world: World, key: str | None) -> None:
    answer = program.post("/bookings", trip(stay(world.room)), key=key)
    assert (answer.status_code, fields_of(answer)) == (422, ["Idempotency-Key"])


def test_what_a_booking_needs(program: Program, world: World) -> None:
    answer = program.post("/bookings", {}, key="k")
    assert sorted(fields_of(answer)) == ["guest", "lines", "payment"]
    answer = program.post("/bookings", trip(stay(world.room), guest="Sri", payment="gold"), key="k")
    assert sorted(fields_of(answer)) == ["guest", "payment"]


@pytest.mark.settings(holds_per_guest=1)
def test_too_many_open_holds(program: Program, world: World) -> None:
    assert program.post("/bookings", trip(stay(world.lodge)), key="a").status_code == 201
    answer = program.post("/bookings", trip(stay(world.lodge)), key="b")
    assert (answer.status_code, answer.json["code"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.settings(holds_per_address=1)
def test_too_many_open_holds_of_one_address(program: Program, world: World) -> None:
    guests = [GUEST | {"email": f"{name}@contoh.example"} for name in ("a", "b")]
    answers = [program.post("/bookings", trip(stay(world.lodge), guest=g), key=g["email"]) for g in guests]
    assert [answer.status_code for answer in answers] == [201, 429]
