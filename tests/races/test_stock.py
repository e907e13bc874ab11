"""Many want the last pieces: never more are promised than there are, whatever the database.

The runners book through the real door, so afterwards books and claims must hold (fixture `race`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import text

from app.core import clock
from app.core.counters import Counter
from app.core.db import db, transaction
from app.showcase.models import Stock
from tests.factories import Goods, make_hold, make_product, make_product_choice
from tests.races import steps, stock_steps
from tests.races.conftest import Race
from tests.races.crew import Answer, Step
from tests.races.test_rooms import LAPSED

RUNNERS = 16
"""Eight threads in each of two processes."""

ROUNDS = 8
PIECES = 10


def goods_of(app: Flask, number: int, **details: object) -> list[Goods]:
    with app.app_context(), transaction():
        return [make_product(**({"pieces": PIECES} | details)) for _ in range(number)]


def counted(app: Flask, goods: Goods) -> tuple[int, int, int]:
    """How many have come, are taken, and are taken above what has come."""
    with app.app_context():
        query = db.session.query(Counter).join(Stock, Stock.counter_id == Counter.id)
        counter = query.where(Stock.id == goods.stock_id).one()
        return counter.capacity, counter.taken, counter.allowed_over


def won(answers: Sequence[Answer], *lost: str) -> list[int]:
    """The places of those who won; everybody else must have lost in an expected way, SoldOut unless named."""
    for answer in answers:
        assert answer.error in {None, *(lost or ("SoldOut",))}, answer.detail
    return [place for place, answer in enumerate(answers) if answer.error is None]


def hold(number: int, goods: Goods, quantity: int) -> Step:
    return Step(steps.hold, (number, make_product_choice(goods, quantity=quantity)))


def test_pieces_are_promised_as_often_as_there_are(race_app: Flask, race: Race) -> None:
    products, rng = goods_of(race_app, ROUNDS), random.Random(4)
    wanted = [[rng.randint(1, 3) for _ in range(RUNNERS)] for _ in products]
    rounds = [
        [hold(number * 100 + at, goods, quantity) for at, quantity in enumerate(sizes)]
        for number, (goods, sizes) in enumerate(zip(products, wanted, strict=True))
    ]
    for answers, goods, sizes in zip(race(rounds), products, wanted, strict=True):
        winners = won(answers)
        taken = sum(sizes[at] for at in winners)
        assert counted(race_app, goods) == (PIECES, taken, 0)
        losers = [sizes[at] for at in range(RUNNERS) if at not in winners]
        assert all(quantity > PIECES - taken for quantity in losers), "whoever lost would not fit in any more"


def test_the_control_oversells(race_app: Flask, race: Race) -> None:
    """With the look outside of the transaction and no condition the same race sells ten pieces to sixteen."""
    with race_app.app_context(), transaction():
        db.session.execute(text("CREATE TABLE naive_stock (pieces INTEGER, sold INTEGER)"))
        db.session.execute(text("INSERT INTO naive_stock VALUES (:pieces, 0)"), {"pieces": PIECES})
    rounds = [
        [Step(stock_steps.naive_look)] * RUNNERS,
        [Step(stock_steps.naive_write, (1,))] * RUNNERS,
    ]
    _looked, written = race(rounds)
    assert len(won(written, "LookupError")) == RUNNERS
    with race_app.app_context():
        assert db.session.execute(text("SELECT pieces, sold FROM naive_stock")).one() == (PIECES - 1, RUNNERS)


def test_lapsed_pieces_are_taken_over_once(race_app: Flask, race: Race) -> None:
    products = goods_of(race_app, ROUNDS, pieces=3)
    with race_app.app_context(), clock.shifted(LAPSED), transaction():
        for goods in products:
            make_hold(None, make_product_choice(goods, quantity=3))
    rounds = [
        [hold(number * 100 + at, goods, 1) for at in range(RUNNERS)] for number, goods in enumerate(products)
    ]
    for answers, goods in zip(race(rounds), products, strict=True):
        assert len(won(answers)) == 3
        assert counted(race_app, goods) == (3, 3, 0)


@pytest.mark.parametrize("quantity", [1, 2])
def test_trips_in_opposite_order_do_not_deadlock(race_app: Flask, race: Race, quantity: int) -> None:
    """Each trip wants pieces of two products, one of them named in the other order."""
    rounds, pairs = [], [goods_of(race_app, 2, pieces=4) for _ in range(ROUNDS)]
    for number, pair in enumerate(pairs):
        trip = [make_product_choice(goods, quantity=quantity) for goods in pair]
        rounds.append(
            [
                Step(steps.hold, (number * 100 + at, *(trip if at % 2 else reversed(trip))))
                for at in range(RUNNERS)
            ]
        )
    for answers, pair in zip(race(rounds), pairs, strict=True):
        assert len(won(answers)) == 4 // quantity
        assert [counted(race_app, goods) for goods in pair] == [(4, 4, 0)] * 2


def test_pieces_that_come_while_guests_book_are_all_there(race_app: Flask, race: Race) -> None:
    """Eight makers bring two each while eight guests take two each of a shelf that was empty."""
    products = goods_of(race_app, ROUNDS, pieces=0)
    rounds = [
        [
            Step(stock_steps.restock, (goods.stock_id, 2)) if at % 2 else hold(number * 100 + at, goods, 2)
            for at in range(RUNNERS)
        ]
        for number, goods in enumerate(products)
    ]
    for answers, goods in zip(race(rounds), products, strict=True):
        guests = [at for at in won(answers) if at % 2 == 0]
        assert [answer.error for answer in answers[1::2]] == [None] * 8
        assert counted(race_app, goods) == (16, 2 * len(guests), 0)


def test_an_impatient_thumb_adds_once(race_app: Flask, race: Race) -> None:
    products = goods_of(race_app, ROUNDS)
    rounds = [
        [Step(stock_steps.restock_once, (f"key {goods.slug}", goods.stock_id, 5)) for _ in range(RUNNERS)]
        for goods in products
    ]
    for answers, goods in zip(race(rounds), products, strict=True):
        won(answers)
        assert sum(answer.value for answer in answers) == 1
        assert counted(race_app, goods) == (PIECES + 5, 0, 0)


def test_a_count_among_bookings_takes_nothing_from_a_guest(race_app: Flask, race: Race) -> None:
    """Half of them count three left, whatever was sold until then; the others book one piece each."""
    products = goods_of(race_app, ROUNDS)
    rounds = [
        [
            Step(stock_steps.correct, (goods.stock_id, 3))
            if at % 4 == 0
            else hold(number * 100 + at, goods, 1)
            for at in range(RUNNERS)
        ]
        for number, goods in enumerate(products)
    ]
    for answers, goods in zip(race(rounds), products, strict=True):
        guests = [at for at in won(answers) if at % 4]
        capacity, taken, over = counted(race_app, goods)
        assert (taken, over) == (len(guests), 0)
        assert 0 <= capacity - taken <= 3, "after the last count at most three are left"


def test_of_several_who_counted_the_same_number_one_is_believed(race_app: Flask, race: Race) -> None:
    products = goods_of(race_app, ROUNDS)
    rounds = [
        [Step(stock_steps.correct, (goods.stock_id, at, PIECES)) for at in range(8)] for goods in products
    ]
    for answers, goods in zip(race(rounds), products, strict=True):
        (winner,) = won(answers, "WrongState")
        assert counted(race_app, goods) == (winner, 0, 0)
