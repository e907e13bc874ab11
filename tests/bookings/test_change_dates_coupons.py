"""What becomes of vouchers, credits and cards when dates are changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core import clock
from app.core.errors import Invalid
from app.payments import calls
from app.payments.queries import find_open_payment, list_receipts
from app.payments.rules import PaymentMethod
from app.villages.rules import Terms
from tests.bookings import acts, cards, coupons
from tests.bookings.changing import DAY, WEDNESDAY, back, cancel, change, figures, nights, preview
from tests.factories import make_choice
from tests.simulators.provider import Provider


def test_a_voucher_comes_along_and_is_used_once(season: Session) -> None:
    house = acts.house()
    made = coupons.voucher(house.village_id, amount=20_000)
    code = coupons.hold_with(made, house, after=2).code
    acts.pay(code)
    assert acts.booking(code).total == 380_000
    answer = preview(code, nights(14))
    assert (answer.difference, answer.lost_discount) == (0, 0)
    booking = change(code, nights(14))
    assert (booking.total, booking.discount) == (380_000, 20_000)
    acts.nothing_is_wrong()
    booking = change(code, nights(15), position=1)
    assert (booking.total, booking.discount) == (380_000, 20_000)
    acts.nothing_is_wrong()
    cancel(code)
    acts.nothing_is_wrong()


def test_what_a_voucher_took_off_something_kept_is_gone(season: Session) -> None:
    house = acts.house(terms=Terms.NON_REFUNDABLE)
    code = coupons.hold_with(coupons.voucher(house.village_id, amount=20_000), house, after=2).code
    acts.pay(code)
    answer = preview(code, nights(14))
    assert (answer.kept, answer.lost_discount, answer.difference) == (380_000, 20_000, 400_000)
    change(code, nights(14))
    acts.nothing_is_wrong()


def test_a_part_of_a_price_is_taken_off_the_new_price(season: Session) -> None:
    house = acts.house()
    made = coupons.voucher(house.village_id, amount=None, basis_points=500)
    code = coupons.hold_with(made, house, after=4).code
    acts.pay(code)
    first = acts.booking(code)
    assert (first.total, first.discount) == (427_500, 22_500)
    booking = change(code, nights(7))
    assert (booking.total, booking.discount, back(code)) == (380_000, 20_000, [47_500])
    acts.nothing_is_wrong()


def test_a_credit_has_back_what_was_too_much(season: Session) -> None:
    house = acts.house()
    gift = coupons.gift(450_000)
    code = coupons.hold_with(gift, house, after=4).code
    assert acts.reads(code) == BookingState.CONFIRMED
    assert coupons.left_of(gift) == 0
    change(code, nights(7))
    assert coupons.left_of(gift) == 50_000
    acts.nothing_is_wrong()


def test_a_credit_that_is_promised_follows_a_hold(season: Session) -> None:
    house = acts.house()
    gift = coupons.gift(420_000)
    code = coupons.hold_with(gift, house, after=4).code
    assert acts.reads(code) == BookingState.HELD
    booking = change(code, nights(7))
    assert (booking.state, booking.total, coupons.left_of(gift)) == (BookingState.CONFIRMED, 400_000, 20_000)
    acts.nothing_is_wrong()


def test_a_hold_that_lasts_longer_keeps_its_voucher_for_as_long(season: Session) -> None:
    house = acts.house(pay_on_arrival=True, rooms=2)
    made = coupons.voucher(house.village_id)
    code = coupons.hold_with(made, house, method=PaymentMethod.CASH).code
    before = acts.booking(code).hold_expires_at
    booking = change(code, nights(0, since=acts.booking(code).lines[0].arrival + DAY))
    assert before is not None
    assert booking.hold_expires_at == before + DAY
    with clock.shifted(before + timedelta(minutes=1)):
        acts.nothing_is_wrong()
        with pytest.raises(Invalid):
            coupons.hold_with(made, house, after=3)


def test_a_fee_is_borne_as_it_was_sold(season: Session) -> None:
    house = acts.house()
    stays = [make_choice(house.room, arrival=WEDNESDAY + at * DAY, nights=1) for at in (0, 2)]
    code = acts.hold(None, *stays)
    acts.pay(code)
    before = queries.fee_parts(acts.booking(code), 9_999)
    booking = change(code, nights(3, 1))
    assert queries.fee_parts(booking, 9_999) == before


def test_by_card_and_its_fee(season: Session, stripe_simulator: Provider) -> None:
    """Paid by card, moved to dearer dates, the difference by card, then cheaper again: all back to the card."""
    cards.at_our_time(stripe_simulator)
    house = acts.house()
    code = acts.hold(None, make_choice(house.room, arrival=WEDNESDAY), method=PaymentMethod.CARD)
    cards.pay_now(stripe_simulator, code)
    booking = change(code, nights(2))
    payment = find_open_payment(booking.reference)
    assert payment is not None
    assert (payment.method, payment.amount) == (PaymentMethod.CARD, 50_000)
    cards.pay_now(stripe_simulator, code)
    assert figures(code) == (450_000, 450_000, 0)
    for receipt in list_receipts(booking.reference):
        calls.ask_fee(receipt.id, hear=services.hear_fee)
    acts.nothing_is_wrong()
    change(code, nights(0), position=1)
    assert back(code) == [50_000]
    cards.send_refunds(code)
    acts.nothing_is_wrong()
    cancel(code)
    cards.send_refunds(code)
    assert figures(code)[1] == 0
    acts.nothing_is_wrong()
