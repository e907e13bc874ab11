"""What cancelling would bring back, and cancelling: by the copied terms, for the sum that was seen, once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.bookings.services import cancel_line, receive_payment
from app.core.db import db, transaction
from app.core.idempotency import IdempotencyKey
from app.payments.models import Refund
from app.payments.rules import PaymentMethod
from tests.api.conftest import NOW, Program, World, fields_of, goods, outing, stay, trip
from tests.api.test_idempotency import AT_ONCE, soon
from tests.simulators.provider import Provider

Made = dict[str, Any]
LATE = NOW + timedelta(days=14)
"""A day before arriving: the house (moderate) keeps a night, class and lodge (flexible) still give all back."""


def receive(app: Flask, made: Made) -> None:
    with app.app_context(), transaction():
        receive_payment(
            code=made["code"],
            method=PaymentMethod.TRANSFER,
            amount=made["payment"]["amount"],
            by_user_id=None,
        )


def lines_of(world: World) -> list[dict[str, Any]]:
    return [stay(world.room), outing(world.departure), goods(world.product)]


@pytest.fixture
def paid(app: Flask, program: Program, world: World) -> Made:
    """A trip of all three kinds, paid by transfer."""
    made: Made = program.post("/bookings", trip(*lines_of(world)), key="paid").json
    receive(app, made)
    return made


def ask(program: Program, made: Made, **query: Any) -> Any:
    return program.get(f"/bookings/{made['code']}/cancellation", token=made["access_token"], **query)


def cancel(program: Program, made: Made, key: str = "c", **body: Any) -> Any:
    path = f"/bookings/{made['code']}/cancel"
    return program.post(path, body, key=key, token=made["access_token"])


def refunds(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Refund.id))) or 0


def test_what_would_come_back_in_time(program: Program, paid: Made) -> None:
    answer = ask(program, paid)
    assert answer.status_code == 200
    assert {name: answer.json[name] for name in ("code", "refund", "kept", "currency")} == {
        "code": paid["code"],
        "refund": 750_000,
        "kept": 0,
        "currency": "IDR",
    }
    assert [line["line"] for line in answer.json["lines"]] == [0, 1, 2]
    assert [line["refund"] for line in answer.json["lines"]] == [400_000, 300_000, 50_000]
    assert {line["keeps"] for line in answer.json["lines"]} == {"nothing"}
    assert [line["terms"] for line in answer.json["lines"]] == [line["terms"] for line in paid["lines"]]
    assert answer.headers["Cache-Control"] == "no-store"


def test_later_the_terms_keep_something(
    program: Program, paid: Made, set_clock: Callable[[Any], None]
) -> None:
    set_clock(LATE)
    told = ask(program, paid).json
    house = told["lines"][0]
    assert house["keeps"] != "nothing"
    assert (house["paid"], house["kept"] + house["refund"]) == (400_000, 400_000)
    assert told["kept"] == sum(line["kept"] for line in told["lines"]) > 0
    assert told["refund"] + told["kept"] == 750_000
    steps = paid["lines"][0]["terms"]["steps"]
    assert {"until": house["until"], "keeps": house["keeps"]} in steps


def test_cancelled_for_the_sum_that_was_seen(
    app: Flask, program: Program, paid: Made, set_clock: Callable[[Any], None]
) -> None:
    set_clock(LATE)
    seen = ask(program, paid).json
    answer = cancel(program, paid, expected_refund=seen["refund"], reason="Hujan", lines=[0, 1, 2])
    gone = answer.json
    assert (answer.status_code, gone["state"], gone["amount_due"]) == (200, "cancelled", 0)
    assert (gone["refund"], gone["kept"]) == (seen["refund"], seen["kept"])
    assert [(refund["amount"], refund["state"]) for refund in gone["refunds"]] == [
        (seen["refund"], "created")
    ]
    assert sum(share["amount"] for share in gone["shares"]) == seen["kept"]
    assert {"tax", "host"} <= {share["kind"] for share in gone["shares"]}
    read = program.get(f"/bookings/{paid['code']}", token=paid["access_token"]).json
    assert {name: gone[name] for name in read} == read


def test_what_was_cancelled_is_free_again(program: Program, world: World, paid: Made) -> None:
    days = {"from": "2027-05-06", "to": "2027-05-07"}
    assert cancel(program, paid).status_code == 200
    [departure] = program.get(f"/packages/{world.package}/departures", **days).json["items"]
    assert departure["seats_left"] == 8
    assert program.get(f"/products/{world.goods}").json["in_stock"] == 10


def test_another_sum_than_was_seen(app: Flask, program: Program, paid: Made) -> None:
    answer = cancel(program, paid, expected_refund=749_999)
    assert (answer.status_code, answer.json["code"]) == (409, "price_changed")
    assert (answer.json["refund"], refunds(app)) == (750_000, 0)
    assert cancel(program, paid, expected_refund=750_000).status_code == 200


def test_the_same_again_gives_the_first_answer(
    app: Flask, program: Program, paid: Made, set_clock: Callable[[Any], None]
) -> None:
    first = cancel(program, paid, reason="Hujan")
    set_clock(NOW + timedelta(days=60))
    second = cancel(program, paid, reason="Hujan")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json
    conflict = cancel(program, paid, reason="Lain")
    assert (conflict.status_code, conflict.json["code"]) == (409, "idempotency_conflict")
    assert refunds(app) == 1


def test_a_hold_is_let_go(app: Flask, program: Program, world: World) -> None:
    made = program.post("/bookings", trip(*lines_of(world)), key="k").json
    assert (ask(program, made).json["refund"], ask(program, made).json["kept"]) == (0, 0)
    answer = cancel(program, made, expected_refund=0)
    assert (answer.json["state"], answer.json["refund"], answer.json["kept"]) == ("cancelled", 0, 0)
    assert (answer.json["shares"], answer.json["refunds"]) == ([], [])
    assert [payment["state"] for payment in answer.json["payments"]] == ["cancelled"]


def is_wrong_state(answer: Any) -> bool:
    return (answer.status_code, answer.json["code"]) == (409, "wrong_state")


def test_what_has_ended_is_not_cancelled(program: Program, paid: Made) -> None:
    assert cancel(program, paid, "one").status_code == 200
    assert is_wrong_state(ask(program, paid))
    assert is_wrong_state(cancel(program, paid, "other"))


def test_what_has_begun_or_lapsed_is_not_cancelled(
    app: Flask, program: Program, world: World, paid: Made, set_clock: Callable[[Any], None]
) -> None:
    lapsed = program.post("/bookings", trip(stay(world.room)), key="lapsed").json
    set_clock(NOW + timedelta(days=16))
    for made in (paid, lapsed):
        assert is_wrong_state(ask(program, made))
        assert is_wrong_state(cancel(program, made))
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(IdempotencyKey.key == "c")) == 0


def test_a_line_that_is_not_there(app: Flask, program: Program, paid: Made) -> None:
    for answer in (ask(program, paid, lines=[0, 3]), cancel(program, paid, lines=[0, 3])):
        assert (answer.status_code, fields_of(answer)) == (422, ["lines"])
        assert answer.json["errors"][0]["message"].endswith(".")
    assert refunds(app) == 0
    assert ask(program, paid, lines=[2, 1, 0]).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": "all"}, "lines"),
        ({"lines": [-1]}, "lines.0"),
        ({"reason": 5}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"expected_refund": -1}, "expected_refund"),
        ({"expected_refund": "0"}, "expected_refund"),
        ({"why": "rain"}, "why"),
    ],
)
def test_what_cannot_be_read(program: Program, paid: Made, body: dict[str, Any], field: str) -> None:
    answer = cancel(program, paid, **body)
    assert (answer.status_code, fields_of(answer)) == (422, [field])


def test_it_takes_a_key_and_the_token(program: Program, paid: Made) -> None:
    path = f"/bookings/{paid['code']}"
    unkeyed = program.post(path + "/cancel", {}, token=paid["access_token"])
    assert (unkeyed.status_code, fields_of(unkeyed)) == (422, ["Idempotency-Key"])
    answers = [
        program.get(path + "/cancellation"),
        program.get(path + "/cancellation", token="wrong"),
        program.get("/bookings/ACDEFGH/cancellation", token=paid["access_token"]),
        program.post(path + "/cancel", {}, key="k"),
        program.post(path + "/cancel", {}, key="k", token="wrong"),
        program.post("/bookings/ACDEFGH/cancel", {}, key="k", token=paid["access_token"]),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}


def by_card(program: Program, client: FlaskClient, world: World, provider: Provider) -> Made:
    """A trip of all three kinds, paid by card."""
    made: Made = program.post("/bookings", trip(*lines_of(world), payment="card"), key="card").json
    provider.pay(made["payment"]["url"])
    provider.deliver(client)
    return made


def test_money_goes_back_to_the_card(
    program: Program, client: FlaskClient, world: World, provider: Provider
) -> None:
    made = by_card(program, client, world, provider)
    gone = cancel(program, made, expected_refund=750_000).json
    [refund] = provider.library().refunds.list().data
    assert refund.amount == 750_000 * 100
    provider.deliver(client)
    again = cancel(program, made, expected_refund=750_000).json
    assert [(refund["amount"], refund["state"]) for refund in again["refunds"]] == [(750_000, "sent")]
    assert (again["refund"], again["kept"]) == (gone["refund"], gone["kept"]) == (750_000, 0)
    assert len(provider.library().refunds.list().data) == 1


def test_the_card_page_of_a_hold_that_is_cancelled_closes(
    program: Program, world: World, provider: Provider
) -> None:
    made = program.post("/bookings", trip(*lines_of(world), payment="card"), key="k").json
    assert cancel(program, made).json["state"] == "cancelled"
    (page,) = provider.library().checkout.sessions.list().data
    assert page.status == "expired"


def test_with_the_provider_away_it_is_cancelled_and_the_money_goes_when_it_is_back(
    program: Program, client: FlaskClient, world: World, provider: Provider
) -> None:
    made = by_card(program, client, world, provider)
    provider.be_away(1)
    away = cancel(program, made)
    assert (away.status_code, away.json["state"], away.json["refund"]) == (200, "cancelled", 750_000)
    assert [refund["state"] for refund in away.json["refunds"]] == ["created"]
    cancel(program, made)
    provider.deliver(client)
    assert [refund["state"] for refund in cancel(program, made).json["refunds"]] == ["sent"]
    assert len(provider.library().refunds.list().data) == 1


@pytest.mark.parametrize("one_key", [True, False])
def test_six_at_once_are_one_refund(race_app: Flask, one_key: bool) -> None:
    world, nights = soon(race_app)
    made = Program(race_app.test_client()).post("/bookings", trip(stay(world.room, **nights)), key="k").json
    receive(race_app, made)
    gate = Barrier(AT_ONCE)

    def send(number: int) -> Any:
        program = Program(race_app.test_client())
        gate.wait()
        return cancel(program, made, "one" if one_key else str(number))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    done = [answer.json for answer in answers if answer.status_code == 200]
    assert len(done) == (AT_ONCE if one_key else 1)
    assert all(is_wrong_state(answer) for answer in answers if answer.status_code != 200)
    assert all(answer == done[0] for answer in done)
    assert refunds(race_app) == 1


def test_after_one_line_was_cancelled_the_rest_is_asked_about(
    app: Flask, program: Program, paid: Made
) -> None:
    with app.app_context(), transaction():
        cancel_line(code=paid["code"], position=1, reason=None)
    answer = ask(program, paid)
    assert answer.status_code == 200
    assert [line["line"] for line in answer.json["lines"]] == [0, 2]
    assert is_wrong_state(ask(program, paid, lines=[1]))
