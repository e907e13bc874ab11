"""What one choice costs, and how many of it are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import contains_eager

from app.core import clock
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.core.words import ngettext
from app.homestays.inventory.checks import check_nights, check_party
from app.homestays.inventory.prices import QuotedNight, priced, seasons_of
from app.homestays.inventory.search import MOST_ROOMS
from app.homestays.inventory.vacancy import is_sold, unit_is_free
from app.homestays.models import Homestay, RoomType, Unit


@dataclass(frozen=True)
class StayChoice:
    """One stay as a guest chose it. `adults` and `children` are the whole party over all rooms."""

    room_type: str
    nights: Nights
    rooms: int
    adults: int
    children: int = 0

    @property
    def party(self) -> int:
        """Everybody who sleeps here."""
        return self.adults + self.children


@dataclass(frozen=True)
class StayQuote:
    """A choice with its prices, worked out now."""

    choice: StayChoice
    room_type: RoomType
    homestay: Homestay
    nightly: tuple[QuotedNight, ...]

    @property
    def total(self) -> Rupiah:
        """All rooms, all nights, in rupiah."""
        return self.choice.rooms * sum(night.price for night in self.nightly)


def quote(choice: StayChoice) -> StayQuote:
    """Price one choice. Raises NotFound when it is not sold, Invalid when the party or the nights do not fit it."""
    check_nights(choice.nights)
    check_party(choice.adults, choice.children)
    room_type = db.session.scalars(
        select(RoomType)
        .join(RoomType.homestay)
        .join(Homestay.village)
        .options(contains_eager(RoomType.homestay).contains_eager(Homestay.village))
        .where(RoomType.public_id == choice.room_type, *is_sold())
    ).one_or_none()
    if room_type is None:
        raise NotFound(_("This room is not sold any more."))
    _check_fit(choice, room_type)
    seasons = seasons_of(choice.nights)
    nightly = priced(room_type.prices, room_type.village_id, choice.nights, seasons)
    return StayQuote(choice, room_type, room_type.homestay, nightly)


def _check_fit(choice: StayChoice, room_type: RoomType) -> None:
    if not 1 <= choice.rooms <= MOST_ROOMS or choice.rooms > choice.party:
        message = _("The number of rooms does not fit your party.")
        raise Invalid(message, errors=[("rooms", message)])
    if choice.rooms * room_type.sleeps < choice.party:
        message = _(
            "%(room)s sleeps %(sleeps)d. Take more rooms or a larger one.",
            room=room_type.name,
            sleeps=room_type.sleeps,
        )
        raise Invalid(message, errors=[("adults", message)])
    least = room_type.homestay.min_nights
    if len(choice.nights) < least:
        message = ngettext(
            "This house takes stays from %(num)d night.", "This house takes stays from %(num)d nights.", least
        )
        raise Invalid(message, errors=[("departure", message)])


NEAR = 7
"""So many days earlier and later other nights are looked for."""


def free_near(choice: StayChoice, line_id: int, most: int = 3) -> list[Nights]:
    """The nearest other nights, as many of them, on which the chosen rooms are free for whoever has the line."""
    length, today, now = len(choice.nights), clock.today(), clock.now()
    shifts = sorted(
        (shift for shift in range(-NEAR, NEAR + 1) if shift), key=lambda shift: (abs(shift), shift)
    )
    days = [choice.nights.arrival + timedelta(days=shift) for shift in shifts]
    stays = [Nights(day, day + timedelta(days=length)) for day in days if day >= today]
    if not stays:
        return []
    asked = [
        select(literal(place), func.count(Unit.id))
        .join(RoomType, RoomType.id == Unit.room_type_id)
        .where(RoomType.public_id == choice.room_type, unit_is_free(stay, now, line_id))
        for place, stay in enumerate(stays)
    ]
    free = dict(db.session.execute(union_all(*asked)).all())
    return [stay for place, stay in enumerate(stays) if free[place] >= choice.rooms][:most]


def units_left(choice: StayChoice, line_id: int | None = None) -> int:
    """How many units of the chosen type are free on all the chosen nights; what a line has is free for it."""
    query = (
        select(func.count(Unit.id))
        .join(RoomType, RoomType.id == Unit.room_type_id)
        .where(RoomType.public_id == choice.room_type, unit_is_free(choice.nights, clock.now(), line_id))
    )
    return db.session.scalar(query) or 0
