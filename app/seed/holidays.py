"""Dates on which the holiday price holds. Moving feasts are estimates until the government announces them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.core.dates import Nights
from app.core.db import transaction
from app.homestays import queries, services

REACH = timedelta(days=550)
"""Eighteen months: as far ahead as nights are sold."""


@dataclass(frozen=True)
class Holiday:
    """Nights of a holiday with its name in both languages."""

    name_id: str
    name_en: str
    nights: Nights
    is_estimate: bool


# Arrival and departure of the days around it; is it an estimate.
MOVING = (
    ("Imlek", "Chinese New Year", date(2027, 2, 5), date(2027, 2, 7), True),
    ("Nyepi dan Lebaran", "Nyepi and Lebaran", date(2027, 3, 6), date(2027, 3, 17), True),
    ("Waisak", "Vesak", date(2027, 5, 18), date(2027, 5, 22), True),
    ("Imlek", "Chinese New Year", date(2028, 1, 25), date(2028, 1, 27), True),
    ("Lebaran", "Lebaran", date(2028, 2, 24), date(2028, 3, 6), True),
    ("Waisak", "Vesak", date(2028, 5, 7), date(2028, 5, 11), True),
    ("Lebaran", "Lebaran", date(2029, 2, 12), date(2029, 2, 22), True),
    ("Waisak", "Vesak", date(2029, 5, 25), date(2029, 5, 29), True),
)


def list_holidays(today: date) -> list[Holiday]:
    """The holidays that touch the last three months or the eighteen to come, in order."""
    years = range(today.year - 1, today.year + 3)
    known = [holiday for year in years for holiday in _of_every_year(year)]
    known += [Holiday(name_id, name_en, Nights(a, d), guess) for name_id, name_en, a, d, guess in MOVING]
    span = Nights(today - timedelta(days=90), today + REACH)
    return sorted((h for h in known if h.nights.overlaps(span)), key=lambda h: (h.nights, h.name_en))


def _of_every_year(year: int) -> list[Holiday]:
    new_year = Nights(date(year, 12, 24), date(year + 1, 1, 2))
    school = Nights(date(year, 6, 20), date(year, 7, 11))
    freedom = Nights(date(year, 8, 16), date(year, 8, 18))
    return [
        Holiday("Libur sekolah", "School holidays", school, True),
        Holiday("Hari Kemerdekaan", "Independence Day", freedom, False),
        Holiday("Natal dan Tahun Baru", "Christmas and New Year", new_year, False),
    ]


def seed_holidays(today: date) -> int:
    """Enter the holidays that are not there yet; gives how many were new."""
    holidays = list_holidays(today)
    start, end = holidays[0].nights.arrival, holidays[-1].nights.departure
    with transaction():
        known = {
            (season.starts_on, season.name_en)
            for season in queries.list_seasons(village_id=None, start=start, end=end)
        }
        new = [holiday for holiday in holidays if (holiday.nights.arrival, holiday.name_en) not in known]
        for holiday in new:
            services.add_season(
                name_id=holiday.name_id,
                name_en=holiday.name_en,
                nights=holiday.nights,
                is_estimate=holiday.is_estimate,
            )
    return len(new)
