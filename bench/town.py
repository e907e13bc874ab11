"""A town to measure in: twenty villages, as many rooms as wanted, 365 nights of which 60 % are sold.

Villages, agreements and accounts are made by the services; houses and nights by INSERT … SELECT in the database
itself, the same on both. A town is made once and kept (see `places`); it can be used for thirty days, since searches
look at nights that are counted from the day it was made.

Houses have 3, 3, 4 or 5 rooms. All rooms but the last are sold singly as "Kopel" (for two), the last as "Keluarga"
(for four); every other house is also sold whole. A room is sold on six nights of every ten, in two stays of three
nights; each room begins on another day. On one weekend, Friday and Saturday, every room of the town is sold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select, text

from app.bookings.models import BookingLine
from app.core import clock
from app.core.dates import VILLAGE_ZONE, Nights
from app.core.db import db, transaction
from app.homestays.models import Homestay, RoomNight
from app.revenue.rules import PayeeKind
from bench import places
from bench.places import Place
from tests.factories import make_paid, make_payee, make_village

VILLAGES = 20
NIGHTS = 365
SIZES = (750, 10_000, 100_000)
SHAPE = "3"
"""Part of a town's name: a town of an older shape is made anew."""

MADE = "made-to-the-end"
"""The address of a house that is not for sale, given to it when a town is complete."""

GOOD_FOR = timedelta(days=30)

_HOUSES = """
    INSERT INTO homestays (id, slug, village_id, host_payee_id, name, house_kind, state, drawing, host_name, story_id,
        story_en, welcome_id, welcome_en, house_rules, amenities, terms, min_nights, deposit_basis_points,
        pay_on_arrival, breakfast, is_sample)
    WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :houses)
    SELECT :after + i, 'rumah-' || i, v.id, v.payee, 'Rumah ' || i, 'family', 'published', 'joglo', 'Bu Contoh',
        :story, :story, :story, :story, '{}', '["wifi", "fan"]', 'moderate', 1, 10000, false, true, true
    FROM numbers JOIN bench_villages v ON v.place = (i - 1) % 20
"""
_ROOMS = """
    INSERT INTO rooms (id, homestay_id, name, position, beds, sleeps)
    SELECT :rooms_after + (h.id - :after - 1) * 5 + p.n, h.id, 'Kamar ' || p.n, p.n, '1 double bed',
        CASE WHEN p.n = p.size THEN 4 ELSE 2 END
    FROM homestays h JOIN bench_plans p ON p.plan = (h.id - :after - 1 + (h.id - :after - 1) / 20) % 4
    WHERE h.id > :after
"""
_KINDS = """
    INSERT INTO room_types (id, public_id, homestay_id, village_id, name, kind, position, beds, sleeps,
        weekday_price, saturday_price, holiday_price, lowest_price, is_open)
    SELECT :kinds_after + (h.id - :after - 1) * 3 + k.place, 'kind-' || h.id || '-' || k.place, h.id, h.village_id,
        k.name, k.kind, k.place, '1 double bed', k.sleeps + k.more * (p.size - 1) * 2, q.price * k.times,
        q.price * k.times / 10 * 11, q.price * k.times / 10 * 12, q.price * k.times, true
    FROM homestays h
    JOIN bench_plans p ON p.plan = (h.id - :after - 1 + (h.id - :after - 1) / 20) % 4 AND p.n = 1
    JOIN bench_prices q ON q.place = ((h.id - :after) * 37 + h.village_id * 11) % 71
    JOIN bench_kinds k ON k.more = 0 OR (h.id - :after) % 2 = 0
    WHERE h.id > :after
"""
_UNITS = """
    INSERT INTO units (id, room_type_id, name, position)
    SELECT :units_after + r.id - :rooms_after + (r.homestay_id - :after - 1),
        :kinds_after + (r.homestay_id - :after - 1) * 3 + CASE WHEN r.sleeps = 4 THEN 2 ELSE 1 END, r.name, r.position
    FROM rooms r WHERE r.id > :rooms_after
"""
_UNIT_ROOMS = """
    INSERT INTO unit_rooms (unit_id, room_id)
    SELECT :units_after + r.id - :rooms_after + (r.homestay_id - :after - 1), r.id
    FROM rooms r WHERE r.id > :rooms_after
"""
_WHOLE = """
    INSERT INTO units (id, room_type_id, name, position)
    SELECT :units_after + (t.homestay_id - :after) * 6, t.id, t.name, 1
    FROM room_types t WHERE t.id > :kinds_after AND t.name = 'Seluruh rumah'
"""
_WHOLE_ROOMS = """
    INSERT INTO unit_rooms (unit_id, room_id)
    SELECT u.id, r.id FROM units u
    JOIN room_types t ON t.id = u.room_type_id AND t.name = 'Seluruh rumah' AND t.id > :kinds_after
    JOIN rooms r ON r.homestay_id = t.homestay_id
"""
_SOLD = """
    INSERT INTO room_nights (room_id, night, state, booking_line_id)
    SELECT r.id, d.night, 'sold', :line
    FROM rooms r JOIN bench_days d ON d.is_full OR (d.place + r.id * 7) % 10 IN (0, 1, 2, 4, 5, 6)
    WHERE r.id > :rooms_after
    ORDER BY r.id, d.night
"""
_INDEXES = {
    "ix_room_nights_booking_line_id": "booking_line_id",
    "ix_room_nights_night_room_id": "night, room_id",
}


