"""A guest comes with fewer people, or takes fewer pieces: repriced as it was sold."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import transaction
from app.core.errors import Invalid, WrongState
from app.tours.rules import PriceUnit
from app.users.rules import Role
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.lines import (
    CLASS,
    CLASS_PRICE,
    DAY,
    EVERYTHING,
    FAR,
    GOODS,
    HOUR,
    STAY,
    TOTAL,
    figures,
    trip,
)
from tests.bookings.parts import (
    back,
    foreseen,
    fresh,
    give_up,
    outing,
    seats_left,
)


def test_two_of_four_do_not_come(season: Session) -> None:
    code, tour = outing(names=("Ani", "Budi", "Citra", "Dewi"))
    with pytest.raises(Invalid, match="nama"):
        give_up(code, adults=2)
    give_up(code, adults=2, without=frozenset({1, 3}), expected=300_000)
    booking = fresh(code)
    line = booking.lines[0]
    assert (line.adults, line.quantity, booking.total) == (2, 2, 300_000)
    assert queries.names_by_line(booking)[line.id] == ["Ani", "Citra"]
    assert seats_left(tour) == 4
    assert back(code) == [300_000]
    acts.nothing_is_wrong()


def test_a_car_that_is_still_needed_costs_the_same(season: Session) -> None:
    code, tour = outing(unit=PriceUnit.VEHICLE, size=3, people=5)
    part = foreseen(code, adults=4)
    assert (part.price, part.answer.refund) == (0, 0)
    give_up(code, adults=4, expected=0)
    assert (fresh(code).lines[0].adults, fresh(code).total, back(code)) == (4, 300_000, [])
    assert seats_left(tour) == 4
    acts.nothing_is_wrong()
    give_up(code, adults=3, expected=150_000)
    assert (fresh(code).lines[0].quantity, fresh(code).total, back(code)) == (1, 150_000, [150_000])
    assert seats_left(tour) == 5
    acts.nothing_is_wrong()


def test_the_smallest_party_stays_or_all_is_cancelled(season: Session) -> None:
    code, _tour = outing(min_party=3)
    give_up(code, adults=3)
    with pytest.raises(Invalid, match="Batalkan"):
        give_up(code, adults=2)
    assert back(code) == [150_000]


def test_a_package_given_up_late_keeps_the_price_of_those_who_stay_away(season: Session) -> None:
    code, tour = outing()
    with clock.shifted(acts.booking(code).lines[0].starts_at - 2 * HOUR):
        give_up(code, adults=3, expected=0)
        assert (fresh(code).kept, fresh(code).total, seats_left(tour)) == (150_000, 600_000, 3)
        acts.nothing_is_wrong()
    with clock.shifted(acts.booking(code).lines[0].starts_at + 2 * DAY):
        acts.earn()
        assert acts.reads(code) == BookingState.COMPLETED
        acts.nothing_is_wrong()


def test_a_piece_goes_until_it_is_put_aside(season: Session) -> None:
    made = trip()
    give_up(made.code, GOODS, quantity=2, expected=20_000)
    assert made.left() == (2, 8)
    acts.nothing_is_wrong()
    user_id = acts.user(Role.MANAGER)
    with transaction():
        services.mark_ready(code=made.code, position=GOODS, by_user_id=user_id, scope=EVERYTHING)
    with pytest.raises(WrongState, match="disisihkan"):
        give_up(made.code, GOODS, quantity=1)
    with transaction():
        services.hand_over(code=made.code, position=GOODS, by_user_id=user_id, scope=EVERYTHING)
    states = [unit.state.value for unit in made.line(GOODS).units]
    assert states == ["earned", "earned", "cancelled"]
    acts.nothing_is_wrong()


def test_a_line_is_cancelled_beside_what_became_less(season: Session) -> None:
    """What was given up before keeps what it keeps, however the money is filled anew."""
    made = trip(terms=Terms.MODERATE)
    with clock.shifted(made.line(STAY).starts_at - 4 * DAY):
        give_up(made.code, STAY, arrival=FAR + DAY)
        with transaction():
            services.cancel_line(code=made.code, position=GOODS, reason=None)
        assert (made.booking.kept, made.booking.total) == (200_000, 400_000 + CLASS_PRICE)
        acts.nothing_is_wrong()


def test_all_kinds_of_a_trip_get_less_and_what_is_left_can_be_cancelled(season: Session) -> None:
    made = trip()
    give_up(made.code, STAY, departure=FAR + DAY)
    give_up(made.code, CLASS, adults=1)
    give_up(made.code, GOODS, quantity=1)
    booking = made.booking
    left = 200_000 + CLASS_PRICE // 2 + 20_000
    assert figures(booking) == (left, left, left, 0)
    assert made.left() == (3, 9)
    acts.nothing_is_wrong()
    with transaction():
        services.cancel_booking(code=made.code, reason=None, expected_refund=left)
    assert sum(made.back()) == TOTAL
    assert made.left() == (4, 10)
    acts.nothing_is_wrong()


def test_guests_who_were_let_in_are_counted(season: Session) -> None:
    code, _tour = outing()
    user_id = acts.user(Role.MANAGER)
    doors = queries.Doors(EVERYTHING, EVERYTHING)
    with clock.shifted(acts.booking(code).lines[0].starts_at - HOUR):
        with transaction():
            services.let_in(code=code, position=0, shown=None, doors=doors, by_user_id=user_id)
        with pytest.raises(WrongState):
            give_up(code, adults=3)


def test_the_ticket_lets_in_whoever_is_left(season: Session) -> None:
    code, _tour = outing()
    user_id = acts.user(Role.MANAGER)
    give_up(code, adults=3)
    doors = queries.Doors(EVERYTHING, EVERYTHING)
    with clock.shifted(acts.booking(code).lines[0].starts_at - HOUR):
        booking = fresh(code)
        shown = services.ticket_of(booking=booking, line=booking.lines[0])
        with transaction():
            made, is_new = services.let_in(
                code=code, position=0, shown=shown, doors=doors, by_user_id=user_id
            )
        assert (made.people, is_new) == (3, True)
