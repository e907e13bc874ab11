"""Trips of all three kinds, paid by card or not, told of twice, cancelled, disputed, refunded, in any order: after
each history the books, the nights, the counters and every purse hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask

from app.bookings.rules import Decision
from app.core import clock
from app.core.db import transaction
from app.payments.gateway import ProviderRefundState
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from app.villages.queries import find_bank_account
from tests.bookings.cards import Shop
from tests.factories import NOW, make_house, make_package, make_product, make_user
from tests.properties.histories import run_histories
from tests.properties.told_trips import Away, Trips

PARTS, HISTORIES, STEPS = 4, 66, 52
"""Ten thousand steps in all: hypothesis ends a history after as many, now and then before."""


OFTEN = frozenset(
    {
        "money:received",
        "booking:cancelled",
        "booking:line_cancelled",
        "voucher:made",
        "credit:given",
        "statement:posted",
    }
)
"""Of each part, whatever the histories are. What is rarer happens in most parts, and in the walk below."""


ONCE = frozenset(
    {
        "dispute:taken", "dispute:returned", "dispute:lost", "refund:returned", "refund:reminded",
        "refund:account_given", "refund:approved", "refund:transferred", "refund:refused", "refund:came_back",
        "refund:sent", "credit:given", "credit:spent", "credit:stopped", "voucher:made", "voucher:stopped",
        "transfer:claimed", "transfer:not_found", "claim: found", "line: unknown", "line: exact", "statement:posted",
        "review:owed_back", "review:not_ours", "receipt:corrected", "booking:contact_corrected", "booking:extended",
    }
)  # fmt: skip
"""What one history of a walk through the rules does."""


@pytest.fixture
def trips(app: Flask) -> Iterator[type[Trips]]:
    """The machine, with what it sells and who works there."""
    Trips.away = Away()
    app.extensions["gateway"], before = Trips.away, app.extensions["gateway"]
    with app.app_context(), clock.shifted(NOW), transaction():
        house = make_house(rooms=2, deposit=5000)
        Trips.shop = Shop(house, make_package(seats=7, price=99_999), make_product(pieces=13, price=33_333))
        Trips.houses = dict.fromkeys(("small", "deposit", "other village"), house)
        Trips.village_id = house.village_id
        account = find_bank_account(house.village_id)
        assert account is not None
        Trips.account = account.code
        Trips.user_id = make_user(Role.DESK, house=house)
        Trips.second_id = make_user(Role.MANAGER)
    Trips.app, Trips.steps, Trips.acted = app, 0, Counter()
    yield Trips
    app.extensions["gateway"] = before


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.settings(stripe_secret_key="sk_test_sample", stripe_webhook_secret="whsec_sample")
def test_any_trips(trips: type[Trips], part: int) -> None:
    run_histories(trips, histories=HISTORIES, steps=STEPS, part=part)
    assert trips.steps >= 10_000 / PARTS, "the histories are as long as is said"
    assert OFTEN - set(trips.acted) == set(), "all of this happens again and again"


@pytest.mark.settings(stripe_secret_key="sk_test_sample", stripe_webhook_secret="whsec_sample")
def test_every_act_gets_through(trips: type[Trips]) -> None:
    """No rule is dead: one after the other, each finds what it acts upon."""
    walk = trips()
    for how in ("won", "lost"):
        by_card = walk.hold_and_pay({"product"}, late=False)
        walk.dispute_and_decide(by_card, how=how)
    walk.cancel(by_card)
    walk.send_refunds(ProviderRefundState.SUCCEEDED)
    walk.hold_and_pay({"product"}, late=False)
    again = walk.hold_and_pay({"package"}, late=False)
    walk.cancel(again)
    walk.send_refunds(ProviderRefundState.SUCCEEDED)
    walk.a_refund_comes_back(which=0)
    walk.keep_it_longer(walk.hold({"package"}, PaymentMethod.CARD))
    _by_transfer(walk)
    _with_codes(walk)
    walk.teardown()
    assert ONCE - set(trips.acted) == set()


def _by_transfer(walk: Trips) -> None:
    code = walk.hold({"stay"}, PaymentMethod.TRANSFER)
    walk.say_it_is_sent(code, switch=False)
    walk.find_nothing(code)
    walk.say_it_is_sent(code, switch=False)
    walk.send_in_a_statement(code, amount="asked", named=True, lines=2)
    walk.pay_by_transfer(code, part=100)
    walk.correct_a_receipt(code, which=0)
    walk.correct_an_address(code)
    for decision in (Decision.OWED_BACK, Decision.NOT_OURS):
        walk.money_of_nobody(amount=70_000 + len(decision))
        walk.decide_on_money(which=4, decision=decision, code=code)
    walk.send_back_to_nobody(which=0)
    walk.cancel(code)
    walk.remind_of_a_refund(which=0)
    walk.carry_a_refund(which=0, cash=False, by_desk=False, steps=1)
    walk.ask_the_guest_anew(which=0, sent=False)
    walk.carry_a_refund(which=0, cash=False, by_desk=False, steps=3)
    walk.ask_the_guest_anew(which=0, sent=True)
    walk.carry_a_refund(which=0, cash=True, by_desk=True, steps=3)
    walk.carry_a_refund(which=0, cash=False, by_desk=False, steps=4)


def _with_codes(walk: Trips) -> None:
    walk.make_a_voucher(amount=None, percent=3, uses=1)
    walk.stop_a_code(which=0)
    owed = walk.hold({"product"}, PaymentMethod.TRANSFER)
    walk.pay_by_transfer(owed, part=100)
    walk.cancel(owed)
    walk.take_credit_instead(which=0)
    walk.sell_a_gift(amount=2_000_000, cash=True, days=9)
    walk.hold_with_a_code(which=0, kinds="stay", method=PaymentMethod.CARD)
    walk.stop_a_code(which=0)
