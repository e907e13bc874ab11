"""What a booking and a seat cost without the platform: two statements by hand and a commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from bench.hands import HANDS, Hand, Statement

_NIGHTS = """INSERT INTO room_nights (room_id, night, state, expires_at, booking_line_id)
    VALUES (?, ?, 'held', ?, ?), (?, ?, 'held', ?, ?) ON CONFLICT (room_id, night) DO NOTHING"""
_BOOKING = """INSERT INTO bookings (code, token_version, token_hash, state, guest_name, guest_email, guest_country,
    language, guest_key, source, arrival, departure, method, plan, total, due_now, deposit_basis_points,
    pay_on_arrival, paid, refunded, hold_expires_at, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_SEAT = "UPDATE counters SET taken = taken + 1 WHERE id = ? AND taken + 1 <= capacity"
_CLAIM = "INSERT INTO claims (counter_id, reference, quantity, expires_at) VALUES (?, ?, 1, ?)"

MOST = 1_000_000
"""Bookings in one turn, at the most."""

DAYS_APART = 4000
"""From one turn's first night to the next turn's: more nights than a turn can fill in its seconds."""


@dataclass(frozen=True)
class NewBookings:
    """Two free nights of one room claimed, and a row of a booking. `line` is one that is there: nights need a holder.

    Room by room of `rooms` from `first` on, then two days later, as far ahead as it takes; each turn goes its own way.
    """

    rooms: tuple[int, ...]
    first: date
    line: int
    turn: int

    def act(self, hand: Hand, number: int) -> Callable[[], object]:
        """Each hand takes every eighth stay."""
        stays = count(self.turn * MOST + number, HANDS)

        def book() -> object:
            stay = next(stays)
            if not hand.write(*self._statements(stay)):
                raise RuntimeError(f"stay {stay} was taken, and nobody else should want it")
            return stay

        return book

    def _statements(self, stay: int) -> tuple[Statement, Statement]:
        room = self.rooms[stay % len(self.rooms)]
        arrival = self.first + timedelta(days=2 * (stay % MOST // len(self.rooms)) + DAYS_APART * self.turn)
        now = datetime.now(UTC)
        until, after = now + timedelta(days=1), arrival + timedelta(days=1)
        nights = (room, arrival, until, self.line, room, after, until, self.line)
        key = f"{stay:064d}"
        guest = ("Guest", f"guest{stay}@sample.example", "ID", "en", key, "api")
        money = ("transfer", "all_now", 400_000, 400_000, 10_000, False, 0, 0)
        head, stay_nights = (f"R{stay:010d}", 1, key, "held"), (arrival, after + timedelta(days=1))
        booking = (*head, *guest, *stay_nights, *money, until, now)
        return (_NIGHTS, nights), (_BOOKING, booking)


@dataclass(frozen=True)
class SeatsOf:
    """One seat of a counter and a claim on it, until there are none."""

    counter: int

    def act(self, hand: Hand, number: int) -> Callable[[], object]:
        """Every hand wants all of them."""
        names = count(1)

        def take() -> object:
            until = datetime.now(UTC) + timedelta(days=1)
            claim = (self.counter, f"raw:{number}:{next(names)}", until)
            return hand.write((_SEAT, (self.counter,)), (_CLAIM, claim)) or None

        return take
