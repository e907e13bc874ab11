"""A voucher takes something off, which one party bears; nobody else has a rupiah less."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState, LineKind
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.core.words import force_locale
from app.payments.queries import list_payments, list_receipts
from app.revenue import services as revenue
from app.revenue.rules import PayeeKind, RevenueKind
from app.revenue.services import PartSpec
from app.users.rules import Scope
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.bookings.coupons import BEGINS, ENDS, EVERYTHING, bumdes, hold_with, voucher
from tests.factories import ARRIVAL, House, make_house, make_tax, make_village


@pytest.fixture
def house(season: Session) -> House:
    return acts.house(rooms=3)


def shares(code: str) -> dict[str, int]:
    return {share.account: share.amount for share in queries.shares_of(acts.booking(code))}


def refused(code: str, house: House) -> str:
    with force_locale("en"), pytest.raises(Invalid) as error:
        hold_with(code, house)
    assert error.value.errors[0][0] == "voucher"
    return str(error.value.message)


def test_the_bearer_alone_has_less(house: House) -> None:
    plain, off = hold_with(None, house), hold_with(voucher(house.village_id, amount=12_345), house)
    before, after = shares(plain.code), shares(off.code)
    bearer = f"payee:{bumdes(house.village_id)}"
    assert off.total == plain.total - 12_345
    assert after.pop(bearer) == before.pop(bearer) - 12_345
    assert after == before
    acts.pay(plain.code)
    acts.pay(off.code)
    assert shares(off.code) == {bearer: shares(plain.code)[bearer] - 12_345} | before
    acts.nothing_is_wrong()


def test_a_percentage_is_rounded_down_and_capped(house: House) -> None:
    third = voucher(house.village_id, basis_points=333, uses=9)
    assert hold_with(third, house).total == 400_000 - 400_000 * 333 // 10_000
    capped = voucher(house.village_id, basis_points=1000, most=7_000)
    assert hold_with(capped, house, after=7).total == 400_000 - 7_000


def test_a_voucher_larger_than_its_bearers_share_is_refused(house: House) -> None:
    plain = hold_with(None, house)
    share = shares(plain.code)[f"payee:{bumdes(house.village_id)}"]
    assert "more than its giver has" in refused(voucher(house.village_id, amount=share + 1), house)
    exactly = hold_with(voucher(house.village_id, amount=share), house)
    acts.pay(exactly.code)
    assert f"payee:{bumdes(house.village_id)}" not in shares(exactly.code)
    acts.nothing_is_wrong()


def test_words_for_codes_that_do_not_work(house: House) -> None:
    assert "do not know this code" in refused("NEVERMADE", house)
    assert "valid from" in refused(voucher(house.village_id, days=(BEGINS + 20 * DAY, ENDS)), house)
    assert "was valid until" in refused(voucher(house.village_id, days=(BEGINS, BEGINS)), house)
    assert "not for what you chose" in refused(voucher(house.village_id, only=LineKind.PACKAGE), house)
    once = voucher(house.village_id)
    hold_with(once, house)
    assert "used up" in refused(once, house)
    stopped = voucher(house.village_id, code="berhenti")
    with transaction():
        found = queries.find_voucher(stopped)
        assert found is not None
        by = found.created_by_id
        services.stop_voucher(voucher_id=found.id, reason="over", by_user_id=by, scope=EVERYTHING)
    assert "not valid any more" in refused(stopped, house)


def test_a_use_is_free_again_when_the_hold_ends(house: House) -> None:
    once = voucher(house.village_id, code="sekali")
    lapsed = hold_with("Se-kali ", house)
    with later(OVER):
        assert acts.expire() == 1
        second = hold_with(once, house)
        acts.nothing_is_wrong()
        acts.release(second.code)
        third = hold_with(once, house)
        acts.pay(third.code)
        acts.nothing_is_wrong()
    assert acts.reads(lapsed.code) == BookingState.EXPIRED


def test_paid_late_the_use_must_still_be_there(house: House) -> None:
    once = voucher(house.village_id)
    late = hold_with(once, house)
    asked = acts.asked(late.code)
    with later(OVER):
        other = hold_with(once, house)
        acts.pay(other.code)
        acts.pay(late.code, asked)
        assert acts.reads(late.code) == BookingState.EXPIRED
        assert acts.booking(late.code).received == 0
        acts.nothing_is_wrong()


def test_cancelling_gives_back_what_was_paid_and_no_voucher(house: House) -> None:
    """Half is kept of what the guest paid; the bearer's part of what is kept has its part of the discount taken off."""
    booked = hold_with(voucher(house.village_id, amount=30_000, uses=2), house)
    acts.pay(booked.code)
    with later(timedelta(days=12)), transaction():
        services.cancel_booking(code=booked.code, reason=None)
    after = acts.booking(booked.code)
    assert after.paid == 370_000
    assert sum(shares(booked.code).values()) == after.received == after.kept
    acts.nothing_is_wrong()


def test_a_deposit_and_its_balance_make_the_same_shares(house: House) -> None:
    """Paid rupiah by rupiah or at once, everybody ends with the same."""
    code = voucher(house.village_id, amount=35_555, uses=5)
    whole, parts = hold_with(code, house), hold_with(code, house)
    acts.pay(whole.code)
    for amount in (1, 99_999, 150_001):
        acts.pay(parts.code, amount)
        acts.nothing_is_wrong()
    acts.pay(parts.code, parts.total - 250_001)
    assert shares(parts.code) == shares(whole.code)
    acts.nothing_is_wrong()


def test_a_booking_of_nothing_is_certain_at_once(house: House) -> None:
    """Everything is the host's, who gives it: no attempt to pay, no provider, nothing in the books, and it can be
    cancelled, after which the voucher is good again.
    """
    with transaction():
        village = make_village("cumacuma", agreed=False)
        make_tax(0, from_on=ARRIVAL)
        all_of_it = [PartSpec(PayeeKind.HOST, basis_points=10_000, is_taker=True)]
        kind = RevenueKind.STAY_HOME
        revenue.create_agreement(village_id=village.id, kind=kind, in_force_from=BEGINS, parts=all_of_it)
        free = make_house(village)
    code = voucher(free.village_id, basis_points=10_000, bearer=free.host_payee_id)
    booked = acts.booking(hold_with(code, free).code)
    assert (booked.total, booked.state, booked.amount_due) == (0, BookingState.CONFIRMED, 0)
    assert list_payments(booked.reference) == [] == list_receipts(booked.reference)
    assert "confirmed" in acts.messages(booked.code)
    assert not any(key.startswith("held") for key in acts.messages(booked.code))
    acts.nothing_is_wrong()
    with transaction():
        services.cancel_booking(code=booked.code, reason=None)
    acts.nothing_is_wrong()
    assert hold_with(code, free).total == 0


def test_what_staff_may_not_make(house: House) -> None:
    with pytest.raises(Invalid):
        voucher(house.village_id, amount=0)
    with pytest.raises(Invalid):
        voucher(house.village_id, days=(ENDS, BEGINS))
    voucher(house.village_id, code="lebaran")
    with pytest.raises(Conflict):
        voucher(house.village_id, code="LEBARAN")
    found = queries.find_voucher("lebaran")
    assert found is not None
    assert queries.list_vouchers(Scope(villages=frozenset({house.village_id}))) == [found]
    assert not queries.list_vouchers(Scope(villages=frozenset({house.village_id + 999})))
