"""Paying by card: the page comes in a second step, and whoever asks again while the provider was away gets it then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.bookings.models import Booking
from app.core.db import db
from app.payments.models import Payment, Receipt
from tests.api.conftest import NOW, Program, World, goods, outing, stay, trip
from tests.simulators import needs
from tests.simulators.provider import Provider


def hold(program: Program, world: World, key: str = "k", **changes: Any) -> Any:
    """A trip of all three kinds, by card."""
    lines = [stay(world.room), outing(world.departure), goods(world.product)]
    return program.post("/bookings", trip(*lines, payment="card", **changes), key=key)


def read(program: Program, made: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = program.get(f"/bookings/{made['code']}", token=made["access_token"]).json
    return answer


def pay(program: Program, made: dict[str, Any], key: str, method: str = "card") -> Any:
    path = f"/bookings/{made['code']}/payments"
    return program.post(path, {"method": method}, key=key, token=made["access_token"])


def sessions(provider: Provider) -> int:
    """How many pages the provider has opened."""
    return len(provider.library().checkout.sessions.list().data)


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_trip_of_three_kinds_is_paid_on_the_page(
    program: Program, client: FlaskClient, world: World, provider: Provider
) -> None:
    answer = hold(program, world)
    made = answer.json
    assert (answer.status_code, made["state"], made["payment"]["method"]) == (201, "held", "card")
    assert (made["payment"]["amount"], made["payment"]["instructions"]) == (made["total"], None)
    assert made["payment"]["url"].partition("?")[0].rpartition("/")[0].endswith("/c/pay")
    [attempt] = read(program, made)["payments"]
    assert (attempt["state"], attempt["url"]) == ("pending", made["payment"]["url"])

    provider.pay(made["payment"]["url"])
    provider.deliver(client)
    paid = read(program, made)
    assert (paid["state"], paid["amount_paid"], paid["amount_due"]) == ("confirmed", made["total"], 0)
    assert [(attempt["state"], attempt["url"]) for attempt in paid["payments"]] == [("succeeded", None)]
    assert paid["shares"] == made["shares"]


def test_a_quote_offers_the_card(program: Program, world: World, provider: Provider) -> None:
    options = program.post("/quotes", {"lines": [stay(world.room)]}).json["options"]
    assert [option["method"] for option in options] == ["card", "transfer"]


def test_the_same_again_gives_the_same_page(
    app: Flask, program: Program, world: World, provider: Provider
) -> None:
    first, second = hold(program, world), hold(program, world)
    assert first.json == second.json
    assert (count(app, Booking), count(app, Payment), sessions(provider)) == (1, 1, 1)


def test_with_the_provider_away_the_trip_is_held_and_a_replay_finds_the_page(
    app: Flask, program: Program, world: World, provider: Provider
) -> None:
    provider.be_away(1)
    away = hold(program, world)
    assert (away.status_code, away.json["state"], away.json["payment"]["url"]) == (201, "held", None)
    assert read(program, away.json)["payments"][0]["state"] == "created"
    again = hold(program, world)
    assert again.status_code == 201
    assert again.json["payment"]["url"].partition("?")[0].rpartition("/")[0].endswith("/c/pay")
    assert again.json["code"] == away.json["code"]
    assert (count(app, Booking), count(app, Payment), sessions(provider)) == (1, 1, 1)


def test_an_answer_that_got_lost_does_not_open_a_second_page(
    program: Program, world: World, provider: Provider
) -> None:
    provider.lose_answers(2)
    assert hold(program, world).json["payment"]["url"] is None
    assert hold(program, world).json["payment"]["url"] is not None
    assert sessions(provider) == 1


def test_a_new_attempt_after_the_provider_was_away(
    program: Program, client: FlaskClient, world: World, provider: Provider
) -> None:
    provider.be_away(2)
    made = hold(program, world).json
    away = pay(program, made, "p")
    assert (away.status_code, away.json["url"], away.json["state"]) == (200, None, "held")
    again = pay(program, made, "p")
    assert again.json["url"] == again.json["payment"]["url"]
    assert again.json["url"].partition("?")[0].rpartition("/")[0].endswith("/c/pay")
    assert [attempt["state"] for attempt in read(program, made)["payments"]] == ["cancelled", "pending"]
    provider.pay(again.json["url"])
    provider.deliver(client)
    assert read(program, made)["state"] == "confirmed"
    assert pay(program, made, "p").json["url"] is None


def open_pages(provider: Provider) -> list[str | None]:
    """The addresses of the pages that can be paid on."""
    return [one.url for one in provider.library().checkout.sessions.list().data if one.status == "open"]


@pytest.mark.parametrize("method", ["card", "transfer"])
def test_a_new_attempt_closes_the_page_of_the_old(
    program: Program, world: World, provider: Provider, method: str
) -> None:
    """Nobody is to find two pages to pay on."""
    first = hold(program, world).json
    second = pay(program, first, "p", method).json
    assert second["url"] != first["payment"]["url"]
    assert open_pages(provider) == ([second["url"]] if method == "card" else [])


def test_a_new_attempt_believes_that_the_old_was_paid(
    app: Flask, program: Program, world: World, provider: Provider
) -> None:
    """The guest has paid, nobody has told us yet, and the guest asks to pay again."""
    made = hold(program, world).json
    provider.pay(made["payment"]["url"])
    again = pay(program, made, "p").json
    assert (again["state"], again["amount_due"], again["url"]) == ("confirmed", 0, None)
    assert sessions(provider) == 1
    assert count(app, Receipt) == 1


def test_while_the_old_page_may_be_open_no_other_is_opened(
    program: Program, world: World, provider: Provider
) -> None:
    made = hold(program, world).json
    provider.be_away(1)
    assert pay(program, made, "p").json["url"] is None
    assert sessions(provider) == 1
    again = pay(program, made, "p").json["url"]
    assert open_pages(provider) == [again]


@needs.lies
def test_what_was_charged_and_is_looked_at_is_not_paid_twice(
    program: Program, client: FlaskClient, world: World, provider: Provider
) -> None:
    made = hold(program, world).json
    [session] = provider.library().checkout.sessions.list().data
    provider.spoil(session.id, amount_total=100)
    provider.pay(made["payment"]["url"])
    provider.deliver(client)
    assert read(program, made)["state"] == "held"
    for method in ("card", "transfer"):
        answer = pay(program, made, method, method)
        assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")
    assert sessions(provider) == 1


def test_from_transfer_to_card_and_back(program: Program, world: World, provider: Provider) -> None:
    made = program.post("/bookings", trip(stay(world.room)), key="k").json
    card = pay(program, made, "card").json
    assert (card["method"], card["amount"], card["url"] is None) == ("card", 400_000, False)
    back = pay(program, made, "back", "transfer").json
    assert (back["method"], back["url"]) == ("transfer", None)
    attempts = read(program, made)["payments"]
    assert [attempt["state"] for attempt in attempts] == ["cancelled", "cancelled", "pending"]
    assert {attempt["url"] for attempt in attempts} == {None}


def test_a_hold_past_its_time_opens_no_page(
    program: Program, world: World, provider: Provider, set_clock: Callable[[Any], None]
) -> None:
    provider.be_away(1)
    assert hold(program, world).json["payment"]["url"] is None
    set_clock(NOW + timedelta(days=2))
    late = hold(program, world)
    assert (late.status_code, late.json["state"], late.json["payment"]["url"]) == (201, "expired", None)
    assert sessions(provider) == 0


@pytest.mark.settings(stripe_api_base="http://127.0.0.1:9")
def test_nobody_is_at_the_provider(program: Program, world: World, provider: Provider) -> None:
    answer = hold(program, world)
    assert (answer.status_code, answer.json["state"], answer.json["payment"]["url"]) == (201, "held", None)
