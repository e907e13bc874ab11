"""The same work in SQL written by hand, through the bare driver of the database: what the service is measured by.

Like the service, a page by price walks the index of lowest prices and then looks for what may be as cheap; what is
asked of the whole sub-district counts what is free once. Seasons are read as well, though a town has none.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from app.homestays.inventory.search import StaySearch

Row = tuple[Any, ...]

_FACTS = """rt.id, rt.public_id, rt.homestay_id, rt.name, rt.beds, rt.sleeps, rt.weekday_price, rt.saturday_price,
    rt.holiday_price, h.id, h.slug, h.name, h.house_kind, h.drawing, h.terms, h.min_nights, h.amenities, h.breakfast,
    h.is_sample, v.id, v.slug, v.name, v.temple_minutes,
    (SELECT count(*) FROM units x WHERE x.room_type_id = rt.id), rt.lowest_price"""
_TAKEN = """NOT EXISTS (SELECT 1 FROM unit_rooms ur JOIN room_nights n ON n.room_id = ur.room_id
    WHERE ur.unit_id = u.id AND n.night >= ? AND n.night < ? AND (n.state <> 'held' OR n.expires_at > ?))"""
_FREE = f"(SELECT count(*) FROM units u WHERE u.room_type_id = rt.id AND {_TAKEN})"
_FROM = (
    """FROM room_types rt JOIN homestays h ON h.id = rt.homestay_id JOIN villages v ON v.id = h.village_id"""
)
_SOLD = "h.state = 'published' AND rt.is_open AND h.min_nights <= ? AND rt.sleeps >= ?"
_VILLAGE = " AND rt.village_id = (SELECT id FROM villages WHERE slug = ?)"
_TOTAL = "rt.weekday_price * ? + rt.saturday_price * ?"

SEASONS = "SELECT village_id, starts_on, ends_on FROM seasons WHERE starts_on < ? AND ends_on > ?"
WALK = f"""SELECT {_FACTS}, {_FREE}, {_TOTAL} {_FROM} WHERE {_SOLD}{{village}} AND {_FREE} >= 1
    ORDER BY rt.lowest_price, rt.id LIMIT ?"""
AS_CHEAP = f"""SELECT {_FACTS}, {_FREE}, {_TOTAL} {_FROM} WHERE {_SOLD}{{village}}
    AND rt.lowest_price BETWEEN ? AND ? AND NOT (rt.lowest_price = ? AND rt.id <= ?) AND {_TOTAL} <= ?
    AND {_FREE} >= 1 ORDER BY {_TOTAL}, h.slug, rt.public_id LIMIT ?"""
ALL = f"""SELECT {_FACTS}, f.free, {_TOTAL} {_FROM}
    JOIN (SELECT u.room_type_id, count(*) AS free FROM units u WHERE {_TAKEN} GROUP BY u.room_type_id) f
        ON f.room_type_id = rt.id
    WHERE {_SOLD}"""


def find(connection: Connection, search: StaySearch, now: datetime, limit: int | None) -> list[Row]:
    """Rows of offers of one room by price, the total last; for a party that one room holds, outside of holidays."""
    hand = _Hand(connection, search, now)
    hand.ask(SEASONS, hand.nights[1], hand.nights[0])
    if limit is None:
        rows = hand.ask(ALL, *hand.weights, *hand.free, *hand.sold)
        return sorted(rows, key=_rank)
    rows = hand.ask(WALK, *hand.free, *hand.weights, *hand.sold, *hand.village, *hand.free, limit)
    if len(rows) == limit:
        most, (last_price, last_id) = max(row[-1] for row in rows), (rows[-1][24], rows[-1][0])
        rows += hand.ask(
            AS_CHEAP,
            *(*hand.free, *hand.weights, *hand.sold, *hand.village),
            *(last_price, most // len(search.nights), last_price, last_id, *hand.weights, most),
            *(*hand.free, *hand.weights, limit),
        )
    return sorted(rows, key=_rank)[:limit]


def _rank(row: Row) -> tuple[Any, ...]:
    return (row[-1], row[10], row[1])


class _Hand:
    """Statements and values as this driver wants them."""

    def __init__(self, connection: Connection, search: StaySearch, now: datetime) -> None:
        self._cursor = connection.connection.cursor()
        self._is_sqlite = connection.dialect.name == "sqlite"
        self.nights = [self._day(search.nights.arrival), self._day(search.nights.departure)]
        self.free = (*self.nights, f"{now:%Y-%m-%d %H:%M:%S.%f}" if self._is_sqlite else now)
        saturdays = sum(night.weekday() == 5 for night in search.nights)
        self.weights = (len(search.nights) - saturdays, saturdays)
        self.sold = (len(search.nights), search.party)
        self.village = (search.village,) if search.village else ()

    def ask(self, statement: str, *values: object) -> list[Row]:
        """The rows of one statement."""
        text = statement.format(village=_VILLAGE if self.village else "")
        return list(
            self._cursor.execute(text if self._is_sqlite else text.replace("?", "%s"), values).fetchall()
        )

    def _day(self, day: date) -> object:
        return day.isoformat() if self._is_sqlite else day
