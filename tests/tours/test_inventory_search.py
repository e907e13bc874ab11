"""What a party can join, and what a choice costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock, counters
from app.core.counters import Want
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.core.words import force_locale
from app.tours import inventory, queries, services
from app.tours.inventory import DepartureOffer, DepartureSearch, PackageChoice
from app.tours.inventory.search import find_running, list_offers
from app.tours.rules import PackageKind, PriceUnit
from app.villages.rules import PublicationState
from tests.factories import ARRIVAL, NOW, Tour, make_departure, make_package, make_village

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_ten_in_the_morning(session: Session, set_clock: Callable[..., None]) -> None:
    set_clock(NOW)


def package(**details: object) -> Tour:
    with transaction():
        return make_package(**details)  # type: ignore[arg-type]


def take(tour: Tour, many: int, *, lapses: bool = False) -> None:
    until = NOW + timedelta(minutes=30) if lapses else None
    with transaction():
        counters.take([Want(f"line:{many}{lapses}", tour.counter_id or 0, many)], until)


def find(party: int = 1, *, start: date = ARRIVAL, days: int = 1, **search: object) -> list[DepartureOffer]:
    return inventory.find_free(DepartureSearch(start, start + days * DAY, party, **search))  # type: ignore[arg-type]


# Finding


def test_places_and_price_for_the_party() -> None:
    package(seats=10)
    (offer,) = find(3)
    assert (offer.seats_left, offer.units_left, offer.units, offer.total) == (10, 10, 3, 300_000)


def test_cars_are_counted_as_cars() -> None:
    package(unit=PriceUnit.VEHICLE, unit_size=4, seats=2, max_party=40, price=350_000)
    (offer,) = find(5)
    assert (offer.seats_left, offer.units_left, offer.units, offer.total) == (8, 2, 2, 700_000)
    assert find(9) == []


def test_days_are_half_open_and_soonest_comes_first() -> None:
    tour = package()
    with transaction():
        make_departure(tour.package_id, on=ARRIVAL, at=time(7, 30))
        make_departure(tour.package_id, on=ARRIVAL + DAY)
    package()
    starts = [offer.departure.starts_at for offer in find(days=2)]
    assert len(starts) == 4
    assert starts == sorted(starts)
    assert len(find(days=1)) == 3
    assert find(start=ARRIVAL - DAY, days=1) == []


def test_a_full_one_is_not_free_but_runs() -> None:
    tour = package(seats=2)
    take(tour, 2)
    assert find() == []
    (offer,) = find_running(DepartureSearch(ARRIVAL, ARRIVAL + DAY))
    assert (offer.is_full, offer.has_room) == (True, False)


def test_what_has_lapsed_is_free() -> None:
    tour = package(seats=2)
    take(tour, 2, lapses=True)
    assert find() == []
    with clock.shifted(NOW + timedelta(minutes=31)):
        assert [offer.seats_left for offer in find()] == [2]


def test_lowered_below_what_is_sold_shows_none() -> None:
    tour = package(seats=6)
    take(tour, 4)
    with transaction():
        services.set_seats(departure_id=tour.departure_id or 0, seats=2)
    (offer,) = find_running(DepartureSearch(ARRIVAL, ARRIVAL + DAY))
    assert offer.seats_left == 0
    assert find() == []


def test_only_what_is_on_sale() -> None:
    for state in (PublicationState.PAUSED, PublicationState.RETIRED):
        tour = package()
        with transaction():
            services.change_publication(package_id=tour.package_id, wanted=state, by_user_id=None)
    package(published=False)
    closed = package()
    with transaction():
        services.close_departure(departure_id=closed.departure_id or 0)
    cancelled = package()
    with transaction():
        services.cancel_departure(departure_id=cancelled.departure_id or 0)
    assert find_running(DepartureSearch(ARRIVAL, ARRIVAL + DAY)) == []


def test_nothing_after_booking_has_ended() -> None:
    package(cutoff_hours=12)
    until = find()[0].departure.bookable_until
    with clock.shifted(until - timedelta(seconds=5)):
        assert len(find()) == 1
    with clock.shifted(until + timedelta(seconds=1)):
        assert find() == []


def test_the_size_of_the_party() -> None:
    package(min_party=2, max_party=4)
    assert [len(find(party)) for party in (1, 2, 4, 5)] == [0, 1, 1, 0]


def test_by_village_package_and_kind() -> None:
    here = package(kind=PackageKind.COOKING)
    with transaction():
        there = make_package(make_village("tirtomulyo"), kind=PackageKind.WATER)
    assert [offer.package.slug for offer in find(village="sarihayu")] == [here.slug]
    assert [offer.package.slug for offer in find(package=there.slug)] == [there.slug]
    assert [offer.package.slug for offer in find(kind=PackageKind.WATER)] == [there.slug]
    assert find(village="nowhere") == []


BAD = [
    (ARRIVAL, ARRIVAL, 1, "to"),
    (ARRIVAL, ARRIVAL - DAY, 1, "to"),
    (date(2027, 4, 19), date(2027, 4, 21), 1, "from"),
    (ARRIVAL, ARRIVAL + 93 * DAY, 1, "to"),
    (date(2031, 1, 1), date(2031, 1, 2), 1, "to"),
    (ARRIVAL, ARRIVAL + DAY, 0, "party"),
    (ARRIVAL, ARRIVAL + DAY, 61, "party"),
]


@pytest.mark.parametrize(("start", "end", "party", "field"), BAD)
def test_what_cannot_be_searched_is_named(start: date, end: date, party: int, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        inventory.find_free(DepartureSearch(start, end, party))
    assert [name for name, _message in refused.value.errors] == [field]


def test_departures_in_whatever_state_with_what_is_left() -> None:
    tour = package(seats=3)
    take(tour, 1)
    with transaction():
        second = make_departure(tour.package_id, on=ARRIVAL + DAY, seats=5).id
        services.close_departure(departure_id=second)
    departures = queries.list_departures(tour.package_id, ARRIVAL, ARRIVAL + 7 * DAY)
    offers = list_offers(departures, 2)
    assert [(offer.units_left, offer.departure.state.value) for offer in offers] == [
        (2, "open"),
        (5, "closed"),
    ]


def test_a_package_knows_its_next_day() -> None:
    tour = package(seats=1)
    with transaction():
        make_departure(tour.package_id, on=ARRIVAL + 9 * DAY)
    assert queries.find_next_day(tour.package_id, NOW) == ARRIVAL
    take(tour, 1)
    assert queries.find_next_day(tour.package_id, NOW) == ARRIVAL + 9 * DAY
    assert [day for _package, day in queries.list_on_sale(NOW)] == [ARRIVAL + 9 * DAY]
    assert queries.find_next_day(tour.package_id, NOW + 60 * DAY) is None


# Quoting


def choice(tour: Tour, adults: int = 2, children: int = 0, *names: str) -> PackageChoice:
    return PackageChoice(tour.departure or "", adults, children, names)


def test_a_price_is_by_person_or_by_car() -> None:
    each = inventory.quote(choice(package(), 2, 1, "Ani", "Budi"))
    assert (each.quantity, each.unit_price, each.total) == (3, 100_000, 300_000)
    cars = package(unit=PriceUnit.VEHICLE, unit_size=4, max_party=12, price=350_000)
    together = inventory.quote(choice(cars, 4, 1))
    assert (together.quantity, together.unit_price, together.total) == (2, 350_000, 700_000)


def test_a_departure_may_have_its_own_price() -> None:
    tour = package()
    with transaction():
        own = make_departure(tour.package_id, on=ARRIVAL + DAY, price=125_000).public_id
    assert inventory.quote(PackageChoice(own, 1)).unit_price == 125_000
    assert inventory.quote(choice(tour, 1)).unit_price == 100_000


def test_what_is_not_sold_is_not_found() -> None:
    with pytest.raises(NotFound):
        inventory.quote(PackageChoice("nothing", 1))
    with pytest.raises(NotFound):
        inventory.quote(choice(package(published=False)))


@pytest.mark.parametrize(
    ("adults", "children", "names", "field", "words"),
    [
        (0, 2, (), "adults", "At least one adult"),
        (1, 0, (), "adults", "2 people or more"),
        (3, 2, (), "adults", "up to 4 people"),
        (2, -1, (), "children", "adults only"),
        (2, 0, ("Ani", "Budi", "Cici"), "participants", "more names than people"),
    ],
)
def test_a_party_that_does_not_fit_is_told_why(
    adults: int, children: int, names: tuple[str, ...], field: str, words: str
) -> None:
    tour = package(min_party=2, max_party=4)
    with pytest.raises(Invalid) as refused, force_locale("en"):
        inventory.quote(choice(tour, adults, children, *names))
    assert refused.value.errors == [(field, refused.value.message)]
    assert words in refused.value.message


def test_children_where_none_are_taken() -> None:
    with pytest.raises(Invalid) as refused:
        inventory.quote(choice(package(takes_children=False), 1, 1))
    assert [name for name, _message in refused.value.errors] == ["children"]


@pytest.mark.parametrize("step", [services.close_departure, services.cancel_departure])
def test_a_departure_that_takes_nobody(step: Callable[..., object]) -> None:
    tour = package()
    with transaction():
        step(departure_id=tour.departure_id)
    with pytest.raises(Invalid) as refused:
        inventory.quote(choice(tour))
    assert [name for name, _message in refused.value.errors] == ["departure"]


def test_a_departure_that_is_too_near() -> None:
    tour = package(cutoff_hours=12)
    with clock.shifted(NOW + 12 * DAY + timedelta(hours=12)), pytest.raises(Invalid) as refused:
        inventory.quote(choice(tour))
    assert [name for name, _message in refused.value.errors] == ["departure"]


def test_how_many_are_left() -> None:
    tour = package(seats=3)
    take(tour, 2)
    assert inventory.units_left(choice(tour)) == 1
    assert inventory.units_left(PackageChoice("nothing", 1)) == 0
