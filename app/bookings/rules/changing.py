"""What a change of dates costs, and until when things are kept and paid then. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.bookings.rules.money import kept_by_terms
from app.bookings.rules.paying import (
    BALANCE_DAYS,
    TRANSFER_ENDS,
    on_arrival_hold_until,
    on_arrival_offered,
    transfer_offered,
)
from app.bookings.rules.states import LineKind
from app.core.dates import village_instant
from app.core.money import Rupiah
from app.payments.rules import PaymentMethod
from app.revenue.rules import spread
from app.villages.rules import Keeps

DIFFERENCE_DAYS = 2
"""So many days at least a guest has to pay what other dates cost more, unless they come before."""


@dataclass(frozen=True)
class Sold:
    """A unit of a line: its date, its price, and what of that does not come back since an earlier change, in rupiah."""

    key: int
    on: date
    price: Rupiah
    least: Rupiah = 0


def fall_of_terms(
    kind: LineKind, keeps: Keeps, units: Sequence[Sold], first: date | None = None
) -> dict[int, Rupiah]:
    """What a step of the terms keeps of each unit of a line, in rupiah by the unit's key: all together it is what
    cancelling the line would keep, and never less than what was lost by a change before. `first` is the first night of
    the stay that was sold.
    """
    prices = [unit.price for unit in units]
    if keeps == Keeps.FIRST_NIGHT and kind == LineKind.STAY:
        first = first or min((unit.on for unit in units), default=None)
        parts = [unit.price if unit.on == first else 0 for unit in units]
    else:
        parts = spread(kept_by_terms(kind, keeps, [(unit.on, unit.price) for unit in units]), prices)
    return {unit.key: max(part, unit.least) for unit, part in zip(units, parts, strict=True)}


def difference_due_on(arrival: date, today: date) -> date:
    """By when what other dates cost more is paid: a week before arrival as any balance; where that is near or over, two
    days from now, on the day of arrival at the latest.
    """
    wanted = max(arrival - timedelta(days=BALANCE_DAYS), today + timedelta(days=DIFFERENCE_DAYS))
    return min(wanted, max(arrival, today))


def hold_after_change(
    method: PaymentMethod,
    hold_until: datetime,
    now: datetime,
    arrival: date,
    *,
    house_allows: bool,
    accepted: bool,
) -> datetime | None:
    """Until when a hold lasts once its first day is another: as before, for a transfer never past the evening before,
    for who pays at the door until that evening. None where that way of paying is not open for such a day.
    """
    if method == PaymentMethod.CASH:
        is_open = on_arrival_offered(now, arrival, house_allows=house_allows)
        return on_arrival_hold_until(arrival) if is_open else None
    if method == PaymentMethod.CARD or accepted:
        return hold_until
    if not transfer_offered(now, arrival):
        return None
    return min(hold_until, village_instant(arrival - timedelta(days=1), TRANSFER_ENDS))
