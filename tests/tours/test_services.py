"""Setting up a package, its departures and their places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, counters
from app.core.audit import AuditEntry
from app.core.counters import Counter, Want
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, NotFound, WrongState
from app.tours import queries, services
from app.tours.models import Departure
from app.tours.rules import DepartureState, PackageKind
from app.tours.services import PackageLimits, PackagePrice
from app.users.rules import Scope
from app.villages.rules import PublicationState
from tests.factories import ARRIVAL, NINE, NOW, Tour, make_package, make_texts

DAY = timedelta(days=1)


@pytest.fixture
def tour(session: Session, set_clock: Callable[..., None]) -> Tour:
    """A package with one departure of ten places, thirteen days ahead."""
    set_clock(NOW)
    with transaction():
        return make_package()


def acts(subject: str) -> list[tuple[str, dict[str, object]]]:
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    )
    return [(entry.action, entry.details) for entry in entries]


def departures(tour: Tour) -> list[tuple[date, DepartureState]]:
    rows = select(Departure.on, Departure.state).where(Departure.package_id == tour.package_id)
    return [(on, state) for on, state in db.session.execute(rows.order_by(Departure.starts_at))]


def add(tour: Tour, on: date, at: time = NINE, seats: int = 5, **details: object) -> Departure:
    with transaction():
        return services.add_departure(package_id=tour.package_id, on=on, at=at, seats=seats, **details)  # type: ignore[arg-type]


def take(tour: Tour, many: int, *, lapses: bool = False) -> None:
    with transaction():
        until = NOW + timedelta(minutes=30) if lapses else None
        counters.take([Want("line:1", tour.counter_id or 0, many)], until)


# Packages


def test_an_address_belongs_to_one_package(tour: Tour) -> None:
    with pytest.raises(Conflict) as refused, transaction():
        services.create_package(
            slug=tour.slug,
            village_id=tour.village_id,
            payee_id=tour.guide_payee_id,
            kind=PackageKind.CRAFT,
            texts=make_texts("Lain"),
            price=PackagePrice(1000),
            limits=PackageLimits(60),
        )
    assert refused.value.code == "slug_taken"


@pytest.mark.parametrize("price", [0, -1, 50_000_001])
def test_a_price_that_cannot_be(tour: Tour, price: int) -> None:
    with pytest.raises(Invalid), transaction():
        make_package(price=price)


def test_the_life_of_a_package(tour: Tour) -> None:
    def move(wanted: PublicationState) -> None:
        services.change_publication(package_id=tour.package_id, wanted=wanted, by_user_id=None)

    with transaction():
        move(PublicationState.PAUSED)
        assert queries.find_package(tour.slug) is not None, "who has booked still finds it"
        move(PublicationState.RETIRED)
        assert queries.find_package(tour.slug) is None
        with pytest.raises(WrongState):
            move(PublicationState.PUBLISHED)
    assert [action for action, _details in acts(f"package:{tour.slug}")] == ["package.created"] + [
        "package.moved"
    ] * 4


def test_each_sees_his_own(tour: Tour) -> None:
    with transaction():
        other = make_package()
    guide = Scope(payees=frozenset({tour.guide_payee_id}))
    assert [package.slug for package in queries.list_packages_in(guide)] == [tour.slug]
    assert queries.get_departure_in(guide, tour.departure or "").id == tour.departure_id
    for ask in (
        lambda: queries.get_package_in(guide, other.slug),
        lambda: queries.get_departure_in(guide, other.departure or ""),
        lambda: queries.get_package_in(Scope(), tour.slug),
    ):
        with pytest.raises(NotFound):
            ask()
    assert len(queries.list_packages_in(Scope(villages=frozenset({tour.village_id})))) == 2
    assert len(queries.list_packages_in(Scope(everything=True))) == 2


# Departures


def test_a_departure_knows_its_times(tour: Tour) -> None:
    departure = add(tour, ARRIVAL + DAY, time(7, 30), 4, price=90_000)
    assert departure.starts_at.isoformat() == "2027-05-04T00:30:00+00:00"
    assert departure.ends_at - departure.starts_at == timedelta(hours=3)
    assert departure.starts_at - departure.bookable_until == timedelta(hours=12)
    assert (departure.price, db.session.get(Counter, departure.counter_id).capacity) == (90_000, 4)
    ((action, details),) = acts(f"departure:{departure.public_id}")
    assert (action, details["package"], details["seats"]) == ("departure.added", tour.slug, 4)


def test_not_twice_at_the_same_time(tour: Tour) -> None:
    with pytest.raises(Conflict) as refused:
        add(tour, ARRIVAL)
    assert refused.value.code == "departure_exists"
    add(tour, ARRIVAL, time(14, 0))
    assert len(departures(tour)) == 2


def test_again_after_it_was_cancelled(tour: Tour) -> None:
    with transaction():
        services.cancel_departure(departure_id=tour.departure_id or 0)
    add(tour, ARRIVAL)
    assert {state for _on, state in departures(tour)} == {DepartureState.CANCELLED, DepartureState.OPEN}


@pytest.mark.parametrize(
    ("on", "at", "details", "field"),
    [
        (date(2027, 4, 19), NINE, {}, "on"),
        (date(2027, 4, 20), NINE, {}, "at"),
        (date(2027, 4, 20), time(21, 0), {}, "at"),
        (date(2029, 4, 20), NINE, {}, "on"),
        (ARRIVAL + DAY, NINE, {"seats": 0}, "seats"),
        (ARRIVAL + DAY, NINE, {"seats": 201}, "seats"),
        (ARRIVAL + DAY, NINE, {"price": 0}, "price"),
    ],
)
def test_departures_that_cannot_be(
    tour: Tour, on: date, at: time, details: dict[str, int], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        add(tour, on, at, **details)
    assert [name for name, _message in refused.value.errors] == [field]
    assert len(departures(tour)) == 1


def test_the_same_day_of_some_weeks_leaves_alone_what_is_there(tour: Tour) -> None:
    def repeat() -> services.Series:
        with transaction():
            return services.add_series(
                package_id=tour.package_id, on=ARRIVAL - timedelta(weeks=1), at=NINE, seats=6, weeks=4
            )

    series = repeat()
    assert [departure.on for departure in series.added] == [
        ARRIVAL + timedelta(weeks=week) for week in (-1, 1, 2)
    ]
    assert series.known == (ARRIVAL,)
    with pytest.raises(Conflict) as refused:
        repeat()
    assert refused.value.code == "departure_exists"
    assert len(departures(tour)) == 4


@pytest.mark.parametrize("weeks", [0, 27])
def test_how_many_weeks(tour: Tour, weeks: int) -> None:
    with pytest.raises(Invalid) as refused, transaction():
        services.add_series(package_id=tour.package_id, on=ARRIVAL + DAY, at=NINE, seats=1, weeks=weeks)
    assert [name for name, _message in refused.value.errors] == ["weeks"]


# Places


def test_other_places_leave_a_row_with_before_and_after(tour: Tour) -> None:
    take(tour, 4)
    for _ in range(2):
        with transaction():
            assert services.set_seats(departure_id=tour.departure_id or 0, seats=3) == 4
    seats = [
        details for action, details in acts(f"departure:{tour.departure}") if action == "departure.seats_set"
    ]
    assert seats == [{"before": 10, "after": 3, "taken": 4}]


@pytest.mark.parametrize("seats", [-1, 201])
def test_places_that_cannot_be(tour: Tour, seats: int) -> None:
    with pytest.raises(Invalid), transaction():
        services.set_seats(departure_id=tour.departure_id or 0, seats=seats)


def test_closing_twice_is_one_act_and_it_opens_again(tour: Tour) -> None:
    steps = (services.close_departure, services.close_departure, services.open_departure)
    for step in steps:
        with transaction():
            step(departure_id=tour.departure_id or 0)
    assert [action for action, _details in acts(f"departure:{tour.departure}")][1:] == [
        "departure.closed",
        "departure.opened",
    ]


def test_a_departure_with_guests_is_not_cancelled(tour: Tour) -> None:
    take(tour, 1)
    with pytest.raises(WrongState), transaction():
        services.cancel_departure(departure_id=tour.departure_id or 0)
    assert departures(tour) == [(ARRIVAL, DepartureState.OPEN)]
    (departure,) = queries.departures_by_ids([tour.departure_id or 0]).values()
    assert departure.counter.capacity == 10


def test_a_hold_that_has_lapsed_keeps_nothing(tour: Tour) -> None:
    take(tour, 1, lapses=True)
    with clock.shifted(NOW + timedelta(hours=1)), transaction():
        services.cancel_departure(departure_id=tour.departure_id or 0)
    assert departures(tour) == [(ARRIVAL, DepartureState.CANCELLED)]


def test_what_was_cancelled_or_has_begun_is_not_changed(tour: Tour) -> None:
    changes = (
        lambda: services.set_seats(departure_id=tour.departure_id or 0, seats=3),
        lambda: services.open_departure(departure_id=tour.departure_id or 0),
        lambda: services.close_departure(departure_id=tour.departure_id or 0),
        lambda: services.cancel_departure(departure_id=tour.departure_id or 0),
    )
    with clock.shifted(NOW + 20 * DAY):
        for change in changes:
            with pytest.raises(WrongState), transaction():
                change()
    with transaction():
        services.cancel_departure(departure_id=tour.departure_id or 0)
    for change in changes:
        with pytest.raises(WrongState), transaction():
            change()


def test_what_is_not_there_is_not_found(tour: Tour) -> None:
    with pytest.raises(NotFound), transaction():
        services.close_departure(departure_id=999)
    with pytest.raises(NotFound), transaction():
        services.add_departure(package_id=999, on=ARRIVAL, at=NINE, seats=1)


def test_the_coming_weeks_in_figures(tour: Tour) -> None:
    take(tour, 4)
    add(tour, ARRIVAL + DAY, seats=6)
    with transaction():
        services.close_departure(departure_id=add_closed(tour))
    coming = queries.coming_of([tour.package_id], ARRIVAL + 7 * DAY)[tour.package_id]
    assert (coming.next_on, coming.departures, coming.taken, coming.capacity) == (ARRIVAL, 3, 4, 18)
    assert queries.coming_of([tour.package_id], ARRIVAL) == {}


def add_closed(tour: Tour) -> int:
    return services.add_departure(package_id=tour.package_id, on=ARRIVAL + 2 * DAY, at=NINE, seats=2).id


def test_what_the_maker_gets(tour: Tour) -> None:
    package = queries.get_package(tour.slug)
    assert queries.guide_amounts([package], ARRIVAL) == {tour.package_id: 70_000}
    assert queries.guide_amounts([package], date(2020, 1, 1)) == {}, "no agreement was in force"
