"""Whose money it may be: exact first, then without the code, then near; within the scope and in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.bookings.queries import Likeness, count_waiting_for_money, list_candidates
from app.bookings.queries.candidates import NEAR
from app.core.dates import Nights
from app.payments.rules import PaymentMethod
from app.users.rules import Role, Scope
from tests.bookings.desk import CASH, NOW, TODAY, Desk, asked, book, make_desk, receive

DAY = timedelta(days=1)
ALL = Scope(everything=True)


@pytest.fixture
def desk(app: Flask, set_clock: Callable[[object], None]) -> Desk:
    set_clock(NOW)
    return make_desk(app)


def found(app: Flask, amount: int, scope: Scope = ALL) -> list[tuple[str, Likeness]]:
    """Codes and likeness, best first."""
    with app.app_context():
        return [(one.booking.code, one.likeness) for one in list_candidates(amount, scope)]


def test_the_exact_amount_comes_first(app: Flask, desk: Desk) -> None:
    codes = [book(app, desk.here), book(app, desk.here), book(app, desk.there)]
    for code in codes:
        first, *others = found(app, asked(app, code))
        assert first == (code, Likeness.EXACT)
        assert {other for other, _likeness in others} == set(codes) - {code}
        assert {likeness for _other, likeness in others} == {Likeness.NEAR}


def test_the_amount_without_its_code_comes_next(app: Flask, desk: Desk) -> None:
    whole, other = book(app, desk.here), book(app, desk.here, nights=Nights(TODAY + DAY * 7, TODAY + DAY * 8))
    assert found(app, 400_000) == [(whole, Likeness.SUM)]
    assert found(app, 200_000) == [(other, Likeness.SUM)]


def test_a_bank_fee_still_finds_it(app: Flask, desk: Desk) -> None:
    code = book(app, desk.here)
    amount = asked(app, code)
    assert found(app, amount - 6_500) == [(code, Likeness.NEAR)]
    assert found(app, 400_000 - NEAR) == [(code, Likeness.NEAR)]
    assert found(app, 400_000 - NEAR - 1) == []
    assert found(app, amount + NEAR + 1) == []


def test_a_deposit_and_its_rest_are_found(app: Flask, desk: Desk) -> None:
    far = Nights(TODAY + 30 * DAY, TODAY + 32 * DAY)
    code = book(app, desk.there, nights=far)
    with app.app_context():
        (one,) = list_candidates(asked(app, code), ALL)
        deposit = one.booking.due_now
        assert (one.likeness, one.asked, one.difference) == (Likeness.EXACT, asked(app, code), 0)
    assert found(app, 2 * deposit) == [(code, Likeness.SUM)]
    receive(app, code, desk.people[Role.MANAGER])
    assert found(app, deposit) == [(code, Likeness.SUM)]


def test_what_is_paid_asks_for_nothing(app: Flask, desk: Desk) -> None:
    code = book(app, desk.here)
    amount = asked(app, code)
    receive(app, code, desk.people[Role.MANAGER])
    assert found(app, amount) == []


def test_cash_to_come_is_found(app: Flask, desk: Desk) -> None:
    code = book(app, desk.here, method=CASH)
    assert found(app, 400_000) == [(code, Likeness.SUM)]


def test_money_also_comes_late(app: Flask, desk: Desk, set_clock: Callable[[object], None]) -> None:
    code = book(app, desk.here)
    amount = asked(app, code)
    set_clock(NOW + 10 * DAY)
    assert found(app, amount) == [(code, Likeness.EXACT)]
    set_clock(NOW + 16 * DAY)
    assert found(app, amount) == []


def test_only_within_the_scope(app: Flask, desk: Desk) -> None:
    here, there = book(app, desk.here), book(app, desk.there)
    scope = Scope(villages=frozenset({desk.here.id}))
    assert [code for code, _likeness in found(app, 400_000, scope)] == [here]
    assert found(app, asked(app, there), Scope()) == []


def test_waiting_counts_running_transfers(
    app: Flask, desk: Desk, set_clock: Callable[[object], None]
) -> None:
    book(app, desk.here)
    book(app, desk.there)
    book(app, desk.here, method=CASH, nights=Nights(TODAY + 3 * DAY, TODAY + 4 * DAY))
    with app.app_context():
        assert count_waiting_for_money(ALL) == 2
        assert count_waiting_for_money(Scope(villages=frozenset({desk.here.id}))) == 1
    set_clock(NOW + 2 * DAY)
    with app.app_context():
        assert count_waiting_for_money(ALL) == 0


@pytest.mark.settings(stripe_secret_key="sk_test_sample", stripe_webhook_secret="whsec_sample")
def test_what_is_asked_for_by_card_is_no_transfer_to_wait_for(app: Flask, desk: Desk) -> None:
    code = book(app, desk.here, method=PaymentMethod.CARD)
    assert found(app, 400_000) == [(code, Likeness.SUM)], "who transfers all the same is found"
    with app.app_context():
        assert count_waiting_for_money(ALL) == 0
