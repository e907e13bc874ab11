"""Taking and giving back nights. One statement over sorted rows decides; the primary key (room, night) is the referee.

A claim is changed only by a statement that names its holder: after a take-over the key is somebody else's row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, select, tuple_

from app.core import clock
from app.core.dates import Nights
from app.core.db import db, savepoint
from app.core.errors import Conflict, SoldOut
from app.core.filters import short_date
from app.core.words import gettext as _
from app.homestays.inventory.closing import is_any_closed
from app.homestays.inventory.rows import Key, kept_by, locked, nights_table, upsert
from app.homestays.inventory.vacancy import is_in_closed_period, unit_is_free
from app.homestays.models import RoomNight, Unit, UnitRoom
from app.homestays.rules import NightState

ROUNDS = 5
"""How often a trip looks for other units after somebody was faster; then it is sold out."""


@dataclass(frozen=True)
class Claim:
    """Some units of a room type for a line, not yet chosen. What the line `instead_of` has is free for it, and units in
    which that lies come first.
    """

    line_id: int
    room_type_id: int
    nights: Nights
    rooms: int
    instead_of: int | None = None


@dataclass(frozen=True)
class Held:
    """The units that a line holds, or held."""

    line_id: int
    unit_ids: tuple[int, ...]
    nights: Nights


class _Lost(Exception):
    """Somebody was faster on these rows."""


def hold(claims: Sequence[Claim], expires_at: datetime) -> dict[int, tuple[int, ...]]:
    """Hold free units for every claim of a new trip until `expires_at`, all or nothing; gives the unit ids by line.

    The server picks any free unit of the type. Raises SoldOut naming the lines that lost and how many are left.
    """
    chosen = _take_free(claims, NightState.HELD, expires_at)
    return {held.line_id: held.unit_ids for held in chosen}


def extend(held: Sequence[Held], expires_at: datetime) -> None:
    """Hold the very same nights until another time, all or nothing. Raises SoldOut when one is somebody else's."""
    _retake(held, NightState.HELD, expires_at)


def confirm(held: Sequence[Held]) -> None:
    """Make the nights sold, retaking those whose hold has lapsed meanwhile; all or nothing.

    Raises SoldOut when somebody else has one of them. Used for a hold in time and for money that came late alike.
    """
    _retake(held, NightState.SOLD, None)


def confirm_elsewhere(claims: Sequence[Claim]) -> dict[int, tuple[int, ...]]:
    """Make free units sold for lines that lost one of theirs, all or nothing; gives the unit ids by line.

    What they still hold counts as free for them, and is given back where it is not used. Raises SoldOut.
    """
    chosen = _take_free(claims, NightState.SOLD, None, along=[claim.line_id for claim in claims])
    unused = and_(
        nights_table.c.booking_line_id.in_([held.line_id for held in chosen]),
        tuple_(nights_table.c.room_id, nights_table.c.night).not_in(sorted(_keys_of(chosen))),
    )
    db.session.execute(delete(RoomNight).where(unused).execution_options(synchronize_session=False))
    return {held.line_id: held.unit_ids for held in chosen}


def move(
    claim: Claim, instead_of: int, along: Sequence[int], expires_at: datetime | None
) -> dict[int, tuple[int, ...]]:
    """Take free units for a line in the place of all that another one has, until a time or for good (None), or nothing.

    One statement takes the old nights, the new ones and those of the lines that come `along`: in between nothing is
    free for anybody, and all is locked in order. Gives the unit ids by line. Raises SoldOut.
    """
    state = NightState.SOLD if expires_at is None else NightState.HELD
    own = replace(claim, instead_of=instead_of)
    chosen = _take_free([own], state, expires_at, along=[instead_of, *along], given=instead_of)
    release([instead_of])
    return {held.line_id: held.unit_ids for held in chosen}


def _take_free(
    claims: Sequence[Claim],
    state: NightState,
    expires_at: datetime | None,
    *,
    along: Sequence[int] = (),
    given: int | None = None,
) -> Sequence[Held]:
    for _round in range(ROUNDS):
        chosen, wanted = _choose(claims)
        try:
            with savepoint():
                _take_all(wanted, kept_by(along) if along else {}, state, expires_at, given)
        except _Lost:
            continue
        return chosen
    raise _sold_out({claim.line_id: 0 for claim in claims})


def _retake(held: Sequence[Held], state: NightState, expires_at: datetime | None) -> None:
    try:
        with savepoint():
            _take_all(_keys_of(held), kept_by([line.line_id for line in held]), state, expires_at)
    except _Lost as lost:
        raise _sold_out({line.line_id: 0 for line in held}) from lost


def release(line_ids: Sequence[int]) -> None:
    """Give back every night that these lines still hold. Rows are locked in order first: no deadlock."""
    mine = nights_table.c.booking_line_id.in_(line_ids)
    db.session.execute(locked(mine))
    db.session.execute(delete(RoomNight).where(mine).execution_options(synchronize_session=False))


def block(room_ids: Iterable[int], nights: Nights, note: str | None = None) -> None:
    """Take nights off sale. A night already blocked stays so. Raises Conflict naming nights that are sold or held."""
    keys = sorted((room_id, night) for room_id in set(room_ids) for night in nights)
    row = {"state": NightState.BLOCKED, "expires_at": None, "booking_line_id": None, "note": note}
    missing = _take(keys, row, mine=nights_table.c.state == NightState.BLOCKED)
    if not missing:
        return
    days = sorted({night for _room, night in missing})
    raise Conflict(
        _(
            "These nights have a guest and stay open: %(nights)s.",
            nights=", ".join(short_date(day) for day in days),
        ),
        nights=[day.isoformat() for day in days],
    )


