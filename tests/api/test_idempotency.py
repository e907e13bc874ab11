"""The second click: only a success is remembered, the same key gives the same answer, two at once make one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.bookings.models import Booking
from app.core import clock
from app.core.db import db, transaction
from app.core.idempotency import IdempotencyKey
from app.homestays.models import RoomNight
from app.payments.models import Payment
from tests.api.conftest import NOW, Program, World, make_world, stay, trip

AT_ONCE = 6


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_same_again_gives_the_first_answer(app: Flask, program: Program, world: World) -> None:
    first = program.post("/bookings", trip(stay(world.room)), key="k")
    second = program.post("/bookings", trip(stay(world.room)), key="k")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert (count(app, Booking), count(app, Payment)) == (1, 1)


def test_the_same_body_in_another_order_is_the_same(program: Program, world: World) -> None:
    first = program.post("/bookings", trip(stay(world.room)), key="k").json
    line = dict(reversed(stay(world.room).items()))
    assert program.post("/bookings", dict(reversed(trip(line).items())), key="k").json == first


def test_another_body_under_the_key(app: Flask, program: Program, world: World) -> None:
    program.post("/bookings", trip(stay(world.room)), key="k")
    answer = program.post("/bookings", trip(stay(world.lodge)), key="k")
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_conflict")
    assert count(app, Booking) == 1


def test_a_failure_leaves_no_trace(app: Flask, program: Program, world: World) -> None:
    refused = program.post("/bookings", trip(stay(world.room), expected_total=1), key="k")
    assert (refused.status_code, count(app, IdempotencyKey)) == (409, 0)
    assert (
        program.post("/bookings", trip(stay(world.room), expected_total=400_000), key="k").status_code == 201
    )


def test_the_first_answer_comes_also_when_the_day_has_passed(
    program: Program, world: World, set_clock: Callable[[Any], None]
) -> None:
    first = program.post("/bookings", trip(stay(world.room)), key="k").json
    set_clock(NOW + timedelta(days=60))
    again = program.post("/bookings", trip(stay(world.room)), key="k")
    assert again.status_code == 201
    assert (again.json["code"], again.json["access_token"]) == (first["code"], first["access_token"])
    assert again.json["state"] == "expired"


def test_a_replay_names_the_attempt_that_is_good_now(program: Program, world: World) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    path = f"/bookings/{made['code']}/payments"
    attempt = program.post(path, {"method": "transfer"}, key="p", token=made["access_token"]).json
    again = program.post("/bookings", trip(stay(world.room)), key="k").json
    assert again["payment"]["amount"] == attempt["amount"]


def test_keys_of_two_bookings_do_not_meet(program: Program, world: World) -> None:
    made = [program.post("/bookings", trip(stay(world.room)), key=key).json for key in "ab"]
    for one in made:
        path = f"/bookings/{one['code']}/payments"
        answer = program.post(path, {"method": "transfer"}, key="p", token=one["access_token"])
        assert answer.json["code"] == one["code"]


def soon(app: Flask) -> tuple[World, dict[str, str]]:
    """The world on the real clock, and two nights in a month's time."""
    with app.app_context(), transaction():
        first = clock.today() + timedelta(days=30)
        world = make_world(first)
    return world, {"arrival": str(first), "departure": str(first + timedelta(days=2))}


def at_once(app: Flask, bodies: list[Any], keys: list[str]) -> list[Any]:
    """Send all of it at the same moment, each from a thread of its own."""
    gate = Barrier(len(bodies))

    def send(body: Any, key: str) -> Any:
        program = Program(app.test_client())
        gate.wait()
        return program.post("/bookings", body, key=key)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies, keys))


def test_several_at_once_make_one_booking(race_app: Flask) -> None:
    world, nights = soon(race_app)
    body = trip(stay(world.room, **nights))
    answers = at_once(race_app, [body] * AT_ONCE, ["k"] * AT_ONCE)
    assert {answer.status_code for answer in answers} == {201}
    assert all(answer.json == answers[0].json for answer in answers)
    found = (count(race_app, Booking), count(race_app, RoomNight), count(race_app, IdempotencyKey))
    assert found == (1, 2, 1)


def test_without_one_key_they_are_several(race_app: Flask) -> None:
    world, nights = soon(race_app)
    body = trip(stay(world.lodge, **nights))
    answers = at_once(race_app, [body] * AT_ONCE, [str(number) for number in range(AT_ONCE)])
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [409] * 2
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"sold_out"}
    assert (count(race_app, Booking), count(race_app, IdempotencyKey)) == (4, 4)


@pytest.mark.parametrize("first_fails", [True, False])
def test_two_bodies_under_one_key_at_once(race_app: Flask, first_fails: bool) -> None:
    world, nights = soon(race_app)
    good = trip(stay(world.room, **nights))
    other = trip(stay(world.room, **nights), expected_total=1 if first_fails else 400_000)
    statuses = sorted(answer.status_code for answer in at_once(race_app, [other, good], ["k", "k"]))
    assert statuses == [201, 409]
    assert count(race_app, Booking) == 1
