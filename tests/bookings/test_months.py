"""A village's month as its bookings tell it is what the books divided, for seats, pieces and what a cancelled booking
keeps as well as for nights.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.bookings import queries
from app.core.dates import next_month
from app.core.db import transaction
from app.revenue.queries import monthly_shares
from app.tours.inventory import PackageChoice
from app.users.rules import Scope
from app.villages.rules import Terms
from tests.bookings import acts, cards
from tests.factories import (
    make_choice,
    make_house,
    make_package,
    make_product,
    make_product_choice,
    make_village,
)

EVERYTHING = Scope(everything=True)
DAY = timedelta(days=1)
APRIL, MAY, JUNE = date(2027, 4, 1), date(2027, 5, 1), date(2027, 6, 1)


def told(month: date) -> dict[int, int]:
    """What bookings say was received for a month, in rupiah by village; the books must say the same."""
    divided: dict[int, int] = defaultdict(int)
    for share in monthly_shares(None, month):
        divided[share.village_id] += share.amount
    by_bookings = {
        village: row.received
        for village, row in queries.received_in_month(None, month).items()
        if row.received
    }
    assert by_bookings == {village: amount for village, amount in divided.items() if amount}
    return by_bookings


def test_a_departure_on_the_first_of_a_month(season: Session) -> None:
    with transaction():
        tour = make_package(on=MAY)
    code = acts.hold(None, PackageChoice(str(tour.departure), 2))
    acts.pay(code)
    assert told(MAY) == {tour.village_id: 200_000}
    assert told(APRIL) == {}
    assert [row.booking.code for row in queries.list_month_bookings(tour.village_id, MAY)] == [code]


def test_a_guide_expects_what_is_due_for_the_first_of_a_month(season: Session) -> None:
    with transaction():
        tour = make_package(on=MAY)
        house = make_house()
    code = acts.hold(None, PackageChoice(str(tour.departure), 2))
    acts.vouch(code, house)
    (expected,) = queries.expected_earnings([tour.guide_payee_id], MAY, JUNE).items()
    assert expected[0] == MAY
    assert 0 < expected[1] < 200_000


def test_a_product_counts_in_the_month_of_its_sale(season: Session) -> None:
    """It is fetched with the stay, two months later."""
    with transaction():
        goods, house = make_product(), make_house()
    far = make_choice(house.room, arrival=JUNE + 7 * DAY, nights=1)
    code = acts.hold(None, far, make_product_choice(goods, quantity=2))
    acts.pay(code)
    assert acts.booking(code).lines[1].arrival == JUNE + 7 * DAY
    assert told(APRIL) == {goods.village_id: 50_000}
    assert told(JUNE) == {house.village_id: 200_000}


def test_what_a_cancelled_booking_keeps_counts_where_it_lies(season: Session) -> None:
    """Half of each of two nights at the end of a month and the beginning of the next, and of a second village's."""
    with transaction():
        villages = [make_village(), make_village("wanurejo")]
        houses = [make_house(village, terms=Terms.FIRM) for village in villages]
    last = next_month(MAY) - DAY
    nights = [make_choice(house.room, arrival=last, nights=2) for house in houses]
    code = acts.hold(None, *nights)
    acts.pay(code)
    with acts.later(acts.booking(code).lines[0].starts_at - 20 * DAY):
        cards.cancel(code)
        expected = {village.id: 100_000 for village in villages}
        assert (told(MAY), told(JUNE)) == (expected, expected)
        shares = monthly_shares(None, JUNE)
        assert sum(share.earned for share in shares) == 0, "nobody has slept there"
        booking = acts.booking(code)
        filled = queries.filled_units(booking)
        for line in booking.lines:
            divided = sum(share.amount for share in queries.kept_shares(booking, [line]))
            assert divided == sum(filled[unit.id] for unit in line.units) == 200_000
        acts.nothing_is_wrong()


def test_found_on_the_day_of_a_departure(season: Session) -> None:
    """Alone, and on the day on which its guests leave their house."""
    with transaction():
        tour, house = make_package(on=MAY), make_house(rooms=2)
    stay = make_choice(house.room, arrival=MAY - DAY, nights=1)
    alone = acts.hold(None, PackageChoice(str(tour.departure), 1))
    both = acts.hold(None, stay, PackageChoice(str(tour.departure), 1))
    assert acts.hold(None, stay)
    found = {booking.code for booking in queries.list_bookings(EVERYTHING, staying=(MAY, MAY + DAY))}
    assert found == {alone, both}
