"""A word in time: a balance is due in a few days."""

from __future__ import annotations

from datetime import timedelta

from app.bookings import queries
from app.bookings.services import messages
from app.core import clock

REMIND_DAYS = 3
SETTLED = timedelta(days=1)
"""Who has just been told with the confirmation is not told again at once."""


def remind_balances(*, limit: int = 200) -> int:
    """Write to guests whose balance is due within three days; each once, however often this runs.

    Gives how many were written to; call again while that equals `limit`.
    """
    until = clock.today() + timedelta(days=REMIND_DAYS)
    due = queries.list_balances_to_remind(until=until, confirmed_before=clock.now() - SETTLED, limit=limit)
    for booking in due:
        messages.tell_balance(booking=booking)
    return len(due)
