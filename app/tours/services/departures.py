"""Departures are added: one, or the same day and hour of several weeks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.core import audit, clock
from app.core.codes import new_code
from app.core.counters import create_counter
from app.core.dates import village_instant
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.filters import short_date_time
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.core.words import ngettext
from app.tours import queries
from app.tours.models import Departure, Package
from app.tours.rules import DAYS_AHEAD, DEAREST, MOST_SEATS, MOST_WEEKS, DepartureState, weekly


@dataclass(frozen=True)
class Series:
    """Departures that were added, and the days on which there was one at that hour already."""

    added: tuple[Departure, ...]
    known: tuple[date, ...]


def add_departure(
    *,
    package_id: int,
    on: date,
    at: time,
    seats: int,
    price: Rupiah | None = None,
    by_user_id: int | None = None,
) -> Departure:
    """One run of a package on a village date and hour. `seats` are units: persons, or vehicles, boats, groups.

    `price` is per unit in rupiah; None takes the package's. Raises NotFound, Conflict (`departure_exists`) where the
    package starts then already, Invalid for a time that is past or cannot be booked, seats and prices that cannot be.
    """
    package = queries.get_package_by_id(package_id)
    _check(package, [on], at, seats, price)
    starts_at = village_instant(on, at)
    if starts_at in queries.starts_of(package_id):
        raise Conflict(
            _("There is a departure at this time already: %(time)s.", time=short_date_time(starts_at)),
            code="departure_exists",
        )
    return _add(package, on, starts_at, seats, price, by_user_id)


def add_series(
    *,
    package_id: int,
    on: date,
    at: time,
    seats: int,
    weeks: int,
    price: Rupiah | None = None,
    by_user_id: int | None = None,
) -> Series:
    """The same departure in so many weeks, the first on `on`; weeks that have it already are left alone.

    Raises like `add_departure`; Conflict (`departure_exists`) only where all of them are there.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        message = ngettext("At most %(num)d week at once.", "At most %(num)d weeks at once.", MOST_WEEKS)
        raise Invalid(message, errors=[("weeks", message)])
    package = queries.get_package_by_id(package_id)
    days = weekly(on, weeks)
    _check(package, days, at, seats, price)
    known = _known(package_id, days, at)
    if len(known) == len(days):
        message = _("All of these departures are there already. Nothing was added.")
        raise Conflict(message, code="departure_exists")
    new = [day for day in days if day not in known]
    added = [_add(package, day, village_instant(day, at), seats, price, by_user_id) for day in new]
    return Series(tuple(added), tuple(known))


def _known(package_id: int, days: Collection[date], at: time) -> list[date]:
    starts = queries.starts_of(package_id)
    return [day for day in days if village_instant(day, at) in starts]


def _check(package: Package, days: Collection[date], at: time, seats: int, price: Rupiah | None) -> None:
    errors = []
    if (fault := _fault_of_time(package, min(days), max(days), at)) is not None:
        errors.append(fault)
    if not 1 <= seats <= MOST_SEATS:
        errors.append(("seats", _("Give a number from 1 to %(most)d.", most=MOST_SEATS)))
    if price is not None and not 0 < price <= DEAREST:
        errors.append(("price", _("A package costs something, and less than 50 million.")))
    if errors:
        raise Invalid(_("This departure cannot be right."), errors=errors)


def _fault_of_time(package: Package, first: date, last: date, at: time) -> tuple[str, str] | None:
    now, starts_at = clock.now(), village_instant(first, at)
    if first < clock.today():
        return "on", _("This day is over. Choose today or a later one.")
    if starts_at <= now:
        return "at", _("This time is over. Choose a later one.")
    if _bookable_until(package, starts_at) <= now:
        hours = package.cutoff_hours
        message = ngettext(
            "Guests book until %(num)d hour before the start, so nobody could book this one. Choose a later time.",
            "Guests book until %(num)d hours before the start, so nobody could book this one. Choose a later time.",
            hours,
        )
        return "at", message
    if last > clock.today() + timedelta(days=DAYS_AHEAD):
        return "on", _("The villages do not plan that far ahead yet.")
    return None


def _bookable_until(package: Package, starts_at: datetime) -> datetime:
    return starts_at - timedelta(hours=package.cutoff_hours)


def _add(
    package: Package, on: date, starts_at: datetime, seats: int, price: Rupiah | None, by_user_id: int | None
) -> Departure:
    departure = Departure(
        public_id=new_code().lower(),
        package_id=package.id,
        on=on,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=package.duration_minutes),
        bookable_until=_bookable_until(package, starts_at),
        price=package.price if price is None else price,
        counter_id=create_counter(capacity=seats).id,
        state=DepartureState.OPEN,
    )
    db.session.add(departure)
    db.session.flush()
    audit.record(
        action="departure.added",
        subject=f"departure:{departure.public_id}",
        user_id=by_user_id,
        package=package.slug,
        starts_at=starts_at.isoformat(),
        seats=seats,
        price=departure.price,
    )
    return departure
