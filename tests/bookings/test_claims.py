"""A guest says that the transfer is sent: the clock stops once, until a person has looked, and never for ever."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.models import TransferClaim
from app.bookings.rules import (
    BookingState,
    ClaimOutcome,
    claim_keeps_until,
    hold_after_not_found,
    latest_for,
    transfer_offered,
)
from app.core import clock
from app.core.dates import village_instant
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, SoldOut, WrongState
from app.core.uploads import Photo
from app.homestays.models import RoomNight
from app.notifications.models import Message
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import ARRIVAL, NOW

HOUR = timedelta(hours=1)
ALL = Scope(everything=True)
TONIGHT = NOW.date()


def claim(code: str, photo: Photo | None = None) -> TransferClaim:
    with transaction():
        return services.claim_transfer(code=code, photo=photo)


def not_found(code: str, by: int, reason: str = "the statement until noon") -> None:
    with transaction():
        services.answer_not_found(code=code, reason=reason, by_user_id=by, scope=ALL)


def alarm() -> int:
    with transaction():
        return services.alarm_claims(limit=50)


def kept_until(code: str) -> datetime:
    """Until when the booking is held, which its nights must say too, to the minute: the clock of a test goes on."""
    booking = acts.booking(code)
    assert booking.hold_expires_at is not None
    lines = [line.id for line in booking.lines]
    nights = db.session.scalars(select(RoomNight.expires_at).where(RoomNight.booking_line_id.in_(lines)))
    assert set(nights) == {booking.hold_expires_at}
    return booking.hold_expires_at.replace(second=0, microsecond=0)


@pytest.mark.parametrize(
    ("after", "hold", "latest", "before", "kept"),
    [
        (0, 24, 300, [], 24),
        (23, 24, 300, [], 47),
        (23, 24, 40, [], 40),
        (23, 24, 10, [], 24),
        (23, 24, 300, [ClaimOutcome.NOT_FOUND], 24),
        (23, 24, 300, [None], 24),
        (23, 24, 300, [ClaimOutcome.FOUND], 47),
    ],
)
def test_how_long_a_claim_keeps_the_place(
    after: int, hold: int, latest: int, before: list[ClaimOutcome | None], kept: int
) -> None:
    until = claim_keeps_until(NOW + after * HOUR, NOW + hold * HOUR, NOW + latest * HOUR, before)
    assert until == NOW + kept * HOUR


@pytest.mark.parametrize(("due", "latest", "kept"), [(5, 50, 5), (-1, 50, 1), (5, 3, 3), (None, 50, 1)])
def test_how_the_clock_goes_on(due: int | None, latest: int, kept: int) -> None:
    was_due = None if due is None else NOW + due * HOUR
    assert hold_after_not_found(NOW, was_due, NOW + latest * HOUR) == NOW + kept * HOUR


def test_nothing_is_kept_past_arrival() -> None:
    assert latest_for(ARRIVAL, []) == village_instant(ARRIVAL, time(20, 0))
    assert latest_for(ARRIVAL, [NOW]) == NOW


def test_the_clock_stops_and_nobody_takes_the_place(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    with later(23 * HOUR):
        claim(code)
        assert kept_until(code) == NOW + 47 * HOUR
    with later(OVER + HOUR):
        assert acts.expire() == 0
        assert acts.reads(code) == BookingState.HELD
        with pytest.raises(SoldOut):
            acts.hold(house)
    with later(47 * HOUR + timedelta(minutes=1)):
        assert acts.expire() == 1
        assert acts.hold(house)
        assert "nobody could look in time" in acts.messages(code)["expired"].text
        acts.nothing_is_wrong()


def test_said_twice_is_said_once_and_a_photo_may_follow(season: Session) -> None:
    code = acts.hold(acts.house())
    with later(HOUR):
        first = claim(code)
        until = kept_until(code)
    with later(5 * HOUR):
        second = claim(code, Photo("png", b"one"))
        third = claim(code, Photo("png", b"two"))
        assert (second.id, third.id, kept_until(code)) == (first.id, first.id, until)
        photo = queries.find_photo(first.id)
        assert photo is not None
        assert photo.content == b"one"


def test_another_claim_stops_no_clock(season: Session) -> None:
    """Else a place would be kept for nothing, day after day."""
    house = acts.house()
    by = acts.user(Role.DESK, at=house)
    code = acts.hold(house)
    with later(23 * HOUR):
        claim(code)
        not_found(code, by)
        assert kept_until(code) == NOW + 24 * HOUR
        claim(code)
        assert kept_until(code) == NOW + 24 * HOUR
    with later(OVER):
        assert acts.reads(code) == BookingState.EXPIRED


def test_looked_in_vain_the_guest_has_an_hour_and_is_told(season: Session) -> None:
    house = acts.house()
    by = acts.user(Role.DESK, at=house)
    code = acts.hold(house)
    with later(23 * HOUR):
        claim(code)
    with later(30 * HOUR):
        not_found(code, by, "mutasi sampai jam 12")
        assert kept_until(code) == NOW + 31 * HOUR
        (told,) = [row for key, row in acts.messages(code).items() if key.startswith("not-found:")]
        assert "mutasi sampai jam 12" in told.text
        with pytest.raises(NotFound):
            not_found(code, by)
    acts.nothing_is_wrong()


def test_a_reason_is_needed(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    claim(code)
    with pytest.raises(Invalid):
        not_found(code, acts.user(Role.DESK, at=house), "  ")


def test_money_that_is_recorded_answers_the_claim(season: Session) -> None:
    code = acts.hold(acts.house())
    said = claim(code)
    with later(40 * HOUR):
        acts.pay(code)
        assert acts.booking(code).state == BookingState.CONFIRMED
        db.session.refresh(said)
        assert said.outcome == ClaimOutcome.FOUND
        acts.nothing_is_wrong()


def test_money_for_a_claim_that_ran_out_is_late_money(season: Session) -> None:
    code = acts.hold(acts.house())
    asked = acts.asked(code)
    claim(code)
    with later(3 * DAY):
        acts.expire()
        assert [row[1].code for row in queries.list_open_claims(ALL)] == [code]
        acts.pay(code, asked)
        assert acts.booking(code).state == BookingState.CONFIRMED
        assert queries.list_open_claims(ALL) == []


def test_a_place_that_somebody_took_is_not_claimed(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    with later(OVER):
        acts.hold(house)
        with pytest.raises(WrongState, match="Waktunya habis"):
            claim(code)
    # Somebody whose clock is a little ahead has it already, though ours says that there is time.
    with later(OVER - timedelta(minutes=2)), pytest.raises(SoldOut, match="tidak ada yang hilang"):
        claim(code)
    assert queries.list_open_claims(ALL) == []


@pytest.mark.parametrize("method", [PaymentMethod.CASH])
def test_without_a_transfer_there_is_nothing_to_claim(season: Session, method: PaymentMethod) -> None:
    house = acts.house(pay_on_arrival=True)
    with pytest.raises(WrongState):
        claim(acts.hold(house, method=method))
    paid = acts.hold(house, arrival=ARRIVAL + 5 * DAY)
    acts.pay(paid)
    with pytest.raises(WrongState):
        claim(paid)


def test_a_balance_can_be_claimed_and_nothing_is_kept_for_it(season: Session) -> None:
    code = acts.hold(acts.house(deposit=5000))
    acts.pay(code)
    acts.change_method(code, PaymentMethod.TRANSFER)
    said = claim(code)
    assert said.keeps_until is None
    acts.pay(code)
    db.session.refresh(said)
    assert said.outcome == ClaimOutcome.FOUND


def test_nobody_pays_twice_while_a_person_looks(season: Session) -> None:
    code = acts.hold(acts.house())
    claim(code)
    with pytest.raises(WrongState, match="Jangan bayar lagi"):
        acts.change_method(code, PaymentMethod.CARD)


def test_the_company_hears_of_it_after_two_hours_once(season: Session) -> None:
    acts.user(Role.MANAGER)
    code = acts.hold(acts.house())
    claim(code)
    with later(2 * HOUR - timedelta(seconds=1)):
        assert alarm() == 0
    with later(2 * HOUR + timedelta(minutes=1)):
        assert alarm() == 1
        assert alarm() == 0
    rows = db.session.scalars(select(Message).where(Message.template == "transfer_unlooked")).all()
    assert len(rows) == 1
    assert code in rows[0].text


def test_what_was_looked_at_alarms_nobody(season: Session) -> None:
    acts.user(Role.MANAGER)
    code = acts.hold(acts.house())
    claim(code)
    acts.pay(code)
    with later(3 * HOUR):
        assert alarm() == 0


# A transfer for tonight


def tonight(code: str, house: object, reason: str = "on the phone") -> None:
    by = acts.user(Role.DESK, at=house)  # type: ignore[arg-type]
    with transaction():
        services.accept_transfer(code=code, reason=reason, by_user_id=by)


def test_tonight_is_paid_by_transfer_only_if_the_desk_accepts(season: Session) -> None:
    house = acts.house(pay_on_arrival=True)
    code = acts.hold(house, arrival=TONIGHT, method=PaymentMethod.CASH)
    assert not transfer_offered(clock.now(), TONIGHT)
    with pytest.raises(Invalid):
        acts.change_method(code, PaymentMethod.TRANSFER)
    tonight(code, house)
    tonight(code, house)
    payment = acts.change_method(code, PaymentMethod.TRANSFER)
    assert payment is not None
    assert kept_until(code) == village_instant(TONIGHT, time(20, 0))
    claim(code)
    assert kept_until(code) == village_instant(TONIGHT, time(20, 0))
    acts.pay(code)
    assert acts.booking(code).state == BookingState.CONFIRMED


def test_accepting_needs_a_reason_and_something_to_accept(season: Session) -> None:
    house = acts.house(pay_on_arrival=True)
    code = acts.hold(house, arrival=TONIGHT, method=PaymentMethod.CASH)
    with pytest.raises(Invalid):
        tonight(code, house, " ")
    far = acts.hold(house)
    with pytest.raises(WrongState, match="memang sudah bisa"):
        tonight(far, house)
    acts.release(code)
    with pytest.raises(WrongState):
        tonight(code, house)


def test_the_open_payment_is_the_one_that_is_claimed(season: Session) -> None:
    code = acts.hold(acts.house())
    payment = find_open_payment(f"booking:{code}")
    assert payment is not None
    assert claim(code).payment_id == payment.id
