"""A word in time: a balance is due in a few days, and once more on its day."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from app.bookings.queries.balances import list_balances_on_their_day, list_balances_to_remind
from app.bookings.services import messages
from app.core import clock
from app.core.dates import village_instant

REMIND_DAYS = 3
SETTLED = timedelta(days=1)
"""Who has just been told with the confirmation is not told again at once."""


def remind_balances(*, limit: int = 200) -> int:
    """Write to guests whose balance is due within three days, and on the day itself to those who still owe it; each
    once, however often this runs.

    Gives how many were written to; call again while that equals `limit`.
    """
    today, settled = clock.today(), clock.now() - SETTLED
    until = today + timedelta(days=REMIND_DAYS)
    due = list_balances_to_remind(until=until, confirmed_before=settled, limit=limit)
    for booking in due:
        messages.tell_balance(booking=booking)
    last = list_balances_on_their_day(told_before=_begin_of_day(), limit=limit - len(due))
    for booking in last:
        messages.tell_balance_today(booking=booking)
    return len(due) + len(last)


def _begin_of_day() -> datetime:
    """Who was told today already is not told twice on one day."""
    return village_instant(clock.today(), time(0, 0))