@dataclass(frozen=True)
class Town:
    """A town, and the nights that searches in it ask for."""

    rooms: int
    url: str
    began_on: date

    @property
    def midweek(self) -> Nights:
        """Two nights in the middle of a week."""
        return self._nights(1, 40)

    @property
    def weekend(self) -> Nights:
        """Friday to Sunday, an ordinary one."""
        return self._nights(4, 40)

    @property
    def open_weekend(self) -> Nights:
        """Friday to Sunday after all the nights that were sold: every room is free."""
        return self._nights(4, NIGHTS + 10)

    @property
    def open_days(self) -> list[date]:
        """Days of arrival after all the nights that were sold, for stays of two nights that do not touch."""
        return [self.began_on + timedelta(days=NIGHTS + 30 + 2 * number) for number in range(40)]

    @property
    def full_weekend(self) -> Nights:
        """Friday to Sunday, with every room of the town sold."""
        return full_weekend(self.began_on)

    def _nights(self, weekday: int, days: int) -> Nights:
        return _from(self.began_on + timedelta(days=days), weekday)


def full_weekend(began_on: date) -> Nights:
    """The weekend that is sold out in a town that was made on that day."""
    return _from(began_on + timedelta(days=60), 4)


def _from(day: date, weekday: int) -> Nights:
    first = day + timedelta(days=(weekday - day.weekday()) % 7)
    return Nights(first, first + timedelta(days=2))


def get_town(place: Place, rooms: int) -> Town:
    """The town of that size on that database, made if it is not there or too old. Never written to."""
    name = label(rooms)
    if places.is_there(place, name):
        town = _read(places.address(place, name), rooms)
        if town is not None and datetime.now(VILLAGE_ZONE).date() <= town.began_on + GOOD_FOR:
            return town
    places.say(f"making a town of {rooms:,} rooms on {place.name}")
    url = places.make_empty(place, name)
    with places.app_on(url) as app:
        app.extensions["alembic"].upgrade()
        build(rooms)
    town = _read(url, rooms)
    assert town is not None
    return town


def copy_town(place: Place, rooms: int, name: str = "copy") -> Town:
    """A copy of that town that may be written to; `name` where several are needed."""
    town = get_town(place, rooms)
    return Town(rooms, places.make_empty(place, name, template=label(rooms)), town.began_on)


def label(rooms: int) -> str:
    """What a town's database is called."""
    return f"town{SHAPE}_{rooms}"


def _read(url: str, rooms: int) -> Town | None:
    """A town that was made to the end; its first night is the day it was made."""
    with places.app_on(url):
        if not db.session.scalar(select(Homestay.id).where(Homestay.slug == MADE)):
            return None
        began = db.session.scalar(select(func.min(RoomNight.night)))
        assert began is not None
        return Town(rooms, url, began)


