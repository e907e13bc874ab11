"""New attempts to pay, money that arrives, and the public books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app.bookings.services import complete_services, receive_payment
from app.core.db import transaction
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from tests.api.conftest import NOW, Program, World, fields_of, stay, trip
from tests.factories import make_sheet, make_user

AFTER = datetime(2027, 5, 8, 6, 0, tzinfo=UTC)
"""The day after leaving, 13:00 in the village: both nights are earned."""


def receive(app: Flask, code: str, amount: int) -> None:
    with app.app_context(), transaction():
        receive_payment(code=code, method=PaymentMethod.TRANSFER, amount=amount, by_user_id=None)


def complete(app: Flask) -> None:
    with app.app_context(), transaction():
        complete_services()


def books(program: Program, village: str, month: str = "2027-05") -> tuple[dict[str, int], dict[str, int]]:
    answer = program.get(f"/books/{village}", month=month).json
    income, shares = (
        {row["kind"]: row["amount"] for row in answer[name] if row["amount"]} for name in ("income", "shares")
    )
    assert sum(income.values()) == sum(shares.values())
    return income, shares


def test_search_quote_book_pay_stay_and_everybody_has_earned(
    app: Flask, program: Program, world: World, set_clock: Callable[[Any], None]
) -> None:
    found = program.get("/stays", arrival="2027-05-05", departure="2027-05-07", village="sarihayu").json
    line = stay(found["items"][0]["room_type"])
    quote = program.post("/quotes", {"lines": [line]}).json
    made = program.post("/bookings", trip(line, expected_total=quote["total"]), key="journey").json
    assert made["shares"] == quote["shares"]
    assert books(program, "sarihayu") == ({}, {})

    receive(app, made["code"], made["payment"]["amount"])
    paid = program.get(f"/bookings/{made['code']}", token=made["access_token"]).json
    assert (paid["state"], paid["amount_paid"], paid["amount_due"]) == ("confirmed", 400_000, 0)
    assert [payment["state"] for payment in paid["payments"]] == ["succeeded"]
    assert sum(share["amount"] for share in paid["shares"]) == paid["total"]
    again = program.post("/bookings", trip(line, expected_total=quote["total"]), key="journey").json
    assert (again["code"], again["access_token"], again["state"]) == (
        made["code"],
        made["access_token"],
        "confirmed",
    )

    set_clock(AFTER)
    complete(app)
    stayed = program.get(f"/bookings/{made['code']}", token=made["access_token"]).json
    assert stayed["state"] == "completed"
    assert stayed["shares"] == quote["shares"]
    income, shares = books(program, "sarihayu")
    assert income == {"stay": 400_000}
    assert shares == {share["kind"]: share["amount"] for share in quote["shares"]}
    assert shares["tax"] == 36_363
    assert books(program, "tirtomulyo") == ({}, {})
    assert books(program, "sarihayu", "2027-06") == ({}, {})


def test_an_empty_month_is_zeros(program: Program, world: World) -> None:
    answer = program.get("/books/sarihayu", month="2026-01").json
    assert (answer["month"], answer["village"]) == ("2026-01", "sarihayu")
    assert {row["amount"] for row in answer["income"] + answer["shares"]} == {0}
    assert {"stay"} <= {row["kind"] for row in answer["income"]}
    assert {"host", "bumdes", "manager", "village_cash", "tax"} <= {row["kind"] for row in answer["shares"]}


@pytest.mark.parametrize(
    "month", ["", "2027", "2027-13", "2027-00", "9999-12", "2027-5", "May", "２０２７-05"]
)
def test_a_month_that_is_none(program: Program, world: World, month: str) -> None:
    answer = program.get("/books/sarihayu", month=month)
    assert (answer.status_code, fields_of(answer)) == (422, ["month"])


def test_the_month_is_needed(program: Program, world: World) -> None:
    assert fields_of(program.get("/books/sarihayu")) == ["month"]


def test_a_new_attempt_takes_the_place_of_the_old(program: Program, world: World) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    path, token = f"/bookings/{made['code']}", made["access_token"]
    attempt = program.post(path + "/payments", {"method": "transfer"}, key="p", token=token)
    assert attempt.status_code == 200
    assert (attempt.json["method"], attempt.json["state"], attempt.json["amount_due"]) == (
        "transfer",
        "held",
        400_000,
    )
    assert attempt.json["payment"]["amount"] == attempt.json["amount"]
    payments = program.get(path, token=token).json["payments"]
    assert [payment["state"] for payment in payments] == ["cancelled", "pending"]
    assert payments[1]["amount"] == attempt.json["amount"]


def test_an_attempt_sent_twice_is_one(program: Program, world: World) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    path, token = f"/bookings/{made['code']}", made["access_token"]
    answers = [program.post(path + "/payments", {"method": "transfer"}, key="p", token=token) for _ in "ab"]
    assert answers[0].json == answers[1].json
    assert len(program.get(path, token=token).json["payments"]) == 2
    conflict = program.post(path + "/payments", {"method": "cash"}, key="p", token=token)
    assert (conflict.status_code, conflict.json["code"]) == (409, "idempotency_conflict")


def test_changing_to_paying_on_arrival(program: Program, world: World) -> None:
    line = stay(world.lodge, arrival="2027-04-24", departure="2027-04-25")
    made = program.post("/bookings", trip(line), key="k").json
    path, token = f"/bookings/{made['code']}/payments", made["access_token"]
    attempts = [program.post(path, {"method": "cash"}, key="p", token=token).json for _ in "ab"]
    assert attempts[0] == attempts[1]
    assert (attempts[0]["method"], attempts[0]["amount"], attempts[0]["url"]) == ("cash", 450_000, None)
    assert attempts[0]["hold_expires_at"] == "2027-04-24T13:00:00+00:00"


@pytest.mark.parametrize("method", ["card", "qris", "cash", "gold", None])
def test_a_method_that_is_not_open(program: Program, world: World, method: Any) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    path = f"/bookings/{made['code']}/payments"
    answer = program.post(path, {"method": method}, key="p", token=made["access_token"])
    assert (answer.status_code, fields_of(answer)) == (422, ["method"])
    good = program.post(path, {"method": "transfer"}, key="p", token=made["access_token"])
    assert good.status_code == 200


def test_nothing_to_pay(app: Flask, program: Program, world: World) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    receive(app, made["code"], made["payment"]["amount"])
    path = f"/bookings/{made['code']}/payments"
    answer = program.post(path, {"method": "transfer"}, key="p", token=made["access_token"])
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")


def test_money_that_comes_too_late_goes_back(
    app: Flask, program: Program, world: World, set_clock: Callable[[Any], None]
) -> None:
    made = program.post("/bookings", trip(stay(world.room, rooms=2, adults=4)), key="k").json
    set_clock(NOW.replace(day=22))
    program.post("/bookings", trip(stay(world.room, rooms=2, adults=4)), key="other")
    receive(app, made["code"], made["payment"]["amount"])
    booking = program.get(f"/bookings/{made['code']}", token=made["access_token"]).json
    assert booking["state"] == "expired"
    assert booking["amount_paid"] == 800_000
    assert sum(refund["amount"] for refund in booking["refunds"]) == made["payment"]["amount"]
    assert {refund["state"] for refund in booking["refunds"]} == {"created"}
    assert sum(share["amount"] for share in booking["shares"]) == 0


def test_qris_where_the_receiver_has_a_sheet(app: Flask, program: Program, world: World) -> None:
    line = stay(world.room)
    refused = program.post("/bookings", trip(line, payment="qris"), key="qris")
    assert (refused.status_code, refused.json["code"], fields_of(refused)) == (422, "invalid", ["payment"])
    with app.app_context(), transaction():
        make_sheet(by_user_id=make_user(Role.MANAGER))
    made = program.post("/bookings", trip(line, payment="qris"), key="qris").json
    payment, told = made["payment"], made["payment"]["instructions"]
    assert (payment["method"], payment["amount"], payment["url"]) == ("qris", made["total"], None)
    assert (told["merchant_name"], told["nmid"], told["bank"]) == ("BUMDES CONTOH", "ID1020304050607", None)
    assert told["qris"].startswith("000201")
    assert "Rp400.000" in told["text"]
    path, token = f"/bookings/{made['code']}/payments", made["access_token"]
    answer = program.post(path, {"method": "transfer"}, key="other", token=token).json
    assert answer["payment"]["method"] == "transfer"
    answer = program.post(path, {"method": "qris"}, key="back", token=token).json
    assert (answer["payment"]["method"], answer["payment"]["amount"]) == ("qris", 400_000)
