"""A guest says that the money has been sent: how long that stops the clock, and how it goes on afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.core.dates import village_instant

CLAIM_LASTS = timedelta(hours=24)
"""What a guest says keeps the place no longer than this."""

ALARM_AFTER = timedelta(hours=2)
"""Nobody has looked for so long: the assisting company hears of it."""

GOES_ON = timedelta(minutes=60)
"""So long at least a guest has to go on, once somebody looked and did not find the money."""

PLACE_ENDS = time(20, 0)
"""On the day of arrival nothing that is not paid is kept any longer."""


class ClaimOutcome(StrEnum):
    """What whoever looked saw on the statement; settled: nobody had to look, for the money came another way."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    SETTLED = "settled"


def latest_for(arrival: date, departures: Sequence[datetime]) -> datetime:
    """Until when, at the most, a trip is kept for a transfer: 20:00 village time of the day of arrival, or the first
    departure of one of its packages (`departures` are their starts).
    """
    return min([village_instant(arrival, PLACE_ENDS), *departures])


def claim_keeps_until(
    now: datetime, hold_until: datetime, latest: datetime, before: Sequence[ClaimOutcome | None]
) -> datetime:
    """Until when the place is kept once the guest says that the money is sent. `before` is what came of earlier ones.

    It stops the clock once: another one adds nothing unless money came each time. A hold is never shortened.
    """
    if any(outcome not in {ClaimOutcome.FOUND, ClaimOutcome.SETTLED} for outcome in before):
        return hold_until
    return max(hold_until, min(now + CLAIM_LASTS, latest))


def hold_after_not_found(now: datetime, was_due: datetime | None, latest: datetime) -> datetime:
    """When the hold ends once somebody looked in vain: as it was before the guest said so, an hour from now at least,
    never past the latest.
    """
    return min(max(was_due or now, now + GOES_ON), max(latest, now))
