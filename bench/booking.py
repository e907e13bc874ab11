"""Bookings in one request, by eight clients, beside a raw transaction of two statements on a copy of the same town.

A client is a program that books one room for two nights after another, paid by transfer. The raw peer writes with as
many hands as the server has, two processes of four threads (`hands`): nights claimed, a booking's row, committed.
Both take turns, so that what else the machine does meets both alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from uuid import uuid4

from sqlalchemy import func, select

from app.bookings.models import Booking, BookingLine
from app.core.db import db
from app.homestays.models import Homestay, Room, RoomNight, RoomType
from app.homestays.rules import NightState
from app.villages.rules import PublicationState
from bench import hands, load, places
from bench.load import QUESTIONS, Client, Load
from bench.places import Place
from bench.raw_writes import NewBookings
from bench.report import Figure, percentile
from bench.town import NIGHTS, Town, copy_town

ROOMS = 750
CLIENTS = 8
TURNS = 3
SECONDS, RAW_SECONDS = 5.0, 2.0
LEAST_PART = 0.06


def measure(place: Place) -> list[Figure]:
    """Both rates, and how long a booking takes."""
    places.say(f"booking: {place.name}")
    town, other = copy_town(place, ROOMS), copy_town(place, ROOMS, "raw")
    stays, raw_job = read_stays(town), read_raw_job(other)
    ours, bare = list[Load](), list[Load]()
    with places.site(town.url) as site, hands.crew() as crew:
        for turn in range(TURNS):
            ours.append(book(site.url, stays, SECONDS))
            bare.append(crew.work(other.url, raw_job(turn), seconds=RAW_SECONDS))
    return _figures(place, town, load.in_turn(ours), load.in_turn(bare))


def _figures(place: Place, town: Town, ours: Load, bare: Load) -> list[Figure]:
    stored = check_stored(town, len(ours.answers))
    kept = ours.rate >= LEAST_PART * bare.rate
    note = f"{len(ours.answers)} answers of 201, {stored} room nights held"
    rate = Figure(
        "booking", place.name, "bookings in one request", ours.rate, "/s", bare.rate, "≥ 0.06×", kept, note
    )
    whats = ((0.5, "half of the bookings within"), (0.99, "99 of 100 bookings within"))
    return [
        rate,
        *(
            Figure(
                "booking",
                place.name,
                what,
                percentile(ours.seconds, part) * 1000,
                "ms",
                percentile(bare.seconds, part) * 1000,
            )
            for part, what in whats
        ),
    ]


@dataclass(frozen=True)
class Stays:
    """Free rooms and days, each given out once: kinds of rooms first, then days of arrival."""

    kinds: list[str]
    town: Town
    _next: count[int] = field(default_factory=count)

    def body(self) -> dict[str, object]:
        """The next request for a booking, by a guest of its own. Each kind has at least two rooms on each day."""
        number = next(self._next)
        days = self.town.open_days
        if number >= 2 * len(self.kinds) * len(days):
            raise RuntimeError("every room is booked: the measurement needs a larger town")
        arrival = days[number // len(self.kinds) % len(days)]
        line = {
            "kind": "stay",
            "room_type": self.kinds[number % len(self.kinds)],
            "arrival": arrival.isoformat(),
            "departure": (arrival + timedelta(days=2)).isoformat(),
            "rooms": 1,
            "adults": 2,
        }
        return {"lines": [line], "guest": guest(f"guest{number}"), "payment": "transfer"}


def guest(name: str) -> dict[str, str]:
    """A guest of the API."""
    return {"name": "Guest", "email": f"{name}@sample.example", "country": "ID", "language": "en"}


def read_stays(town: Town) -> Stays:
    """The kinds of rooms of which each house of the town has several."""
    with places.app_on(town.url):
        query = select(RoomType.public_id).join(Homestay, Homestay.id == RoomType.homestay_id)
        on_sale = query.where(Homestay.state == PublicationState.PUBLISHED, RoomType.name == "Kopel")
        return Stays(list(db.session.scalars(on_sale.order_by(RoomType.id))), town)


def read_raw_job(town: Town) -> Callable[[int], NewBookings]:
    """What the raw hands do in each turn, in rooms of the town after all nights that are sold."""
    with places.app_on(town.url):
        rooms = tuple(db.session.scalars(select(Room.id).order_by(Room.id)))
        line = db.session.scalar(select(func.min(BookingLine.id)))
    assert line is not None
    first = town.began_on + timedelta(days=NIGHTS + 30)
    return lambda turn: NewBookings(rooms, first, line, turn)


def book(url: str, stays: Stays, seconds: float) -> Load:
    """Eight clients book for some seconds. Raises RuntimeError for an answer that is not 201."""

    def act(_number: int) -> Callable[[], object]:
        client = Client(url, QUESTIONS)

        def one() -> object:
            status, answer = client.ask(
                "POST", "/api/v1/bookings", stays.body(), Idempotency_Key=str(uuid4())
            )
            if status != 201:
                raise RuntimeError(f"a booking was answered with {status}: {answer[:500]!r}")
            return status

        return one

    return load.run(CLIENTS, act, seconds=seconds)


def check_stored(town: Town, answered: int) -> int:
    """The room nights held. Raises RuntimeError where the database has not what was answered: two nights each."""
    with places.app_on(town.url):
        bookings = db.session.scalar(select(func.count(Booking.id)).where(Booking.source == "api"))
        nights = db.session.scalar(
            select(func.count()).select_from(RoomNight).where(RoomNight.state == NightState.HELD)
        )
    if (bookings, nights) != (answered, 2 * answered):
        raise RuntimeError(f"{answered} bookings answered, {bookings} stored with {nights} nights")
    return 2 * answered
