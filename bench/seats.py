"""Seats on hot departures: 32 buyers over the API take one seat after another until there are none.

A departure has at most 200 seats, so several are sold out one after the other. The raw peer sells as many on a copy of
the same town: a conditional UPDATE of the counter and an INSERT of the claim, with as many hands as the server has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import count
from uuid import uuid4

from sqlalchemy import func, select

from app.bookings.models import Booking, BookingLine
from app.bookings.queries.checks.counters import counter_checks
from app.core import clock
from app.core.counters import Counter, CounterClaim
from app.core.db import db, transaction
from app.tours.rules import MOST_SEATS
from bench import hands, load, places
from bench.booking import guest
from bench.load import QUESTIONS, Client, Load
from bench.places import Place
from bench.raw_writes import SeatsOf
from bench.report import Figure, percentile
from bench.town import Town, copy_town
from tests.factories import make_departure, make_package, make_village

ROOMS, BUYERS, DEPARTURES = 750, 32, 3
FIRST_HOUR = 6


@dataclass(frozen=True)
class Run:
    """One departure: what the API calls it, and its row and counter."""

    departure: str
    row: int
    counter: int


def measure(place: Place) -> list[Figure]:
    """Seats sold in a second, and whether there were exactly as many as there are."""
    places.say(f"seats: {place.name}")
    town, other = copy_town(place, ROOMS), copy_town(place, ROOMS, "raw")
    runs, raw_runs = _make_runs(town), _make_runs(other)
    names = count()
    ours, bare = list[Load](), list[Load]()
    with places.site(town.url) as site, hands.crew() as crew:
        for run, raw_run in zip(runs, raw_runs, strict=True):
            ours.append(_sell_out(site.url, run, names))
            bare.append(crew.work(other.url, SeatsOf(raw_run.counter)))
    return _figures(place, town, runs, load.in_turn(ours), load.in_turn(bare))


def _make_runs(town: Town) -> list[Run]:
    """A package that leaves every two hours of one day."""
    with places.app_on(town.url), transaction():
        package = make_package(make_village("desa-03"), on=None, seats=MOST_SEATS)
        day = clock.today() + timedelta(days=20)
        found = [
            make_departure(package.package_id, on=day, at=time(FIRST_HOUR + 2 * place), seats=MOST_SEATS)
            for place in range(DEPARTURES)
        ]
        return [Run(one.public_id, one.id, one.counter_id) for one in found]


def _sell_out(url: str, run: Run, names: count[int]) -> Load:
    """Every buyer goes on until told that nothing is left. Raises RuntimeError for any answer but 201 and sold out."""
    line = {"kind": "package", "departure": run.departure, "party": {"adults": 1}}

    def act(_number: int) -> Callable[[], object]:
        client = Client(url, QUESTIONS)

        def buy() -> object:
            body = {"lines": [line], "guest": guest(f"seat{next(names)}"), "payment": "transfer"}
            status, answer = client.ask("POST", "/api/v1/bookings", body, Idempotency_Key=str(uuid4()))
            if status == 409 and b'"sold_out"' in answer:
                return None
            if status != 201:
                raise RuntimeError(f"a seat was answered with {status}: {answer[:500]!r}")
            return status

        return buy

    return load.run(BUYERS, act)


def _figures(place: Place, town: Town, runs: list[Run], ours: Load, bare: Load) -> list[Figure]:
    seats = MOST_SEATS * len(runs)
    sold, wrong = _stored(town, runs)
    if len(bare.answers) != seats:
        raise RuntimeError(f"raw SQL sold {len(bare.answers)} of {seats} seats")
    note = f"{len(ours.answers)} answers of 201 for {len(runs)} departures"
    kept = sold == [MOST_SEATS] * len(runs) and len(ours.answers) == seats and not wrong
    sale = Figure("seats", place.name, "seats in a second", ours.rate, "/s", bare.rate, note=note)
    slow = percentile(ours.seconds, 0.99) * 1000, "ms", percentile(bare.seconds, 0.99) * 1000
    return [
        sale,
        Figure("seats", place.name, "99 of 100 seats within", *slow),
        Figure("seats", place.name, "seats sold", sum(sold), "", None, f"{seats}", kept, "; ".join(wrong)),
    ]


def _stored(town: Town, runs: list[Run]) -> tuple[list[int], list[str]]:
    """Seats of each departure that bookings have; and counters that say something else."""
    with places.app_on(town.url):
        sold = [
            db.session.scalar(
                select(func.coalesce(func.sum(BookingLine.quantity), 0))
                .join(Booking, Booking.id == BookingLine.booking_id)
                .where(BookingLine.departure_id == run.row, Booking.source == "api")
            )
            or 0
            for run in runs
        ]
        wrong = [check.name for check in counter_checks() if not check.holds]
        for run, many in zip(runs, sold, strict=True):
            taken = db.session.scalar(select(Counter.taken).where(Counter.id == run.counter))
            claimed = select(func.sum(CounterClaim.quantity)).where(CounterClaim.counter_id == run.counter)
            if not many == taken == db.session.scalar(claimed):
                wrong.append(f"{run.departure}: {many} booked, {taken} taken")
    return sold, wrong
