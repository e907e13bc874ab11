"""Where the guests of a booking go: the houses, where departures meet, where products wait."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.bookings.models import Booking
from app.core.db import db
from app.homestays.models import Homestay
from app.showcase.models import Stock
from app.tours.models import Departure
from app.tours.queries import departures_by_ids
from app.villages.models import Village


@dataclass(frozen=True)
class Places:
    """Houses by number, departures with their packages by number, villages of pickup by the number of the stock."""

    houses: dict[int, Homestay]
    departures: dict[int, Departure]
    pickups: dict[int, Village]


def places_of(booking: Booking) -> Places:
    """Where a booking's lines take place; asks for each kind only where the booking has it."""
    houses = {line.homestay_id for line in booking.lines if line.homestay_id}
    runs = {line.departure_id for line in booking.lines if line.departure_id}
    stocks = {line.stock_id for line in booking.lines if line.stock_id}
    return Places(
        houses=_houses(houses) if houses else {},
        departures=departures_by_ids(runs) if runs else {},
        pickups=_pickups(stocks) if stocks else {},
    )


def _houses(ids: set[int]) -> dict[int, Homestay]:
    return {house.id: house for house in db.session.scalars(select(Homestay).where(Homestay.id.in_(ids)))}


def _pickups(stock_ids: set[int]) -> dict[int, Village]:
    query = select(Stock.id, Village).join(Village, Village.id == Stock.village_id)
    rows = db.session.execute(query.where(Stock.id.in_(stock_ids)))
    return {stock_id: village for stock_id, village in rows}  # noqa: C416 -- rows are no pairs to mypy
