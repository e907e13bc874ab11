"""Village time and nights. Nights are village dates, half-open: arrival ≤ night < departure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

VILLAGE_ZONE = ZoneInfo("Asia/Jakarta")
CHECK_IN = time(14, 0)
EARN_AT = time(12, 0)


@dataclass(frozen=True, order=True)
class Nights:
    """A run of nights, arrival ≤ night < departure. Raises ValueError when it holds no night."""

    arrival: date
    departure: date

    def __post_init__(self) -> None:
        if self.departure <= self.arrival:
            raise ValueError("departure must come after arrival")

    def __iter__(self) -> Iterator[date]:
        for offset in range(len(self)):
            yield self.arrival + timedelta(days=offset)

    def __len__(self) -> int:
        return (self.departure - self.arrival).days

    def __contains__(self, night: object) -> bool:
        return isinstance(night, date) and self.arrival <= night < self.departure

    def overlaps(self, other: Nights) -> bool:
        """Whether at least one night is in both."""
        return self.arrival < other.departure and other.arrival < self.departure


def village_date(instant: datetime) -> date:
    """The date in the village at an instant."""
    return instant.astimezone(VILLAGE_ZONE).date()


def village_instant(day: date, at: time) -> datetime:
    """The UTC instant of a clock time in the village."""
    return datetime.combine(day, at, tzinfo=VILLAGE_ZONE).astimezone(UTC)


def month_of(day: date) -> date:
    """The first of the day's month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first of the month after the day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def parse_month(text: str) -> date:
    """'2027-05' as the first of May 2027, in the years 1900 to 2999. Raises ValueError."""
    month = datetime.strptime(text, "%Y-%m").replace(tzinfo=VILLAGE_ZONE).date()
    # Pages reckon from a month to those before and after it: at either end of the calendar there are none.
    if not 1900 <= month.year <= 2999:
        raise ValueError(f"nothing happens in {text}")
    return month
