"""People at the site and programs at the API want the same last seats and pieces at the same moment.

Everybody sees that something is left, then all send at once: half of them the site's form, half of them JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import case, select, update

from app.core import counters
from app.core.counters import Counter
from app.core.db import db, transaction
from app.showcase.models import Stock
from tests.api.conftest import GUEST, Program
from tests.factories import Goods, Tour, in_days, make_package, make_product
from tests.machinery.clients import Visitor
from tests.races.conftest import nothing_is_wrong

RUNNERS = 16
PATIENCE = 60
SEATS, PIECES = 7, 9
WANTED = [(1, 0), (0, 2), (1, 1), (2, 0), (1, 2), (0, 1), (2, 1), (1, 1)]
"""Seats and pieces that two runners each want, one at either door."""


@dataclass(frozen=True)
class Fair:
    """A departure and a product, and whoever runs for them."""

    app: Flask
    tour: Tour
    goods: Goods

    def figures(self) -> list[tuple[int, int, int]]:
        """Capacity, taken, and what stands above: of the seats, of the pieces."""
        with self.app.app_context():
            stock = select(Stock.counter_id).where(Stock.id == self.goods.stock_id)
            rows = db.session.execute(
                select(Counter.capacity, Counter.taken, Counter.allowed_over)
                .where(Counter.id.in_([self.tour.counter_id, db.session.scalar(stock)]))
                .order_by(Counter.id)
            )
            return [tuple(row) for row in rows]  # type: ignore[misc]

    def at_the_site(self, number: int, seats: int, pieces: int, gate: Barrier) -> int:
        """Read the form, wait for the others, send it. Gives the status, 201 where it became a booking."""
        visitor = Visitor(self.app.test_client())
        texts = [f"p.{self.tour.departure}.{seats}.0"] * (seats > 0)
        texts += [f"g.{self.goods.product}.{pieces}.{self.goods.pickup}"] * (pieces > 0)
        visitor.open("/bookings/new?" + "&".join(f"line={text}" for text in texts))
        assert visitor.status == 200, visitor.text
        gate.wait(PATIENCE)
        visitor.submit(
            "/bookings/new", name="Sri", email=f"sri{number}@contoh.example", country="ID", payment="transfer"
        )
        return visitor.status if visitor.path.startswith("/bookings/new") else 201

    def at_the_api(self, number: int, seats: int, pieces: int, gate: Barrier) -> int:
        """The same as a program does it."""
        program = Program(self.app.test_client())
        party = {"adults": seats, "children": 0}
        lines = [{"kind": "package", "departure": self.tour.departure, "party": party}] * (seats > 0)
        things = {"product": self.goods.product, "quantity": pieces, "pickup": self.goods.pickup}
        lines += [{"kind": "product"} | things] * (pieces > 0)
        quoted = program.post("/quotes", {"lines": lines})
        assert quoted.status_code == 200, quoted.text
        guest = GUEST | {"email": f"sri{number}@contoh.example"}
        gate.wait(PATIENCE)
        wish = {"lines": lines, "guest": guest, "payment": "transfer"}
        return program.post("/bookings", wish, key=f"key-{number}").status_code

    def race(self) -> list[tuple[int, int, int]]:
        """All at once: the status of each, with the seats and pieces that were wanted."""
        gate = Barrier(RUNNERS)

        def run(number: int) -> tuple[int, int, int]:
            seats, pieces = WANTED[number // 2]
            door: Callable[[int, int, int, Barrier], int] = (
                self.at_the_api if number % 2 else self.at_the_site
            )
            try:
                return door(number, seats, pieces, gate), seats, pieces
            except BaseException:
                gate.abort()  # nobody waits for somebody who will not come
                raise

        with ThreadPoolExecutor(RUNNERS) as pool:
            return list(pool.map(run, range(RUNNERS)))


@pytest.fixture
def fair(race_app: Flask) -> Iterator[Fair]:
    """Seats for five parties or so, pieces for six; afterwards books and counters must hold."""
    with race_app.app_context(), transaction():
        tour = make_package(seats=SEATS, on=in_days(20))
        goods = make_product(pieces=PIECES)
    yield Fair(race_app, tour, goods)
    nothing_is_wrong(race_app)


def test_site_and_api_never_sell_more_than_there_is(fair: Fair) -> None:
    answers = fair.race()
    won = [(seats, pieces) for status, seats, pieces in answers if status == 201]
    assert {status for status, _seats, _pieces in answers} == {201, 409}
    taken = [sum(seats for seats, _ in won), sum(pieces for _, pieces in won)]
    assert fair.figures() == [(SEATS, taken[0], 0), (PIECES, taken[1], 0)]
    for status, seats, pieces in answers:
        fits = seats <= SEATS - taken[0] and pieces <= PIECES - taken[1]
        assert status == 201 or not fits, "whoever was refused would not fit in any more"


def test_the_control_sells_more_than_there_is(fair: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the condition in the UPDATE: everybody has seen that something is left, so everybody gets it."""

    def take_without_a_look(counter_id: int, more: int) -> bool:
        taken = Counter.taken + more
        over = case((taken > Counter.capacity, taken - Counter.capacity), else_=0)
        db.session.execute(
            update(Counter)
            .where(Counter.id == counter_id)
            .values(taken=taken, allowed_over=over)
            .execution_options(synchronize_session=False)
        )
        return True

    monkeypatch.setattr(counters, "_change_taken", take_without_a_look)
    answers = fair.race()
    assert {status for status, _seats, _pieces in answers} == {201}
    (seats, taken, over), (pieces, taken_pieces, over_pieces) = fair.figures()
    assert (taken - seats, taken_pieces - pieces) == (over, over_pieces)
    assert over > 0
    assert over_pieces > 0
