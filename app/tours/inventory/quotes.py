"""What one choice costs, and how many units of it are left."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.core import clock
from app.core.counters import Counter, left_now
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.core.words import ngettext
from app.tours.models import Departure, Package
from app.tours.rules import DepartureState, PartyFault, fault_of_party, units_needed
from app.villages.rules import PublicationState


@dataclass(frozen=True)
class PackageChoice:
    """One departure as a guest chose it, by its public id; `participants` are the names of those who come."""

    departure: str
    adults: int
    children: int = 0
    participants: tuple[str, ...] = ()

    @property
    def party(self) -> int:
        """Everybody who comes along."""
        return self.adults + self.children


@dataclass(frozen=True)
class PackageQuote:
    """A choice with its price, worked out now: so many units at so many rupiah each."""

    departure: Departure
    package: Package
    quantity: int
    unit_price: Rupiah

    @property
    def total(self) -> Rupiah:
        """What the party pays, in rupiah."""
        return self.quantity * self.unit_price


def quote(choice: PackageChoice) -> PackageQuote:
    """Price one choice.

    Raises NotFound when it is not sold; Invalid, naming the field, when the departure cannot be booked any more
    (`departure`), the party does not fit (`adults`, `children`) or more names were given than persons (`participants`).
    """
    departure = db.session.scalars(
        select(Departure)
        .join(Departure.package)
        .options(contains_eager(Departure.package))
        .where(Departure.public_id == choice.departure, Package.state == PublicationState.PUBLISHED)
    ).one_or_none()
    if departure is None:
        raise NotFound(_("This departure is not sold any more."))
    package = departure.package
    _check_open(departure)
    _check_party(package, choice)
    return PackageQuote(departure, package, units_needed(choice.party, package.unit_size), departure.price)


def units_left(choice: PackageChoice) -> int:
    """How many units of the chosen departure are free now; 0 where there is no such departure."""
    query = (
        select(left_now(clock.now()))
        .join(Departure, Departure.counter_id == Counter.id)
        .where(Departure.public_id == choice.departure)
    )
    return int(db.session.scalar(query) or 0)


def _check_open(departure: Departure) -> None:
    if departure.state == DepartureState.CANCELLED:
        message = _("This departure does not take place. Choose another one.")
    elif departure.bookable_until <= clock.now():
        message = _("This departure cannot be booked any more. Choose a later one.")
    elif departure.state == DepartureState.CLOSED:
        message = _("This departure takes no more guests. Choose another one.")
    else:
        return
    raise Invalid(message, errors=[("departure", message)])


def _check_party(package: Package, choice: PackageChoice) -> None:
    fault = fault_of_party(
        adults=choice.adults,
        children=choice.children,
        least=package.min_party,
        most=package.max_party,
        takes_children=package.takes_children,
    )
    if fault is not None:
        message = words_of(fault, package)
        raise Invalid(
            message, errors=[("children" if fault == PartyFault.NO_CHILDREN else "adults", message)]
        )
    if len(choice.participants) > choice.party:
        message = _("There are more names than people. Give one name for each.")
        raise Invalid(message, errors=[("participants", message)])


def words_of(fault: PartyFault, package: Package) -> str:
    """Why the package cannot take the party, for people."""
    if fault == PartyFault.NO_ADULT:
        return _("At least one adult must come along.")
    if fault == PartyFault.NO_CHILDREN:
        return _("%(package)s is for adults only.", package=package.name)
    if fault == PartyFault.TOO_SMALL:
        return ngettext(
            "%(package)s is for %(num)d person or more.",
            "%(package)s is for %(num)d people or more.",
            package.min_party,
            package=package.name,
        )
    return ngettext(
        "%(package)s takes parties of up to %(num)d person.",
        "%(package)s takes parties of up to %(num)d people.",
        package.max_party,
        package=package.name,
    )
