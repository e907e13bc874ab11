"""Vouchers and credits, made by the services, each in a transaction of its own."""

from __future__ import annotations

from datetime import date, timedelta

from app.bookings import queries, services
from app.bookings.models import Booking
from app.bookings.rules import LineKind
from app.bookings.services import VoucherTerms
from app.core.counters import left_by_counter
from app.core.db import transaction
from app.payments.rules import PaymentMethod
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.factories import ARRIVAL, House, make_choice, make_guest

EVERYTHING = Scope(everything=True)
BEGINS, ENDS = date(2027, 4, 1), date(2027, 4, 30)


def bumdes(village_id: int) -> int:
    """The BUMDes of a village, by number."""
    found = find_payee(kind=PayeeKind.BUMDES, village_id=village_id)
    assert found is not None
    return found.id


def voucher(
    village_id: int,
    *,
    amount: int | None = 10_000,
    basis_points: int | None = None,
    most: int | None = None,
    uses: int = 1,
    bearer: int | None = None,
    only_village: int | None = None,
    only: LineKind | None = None,
    days: tuple[date, date] = (BEGINS, ENDS),
    code: str | None = None,
) -> str:
    """A voucher's code; borne by the village's BUMDes unless said otherwise."""
    by = acts.user(Role.MANAGER)
    with transaction():
        terms = VoucherTerms(
            payee_id=bearer or bumdes(village_id),
            amount=None if basis_points else amount,
            basis_points=basis_points,
            most=most,
            valid_from=days[0],
            valid_until=days[1],
            uses=uses,
            village_id=only_village,
            kind=only,
        )
        made = services.make_voucher(terms=terms, code=code, reason="sample", by_user_id=by, scope=EVERYTHING)
        return made.code


def gift(amount: int, *, keeper: str = "cash:sarihayu", valid_until: date | None = None) -> str:
    """A gift's code, paid in cash."""
    by = acts.user(Role.MANAGER)
    with transaction():
        made = services.sell_gift(
            amount=amount,
            keeper=keeper,
            holder="Sample",
            valid_until=valid_until,
            village_id=None,
            reason="sample",
            by_user_id=by,
        )
        return made.code


def hold_with(
    code: str | None,
    house: House,
    *,
    after: int = 0,
    nights: int = 2,
    method: PaymentMethod = PaymentMethod.TRANSFER,
) -> Booking:
    """A trip booked with a code, arriving so many days later than usual."""
    with transaction():
        return services.hold_trip(
            choices=[make_choice(house.room, arrival=ARRIVAL + timedelta(days=after), nights=nights)],
            guest=make_guest(),
            method=method,
            expected_total=None,
            source="web",
            address=None,
            voucher=code,
        )


def left_of(code: str) -> int:
    """What a credit's counter has left now, in rupiah."""
    credit = queries.find_credit(code)
    assert credit is not None
    return left_by_counter([credit.counter_id])[credit.counter_id]
