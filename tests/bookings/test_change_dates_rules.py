"""Rules of a change of dates, and what stands in its way: money on its way, money that a bank has taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.rules import (
    BookingState,
    LineKind,
    Sold,
    difference_due_on,
    fall_of_terms,
    hold_after_change,
)
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.payments.gateway.values import SessionState
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.tours.inventory import PackageChoice
from app.villages.rules import Keeps
from tests.bookings import acts, cards
from tests.bookings.changing import DAY, WEDNESDAY, cancel, change, figures, nights, preview, stay
from tests.bookings.disputing import closed, disputed
from tests.factories import make_choice, make_package
from tests.simulators import needs
from tests.simulators.provider import Provider

MORNING = datetime(2027, 5, 1, 3, tzinfo=UTC)
TODAY = date(2027, 5, 1)
UNITS = [Sold(1, TODAY, 200_001), Sold(2, TODAY + DAY, 100_000, least=70_000)]
FALLS = [
    (LineKind.STAY, Keeps.NOTHING, [0, 70_000]),
    (LineKind.STAY, Keeps.FIRST_NIGHT, [200_001, 70_000]),
    (LineKind.STAY, Keeps.HALF, [100_000, 70_000]),
    (LineKind.PACKAGE, Keeps.FIRST_NIGHT, [200_001, 100_000]),
    (LineKind.STAY, Keeps.ALL, [200_001, 100_000]),
]


@pytest.mark.parametrize(("kind", "keeps", "parts"), FALLS)
def test_what_terms_keep_of_each_unit(kind: LineKind, keeps: Keeps, parts: list[int]) -> None:
    assert list(fall_of_terms(kind, keeps, UNITS).values()) == parts
    assert fall_of_terms(kind, keeps, []) == {}


def test_the_first_night_is_the_one_that_was_sold() -> None:
    """It was given up before: no other night is the first."""
    later = UNITS[1:]
    assert fall_of_terms(LineKind.STAY, Keeps.FIRST_NIGHT, later, TODAY) == {2: 70_000}
    assert fall_of_terms(LineKind.STAY, Keeps.FIRST_NIGHT, later) == {2: 100_000}


@pytest.mark.parametrize(("ahead", "due"), [(30, 23), (9, 2), (8, 2), (2, 2), (1, 1), (0, 0)])
def test_by_when_a_difference_is_paid(ahead: int, due: int) -> None:
    assert difference_due_on(TODAY + ahead * DAY, TODAY) == TODAY + due * DAY


HOLDS = [
    (PaymentMethod.CARD, 1, 24, False, 24),
    (PaymentMethod.TRANSFER, 10, 24, False, 24),
    (PaymentMethod.TRANSFER, 2, 48, False, 32),
    (PaymentMethod.TRANSFER, 0, 24, False, None),
    (PaymentMethod.TRANSFER, 0, 5, True, 5),
    (PaymentMethod.CASH, 3, 5, False, 3 * 24 + 10),
    (PaymentMethod.CASH, 15, 5, False, None),
]


@pytest.mark.parametrize(("method", "ahead", "before", "accepted", "after"), HOLDS)
def test_how_long_a_hold_lasts_then(
    method: PaymentMethod, ahead: int, before: int, accepted: bool, after: int | None
) -> None:
    """Hours from ten in the morning; a transfer ends at 18.00 of the day before, money at the door at 20.00."""
    until = hold_after_change(
        method,
        MORNING + timedelta(hours=before),
        MORNING,
        TODAY + ahead * DAY,
        house_allows=True,
        accepted=accepted,
    )
    assert until == (None if after is None else MORNING + timedelta(hours=after))


def test_money_that_is_said_to_be_sent_is_waited_for(season: Session) -> None:
    code, _house = stay(paid=False)
    with transaction():
        services.claim_transfer(code=code)
    with pytest.raises(WrongState):
        change(code, nights(14))
    assert len(acts.booking(code).lines) == 1


def test_a_charge_that_a_person_looks_at_is_waited_for(season: Session) -> None:
    code, _house = stay(paid=False)
    with transaction():
        payment = find_open_payment(f"booking:{code}")
        assert payment is not None
        payment.session_state = SessionState.COMPLETE
    with pytest.raises(WrongState):
        change(code, nights(14))
    assert len(acts.booking(code).lines) == 1


def test_a_difference_and_then_another_part_cancelled(season: Session) -> None:
    """What made the trip certain is what was asked then: it stays paid whatever is due by now."""
    house = acts.house()
    with transaction():
        made = make_package(on=WEDNESDAY + DAY, seats=4)
    choices = (make_choice(house.room, arrival=WEDNESDAY), PackageChoice(str(made.departure), 1))
    code = acts.hold(None, *choices)
    acts.pay(code)
    change(code, nights(0, 4))
    assert figures(code) == (950_000, 500_000, 450_000)
    with transaction():
        services.cancel_line(code=code, position=1, reason=None)
    assert figures(code) == (850_000, 500_000, 350_000)
    acts.nothing_is_wrong()


@needs.disputes
@pytest.mark.parametrize("won", [True, False])
def test_money_that_a_bank_has_taken_back_stays_apart(
    season: Session, stripe_simulator: Provider, won: bool
) -> None:
    cards.at_our_time(stripe_simulator)
    house = acts.house()
    code = acts.hold(None, make_choice(house.room, arrival=WEDNESDAY), method=PaymentMethod.CARD)
    cards.pay_now(stripe_simulator, code)
    number = disputed(stripe_simulator, code, 100_000)
    change(code, nights(2))
    acts.nothing_is_wrong()
    change(code, nights(1), position=1)
    acts.nothing_is_wrong()
    closed(stripe_simulator, number, won=won)
    acts.nothing_is_wrong()
    db.session.expire_all()
    assert acts.reads(code) == BookingState.CONFIRMED


def test_a_preview_changes_nothing(season: Session) -> None:
    code, _house = stay()
    before = figures(code)
    for first in (1, 2, 14):
        preview(code, nights(first))
    assert (figures(code), len(acts.booking(code).lines)) == (before, 1)
    assert cancel(code) == 0
