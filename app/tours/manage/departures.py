"""The departures of some weeks as the guide sees them, and what is said back after a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core import clock
from app.core.dates import VILLAGE_ZONE
from app.core.filters import short_date, short_date_time
from app.core.words import gettext as _
from app.core.words import ngettext
from app.tours import queries
from app.tours.forms import DepartureForm, SeatsForm
from app.tours.inventory.search import DepartureOffer, list_offers
from app.tours.models import Departure, Package
from app.tours.rules import DepartureState
from app.tours.services import Series

WEEKS = 6
"""Weeks on one page."""


@dataclass(frozen=True)
class Row:
    """A departure with its figures, and the form for its places."""

    offer: DepartureOffer
    form: SeatsForm
    has_begun: bool

    @property
    def departure(self) -> Departure:
        """The departure itself."""
        return self.offer.departure

    @property
    def capacity(self) -> int:
        """How many units there are."""
        return self.departure.counter.capacity

    @property
    def taken(self) -> int:
        """How many units are sold or held; more than there are where the places were lowered."""
        return self.departure.counter.taken if self.is_over else self.capacity - self.offer.units_left

    @property
    def is_over(self) -> bool:
        """Whether more are promised than there are places."""
        return self.departure.counter.allowed_over > 0


@dataclass(frozen=True)
class Weeks:
    """The departures of some weeks, with the days that begin the weeks before and after."""

    first: date
    last: date
    rows: Sequence[Row]
    earlier: date | None
    later: date


def departure_rows(package: Package, text: str | None, sent: tuple[str, SeatsForm] | None) -> Weeks:
    """The departures of the weeks around the day asked for, else from today on; cancelled ones are left out."""
    today = clock.today()
    first = _first_day(text, today)
    end = first + timedelta(weeks=WEEKS)
    found = queries.list_departures(package.id, first, end)
    kept = [departure for departure in found if departure.state != DepartureState.CANCELLED]
    rows = [_row(offer, sent) for offer in list_offers(kept, 1)]
    before = max(first - timedelta(weeks=WEEKS), today - timedelta(weeks=WEEKS * 9))
    return Weeks(first, end - timedelta(days=1), rows, before if before < first else None, end)


def _first_day(text: str | None, today: date) -> date:
    """Today, unless the day asked for is past or lies beyond the weeks that are shown from today on."""
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        return today
    if today <= day < today + timedelta(weeks=WEEKS):
        return today
    return min(max(day, today - timedelta(days=400)), today + timedelta(days=730))


def _row(offer: DepartureOffer, sent: tuple[str, SeatsForm] | None) -> Row:
    departure = offer.departure
    own = sent is not None and sent[0] == departure.public_id
    form = sent[1] if sent and own else SeatsForm.of(departure.public_id, departure.counter.capacity)
    return Row(offer, form, departure.starts_at <= clock.now())


def form_for(package: Package, rows: Sequence[Row]) -> DepartureForm:
    """The form for the next departure, filled in as the last one was."""
    usual: dict[str, object] = {
        "weeks": 1,
        "on": clock.today() + timedelta(days=1),
        "at": "09:00",
        "seats": package.max_party // package.unit_size or 1,
    }
    if rows:
        last = rows[-1].departure
        usual |= {
            "on": max(last.on, clock.today()) + timedelta(weeks=1),
            "at": f"{last.starts_at.astimezone(VILLAGE_ZONE):%H:%M}",
            "seats": last.counter.capacity or usual["seats"],
        }
    return DepartureForm(formdata=None, data=usual)


def added_said_back(series: Series) -> str:
    """What was added, for whoever added it."""
    first = short_date_time(series.added[0].starts_at)
    said = ngettext(
        "%(num)d departure is on sale: %(first)s.",
        "%(num)d departures are on sale, the first on %(first)s.",
        len(series.added),
        first=first,
    )
    if not series.known:
        return said
    days = "; ".join(short_date(day) for day in series.known)
    return said + " " + _("These were there already and stay as they are: %(days)s.", days=days)


def seats_said_back(seats: int, taken: int) -> str:
    """How many places there are now, and what that means."""
    if taken > seats:
        return _(
            "%(seats)d places from now on. %(taken)d are taken: nobody loses a place, and none is sold any more.",
            seats=seats,
            taken=taken,
        )
    return _("%(seats)d places from now on, %(left)d of them free.", seats=seats, left=seats - taken)
