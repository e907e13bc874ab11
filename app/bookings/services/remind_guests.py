"""A word in time to guests: before a hold ends, before they arrive, after they went home. Each once."""

from __future__ import annotations

from datetime import timedelta

from app.bookings.queries import reminders
from app.bookings.services import messages
from app.core import clock
from app.payments.queries import find_open_payment

BEFORE_END = timedelta(hours=4)
TOLD_LATELY = timedelta(hours=2)
"""Who was told how to pay less long ago is not told again."""

DAYS_BEFORE, DAYS_AFTER, LATEST = 2, 1, 4
"""Two days before they come; the day after they left, or at the latest so many days after, if the job stood still."""

CERTAIN_SINCE = timedelta(hours=6)


def remind_guests(*, limit: int = 200) -> int:
    """Write to guests whose hold ends soon, who arrive soon, or who went home; gives to how many.

    Call again while that equals `limit`.
    """
    now, today = clock.now(), clock.today()
    ending = reminders.list_holds_ending(now=now, within=BEFORE_END, least=TOLD_LATELY, limit=limit)
    for booking in ending:
        messages.tell_hold_ending(booking=booking, payment=find_open_payment(booking.reference))
    left = limit - len(ending)
    arriving = reminders.list_arriving(
        first=today,
        last=today + timedelta(days=DAYS_BEFORE),
        confirmed_before=now - CERTAIN_SINCE,
        limit=left,
    )
    for booking in arriving:
        messages.tell_before_arrival(booking=booking)
    left -= len(arriving)
    gone = reminders.list_gone_home(
        first=today - timedelta(days=LATEST), last=today - timedelta(days=DAYS_AFTER), limit=left
    )
    for booking in gone:
        messages.tell_after_stay(booking=booking)
    return len(ending) + len(arriving) + len(gone)