def build(rooms: int) -> None:
    """Fill the empty database of the present app context with a town of about that many rooms."""
    with transaction():
        villages = [make_village(f"desa-{number:02d}") for number in range(VILLAGES)]
        payees = [make_payee(PayeeKind.HOST, village_id=village.id).id for village in villages]
        paid = make_paid()
        line = db.session.scalar(select(BookingLine.id).where(BookingLine.booking_id == paid.id))
        today = clock.today()
        pairs = list(zip([village.id for village in villages], payees, strict=True))
    assert line is not None
    with db.engine.connect() as connection, connection.begin():
        _fill(connection, pairs, line, rooms, today)
    if db.engine.dialect.name == "postgresql":
        # A server in use does this by itself. SQLite in use does not, so there it is left undone here too.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    with db.engine.begin() as connection:
        made = text("UPDATE homestays SET slug = :made, state = 'paused' WHERE id = 1")
        connection.execute(made, {"made": MADE})


def _fill(
    connection: Connection, villages: list[tuple[int, int]], line: int, rooms: int, today: date
) -> None:
    _lay_out(connection, villages, today)
    ids = {
        "after": _last(connection, "homestays"),
        "rooms_after": _last(connection, "rooms"),
        "kinds_after": _last(connection, "room_types"),
        "units_after": _last(connection, "units"),
    }
    everything = ids | {"houses": rooms * 4 // 15, "story": "Rumah contoh. " * 12, "line": line}
    for statement in (_HOUSES, _ROOMS, _KINDS, _UNITS, _UNIT_ROOMS, _WHOLE, _WHOLE_ROOMS):
        _run(connection, statement, everything)
    with _without_indexes(connection):
        _run(connection, _SOLD, everything)
    _count_on(connection)


def _lay_out(connection: Connection, villages: list[tuple[int, int]], today: date) -> None:
    """What the rows are made from, as temporary tables."""
    full = full_weekend(today)
    sheets: dict[str, list[tuple[object, ...]]] = {
        "bench_villages (place INTEGER, id INTEGER, payee INTEGER)": [
            (place, village, payee) for place, (village, payee) in enumerate(villages)
        ],
        "bench_plans (plan INTEGER, n INTEGER, size INTEGER)": [
            (plan, n, size) for plan, size in enumerate((3, 3, 4, 5)) for n in range(1, size + 1)
        ],
        "bench_kinds (place INTEGER, name TEXT, kind TEXT, sleeps INTEGER, times INTEGER, more INTEGER)": [
            (1, "Kopel", "kopel", 2, 1, 0),
            (2, "Keluarga", "family", 4, 2, 0),
            (3, "Seluruh rumah", "family", 4, 3, 1),
        ],
        "bench_prices (place INTEGER, price INTEGER)": [
            (place, 150_000 + place * 5_000) for place in range(71)
        ],
        "bench_days (place INTEGER, night DATE, is_full BOOLEAN)": [
            (place, today + timedelta(days=place), today + timedelta(days=place) in full)
            for place in range(NIGHTS)
        ],
    }
    for sheet, rows in sheets.items():
        connection.execute(text(f"CREATE TEMPORARY TABLE {sheet}"))
        names = [part.split()[0] for part in sheet.partition("(")[2].rstrip(")").split(",")]
        insert = f"INSERT INTO {sheet.split()[0]} VALUES ({', '.join(':' + name for name in names)})"
        connection.execute(text(insert), [dict(zip(names, row, strict=True)) for row in rows])


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Millions of rows go in faster with the indexes made afterwards, and without a look at every foreign key."""
    for index in _INDEXES:
        connection.execute(text(f"DROP INDEX {index}"))
    if not _is_sqlite(connection):
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    yield
    for index, columns in _INDEXES.items():
        connection.execute(text(f"CREATE INDEX {index} ON room_nights ({columns})"))


def _run(connection: Connection, statement: str, values: dict[str, object]) -> None:
    query = text(statement)
    names = query.compile().params
    connection.execute(query, {name: values[name] for name in names})


def _last(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT coalesce(max(id), 0) FROM {table}")).scalar_one())


def _count_on(connection: Connection) -> None:
    """PostgreSQL numbers new rows by sequences, which know nothing of ids that were given."""
    if _is_sqlite(connection):
        return
    for table in ("homestays", "rooms", "room_types", "units"):
        last = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        connection.execute(text(last))


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