def unblock(room_ids: Iterable[int], nights: Nights) -> int:
    """Put blocked nights on sale again; nights of guests stay as they are, and so does what was closed by cancelling
    guests. Gives the number of room nights freed.
    """
    blocked = and_(
        nights_table.c.room_id.in_(set(room_ids)),
        nights_table.c.night >= nights.arrival,
        nights_table.c.night < nights.departure,
        nights_table.c.state == NightState.BLOCKED,
        nights_table.c.closed_for.is_(None),
        ~is_in_closed_period(),
    )
    db.session.execute(locked(blocked))
    result = db.session.execute(delete(RoomNight).where(blocked).execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _take_all(
    wanted: Mapping[Key, int],
    kept: Mapping[Key, int],
    state: NightState,
    expires_at: datetime | None,
    given: int | None = None,
) -> None:
    """One statement over all rows of the trip in ascending order, so that two trips cannot deadlock.

    Rows that the lines have elsewhere (`kept`) are taken along: whoever gives them back afterwards has them locked in
    order. What the line `given` has may be taken.
    """
    rows = {**kept, **wanted}
    values = [
        {
            "room_id": room_id,
            "night": night,
            "state": state,
            "expires_at": expires_at,
            "booking_line_id": rows[room_id, night],
            "note": None,
        }
        for room_id, night in sorted(rows)
    ]
    got = {(room_id, night) for room_id, night in db.session.execute(upsert(given=given), values)}
    if not wanted.keys() <= got or is_any_closed(wanted):
        raise _Lost


def _keys_of(lines: Iterable[Held]) -> dict[Key, int]:
    """Every night of every room of the units, with its line."""
    lines = list(lines)
    rooms = _rooms_of(unit_id for line in lines for unit_id in line.unit_ids)
    return {
        (room_id, night): line.line_id
        for line in lines
        for unit_id in line.unit_ids
        for room_id in rooms[unit_id]
        for night in line.nights
    }


def _take(keys: Sequence[Key], row: Mapping[str, object], mine: ColumnElement[bool]) -> list[Key]:
    """Take keys that are free, lapsed or mine; gives those that somebody else has."""
    values = [{"room_id": room_id, "night": night, **row} for room_id, night in keys]
    got = {(room_id, night) for room_id, night in db.session.execute(upsert(mine), values)}
    return [key for key in keys if key not in got]


def _choose(claims: Sequence[Claim]) -> tuple[list[Held], dict[Key, int]]:
    """Free units for each claim, none twice within the trip, and their nights by room with the line that wants them.

    Raises SoldOut where too few are free.
    """
    chosen: list[Held] = []
    used: dict[Key, int] = {}
    lost: dict[int, int] = {}
    for claim in claims:
        units = _free_units_of(claim, used)
        if len(units) < claim.rooms:
            lost[claim.line_id] = len(units)
            continue
        # Begin at another place for each line: two guests at the same moment rarely want the same door.
        start = claim.line_id % len(units) if claim.instead_of is None else 0
        picked = [*units[start:], *units[:start]][: claim.rooms]
        rooms = [room_id for _unit, rooms in picked for room_id in rooms]
        used |= {(room_id, night): claim.line_id for room_id in rooms for night in claim.nights}
        chosen.append(Held(claim.line_id, tuple(unit_id for unit_id, _rooms in picked), claim.nights))
    if lost:
        raise _sold_out(lost)
    return chosen, used


def _free_units_of(claim: Claim, used: Collection[Key]) -> list[tuple[int, list[int]]]:
    """Free units of the room type with their rooms, in the order of the house."""
    owner = claim.line_id if claim.instead_of is None else claim.instead_of
    query = (
        select(Unit.id, UnitRoom.room_id)
        .join(UnitRoom, UnitRoom.unit_id == Unit.id)
        .where(Unit.room_type_id == claim.room_type_id, unit_is_free(claim.nights, clock.now(), owner))
        .order_by(Unit.position, Unit.id, UnitRoom.room_id)
    )
    if claim.instead_of is not None:
        has = exists().where(
            nights_table.c.room_id == UnitRoom.room_id, nights_table.c.booking_line_id == owner
        )
        query = query.order_by(None).order_by(~has, Unit.position, Unit.id, UnitRoom.room_id)
    rooms: dict[int, list[int]] = defaultdict(list)
    for unit_id, room_id in db.session.execute(query):
        rooms[unit_id].append(room_id)
    return [
        (unit_id, own)
        for unit_id, own in rooms.items()
        if not any((room_id, night) in used for room_id in own for night in claim.nights)
    ]


def _rooms_of(unit_ids: Iterable[int]) -> dict[int, list[int]]:
    rooms: dict[int, list[int]] = defaultdict(list)
    rows = db.session.execute(
        select(UnitRoom.unit_id, UnitRoom.room_id)
        .where(UnitRoom.unit_id.in_(list(unit_ids)))
        .order_by(UnitRoom.room_id)
    )
    for unit_id, room_id in rows:
        rooms[unit_id].append(room_id)
    return rooms


def _sold_out(left: dict[int, int]) -> SoldOut:
    return SoldOut(_("Another guest has just taken this room. You have not been charged."), lines=left)
