"""A month in which arrival and departure are chosen by links: what each cell says and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.dates import month_of, next_month
from app.core.money import Rupiah
from app.homestays.inventory.houses import HouseNight
from app.homestays.rules import MOST_NIGHTS


@dataclass(frozen=True)
class Cell:
    """One day as the calendar macro draws it."""

    day: date
    state: str
    price: Rupiah | None = None
    chosen: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Choice:
    """What is chosen so far, and the limits: today, the last day that is sold, the fewest nights of the house."""

    arrival: date | None
    departure: date | None
    today: date
    last: date
    min_nights: int


def weeks_of(
    month: date, nights: Mapping[date, HouseNight], choice: Choice, link: Callable[..., str]
) -> list[list[Cell | None]]:
    """The month as rows of seven, Monday first; None stands for days of other months.

    `nights` reaches from the arrival, or the first of the month, to the end of the month. `link` makes the address for
    an arrival and a departure.
    """
    until = _latest_departure(nights, choice)
    first = month_of(month)
    days = [first + timedelta(days=n) for n in range((next_month(first) - first).days)]
    cells: list[Cell | None] = [None] * first.weekday()
    cells += [_cell(day, nights.get(day), choice, until, link) for day in days]
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _latest_departure(nights: Mapping[date, HouseNight], choice: Choice) -> date | None:
    """While the departure is being chosen: the last day to which every night from the arrival on is free."""
    if choice.arrival is None or choice.departure is not None:
        return None
    day = choice.arrival
    while (
        (night := nights.get(day)) is not None and night.is_free and (day - choice.arrival).days < MOST_NIGHTS
    ):
        day += timedelta(days=1)
    return min(day, choice.last)


def _cell(
    day: date, night: HouseNight | None, choice: Choice, until: date | None, link: Callable[..., str]
) -> Cell:
    if night is None or day < choice.today or day > choice.last:
        return Cell(day, "past")
    state = "free" if night.is_free else ("shut" if night.is_shut else "full")
    chosen = _chosen(day, choice)
    if chosen is None and choice.arrival and until and choice.arrival < day <= until:
        if (day - choice.arrival).days < choice.min_nights:
            return Cell(day, state, night.price)
        here = link(arrival=choice.arrival, departure=day)
        return Cell(day, state if night.is_free else "leave", night.price, None, here)
    url = link(arrival=day) if night.is_free and chosen != "arrival" and day < choice.last else None
    return Cell(day, state, night.price, chosen, url)


def _chosen(day: date, choice: Choice) -> str | None:
    if day == choice.arrival:
        return "arrival"
    if choice.arrival is None or choice.departure is None:
        return None
    if day == choice.departure:
        return "departure"
    return "between" if choice.arrival < day < choice.departure else None
