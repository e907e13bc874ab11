"""Who comes when, in the demo season. Pure: the same day always has the same guests, whenever the seed runs.

Every arrival day has its plans, each made some days before. So days gone by are full of guests, and the days to come
the emptier the further ahead they lie, because most people book late: as in the villages themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from app.core.dates import Nights, village_instant

PER_DAY = 7
"""Guests' plans for a usual day of arrival; more for Saturdays and holidays."""

LEADS = ((24, 0, 3), (30, 4, 20), (30, 21, 75), (16, 76, 330))
"""How long before arrival people book: weight, least and most days."""

LONGEST_LEAD = timedelta(days=330)
NIGHTS = (1, 1, 1, 1, 1, 2, 2, 2, 3, 4)
PARTIES = ((1, 0), (2, 0), (2, 0), (2, 0), (2, 0), (2, 1), (2, 2), (3, 0), (4, 0), (4, 1), (6, 0), (8, 0))
REPLACEMENTS = 4

ALSO_A_PACKAGE, ALSO_A_PRODUCT = 0.2, 0.16
"""How many of those who sleep in a village also join something, or have something kept for them."""

VISITS = (0, 1, 1, 2)
VISIT_LEADS = (1, 1, 2, 2, 3, 4, 5, 7, 9, 12, 16, 21)
"""Guests who come for the day alone, and how many days before they book."""

STAYS_A_DAY = 18
"""A day's plans with a room have the numbers below this one, those without the numbers from it on."""

# Country, language, given names. Everybody's second name is "Contoh", so nobody can be taken for a real guest.
GUESTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "ID",
        "id",
        ("Ayu", "Bagus", "Citra", "Dimas", "Fajar", "Gita", "Hendra", "Indah", "Laras", "Putri", "Rizki"),
    ),
    (
        "ID",
        "id",
        ("Arif", "Dewanti", "Galih", "Kartika", "Maya", "Nanda", "Panji", "Ratna", "Sekar", "Wulan", "Yoga"),
    ),
    (
        "ID",
        "id",
        ("Adi", "Bella", "Danu", "Erna", "Farah", "Ilham", "Joko", "Lina", "Mega", "Nugroho", "Tiara"),
    ),
    ("NL", "en", ("Anouk", "Bram", "Femke", "Joost", "Lotte", "Sanne")),
    ("DE", "en", ("Anke", "Jonas", "Katrin", "Lena", "Moritz", "Uwe")),
    ("FR", "en", ("Amélie", "Baptiste", "Chloé", "Julien", "Margaux")),
    ("AU", "en", ("Amy", "Callum", "Jack", "Mia", "Olivia")),
    ("MY", "en", ("Aisyah", "Farid", "Hafiz", "Mei Ling", "Nurul")),
    ("SG", "en", ("Darren", "Hui Min", "Priya", "Wei Jie")),
    ("JP", "en", ("Aiko", "Haruto", "Kenji", "Yui")),
    ("GB", "en", ("Emily", "George", "Harriet", "Tom")),
    ("US", "en", ("Ashley", "Brandon", "Carlos", "Megan")),
    ("IT", "en", ("Chiara", "Lorenzo")),
    ("ES", "en", ("Lucía", "Pablo")),
    ("KR", "en", ("Ji-woo", "Min-jun")),
    ("IN", "en", ("Ananya", "Rohan")),
    ("TH", "en", ("Malee", "Somchai")),
)


class Course(StrEnum):
    """How a booking goes on after the hold."""

    PAYS = "pays"
    NEVER_PAYS = "never_pays"
    PAYS_LATE = "pays_late"
    LETS_GO = "lets_go"
    LETS_GO_TOO_LATE = "lets_go_too_late"


_C = Course
COURSES = (
    *(_C.PAYS,) * 88, *(_C.NEVER_PAYS,) * 6, *(_C.PAYS_LATE,) * 2, *(_C.LETS_GO,) * 3, _C.LETS_GO_TOO_LATE,
)  # fmt: skip
"""How many in a hundred go which way. Who lets go too late had sent the money already: it goes back in full."""


@dataclass(frozen=True)
class Wishes:
    """What a guest wants: a room, to join a package, so many pieces of a product. `draw` chooses which."""

    stay: bool = True
    package: bool = False
    pieces: int = 0
    draw: float = 0.0


@dataclass(frozen=True)
class GuestPlan:
    """A guest's plan: when it is made, for which nights, by how many, how it goes on.

    `number` is what makes it one: the guest's contact is built from it, so a plan is never booked twice. `draws` are
    numbers from 0 to 1 that choose the house.
    """

    number: int
    made_at: datetime
    nights: Nights
    adults: int
    children: int
    name: str
    country: str
    language: str
    has_email: bool
    course: Course
    pays_after: timedelta
    draws: tuple[float, ...]
    wishes: Wishes

    @property
    def party(self) -> int:
        """Everybody who comes along."""
        return self.adults + self.children

    @property
    def email(self) -> str | None:
        """An address under .example, where nobody lives; None for guests with a phone only."""
        given = self.name.split()[0].lower().encode("ascii", "ignore").decode()
        return f"{given}.{self.number}@tamu.example" if self.has_email else None

    @property
    def phone(self) -> str | None:
        """A sample number for Indonesian guests, as everybody there has one."""
        return f"+628120000{self.number % 100_000:05d}" if self.country == "ID" else None

    @property
    def contact(self) -> str:
        """By which this guest is known again."""
        return self.email or self.phone or ""

    @property
    def arrives_at(self) -> datetime:
        """Some time in the afternoon of the first day: when cash is paid."""
        return village_instant(self.nights.arrival, time(14 + self.number % 5, 7 * self.number % 60))


def plans_of(arrival: date, holidays: Sequence[Nights]) -> list[GuestPlan]:
    """All plans for a day of arrival, in no particular order."""
    chance = Random(f"arrivals:{arrival}")
    is_holiday = any(arrival in nights for nights in holidays)
    usual = PER_DAY + chance.randint(-2, 2)
    count = round(usual * (1.9 if is_holiday else 1.6 if arrival.weekday() == 5 else 1))
    return [_plan(chance, arrival, place) for place in range(count)]


def visits_of(day: date) -> list[GuestPlan]:
    """The plans of those who come on a day for a package alone and sleep elsewhere."""
    chance = Random(f"visits:{day}")
    return [_visit(chance, day, STAYS_A_DAY + place) for place in range(chance.choice(VISITS))]


def _plan(chance: Random, arrival: date, place: int) -> GuestPlan:
    country, language, names = chance.choices(GUESTS, weights=[len(names) for *_rest, names in GUESTS])[0]
    _weight, least, most = chance.choices(LEADS, weights=[weight for weight, *_rest in LEADS])[0]
    lead = chance.randint(least, most)
    hour = chance.randint(7, 15) if lead == 1 else chance.randint(7, 18 if lead == 0 else 21)
    adults, children = chance.choice(PARTIES)
    number = arrival.toordinal() % 10_000 * 20 + place
    return GuestPlan(
        number=number,
        made_at=village_instant(arrival - timedelta(days=lead), time(hour, chance.randrange(60))),
        nights=Nights(arrival, arrival + timedelta(days=chance.choice(NIGHTS))),
        adults=adults,
        children=children,
        name=f"{chance.choice(names)} Contoh",
        country=country,
        language=language,
        has_email=country != "ID" or chance.random() < 0.7,
        course=chance.choice(COURSES),
        pays_after=timedelta(minutes=chance.randint(12, 20 * 60)),
        draws=tuple(chance.random() for _ in range(1 + REPLACEMENTS)),
        wishes=_wishes(number),
    )


def _visit(chance: Random, day: date, place: int) -> GuestPlan:
    """A guest like any other, who books a departure of that day and no night."""
    booked_on = day - timedelta(days=chance.choice(VISIT_LEADS))
    pieces = chance.choice((0, 0, 0, 1, 2))
    return replace(
        _plan(chance, day, place),
        made_at=village_instant(booked_on, time(chance.randint(7, 15), chance.randrange(60))),
        nights=Nights(day, day + timedelta(days=1)),
        wishes=Wishes(stay=False, package=True, pieces=pieces, draw=chance.random()),
    )


def _wishes(number: int) -> Wishes:
    """What a guest with a room wants beside it; drawn apart, so that wishes never change who comes when."""
    chance = Random(f"wishes:{number}")
    return Wishes(
        package=chance.random() < ALSO_A_PACKAGE,
        pieces=chance.choice((1, 1, 2, 3)) if chance.random() < ALSO_A_PRODUCT else 0,
        draw=chance.random(),
    )


def list_plans(first: date, last: date, holidays: Sequence[Nights]) -> list[GuestPlan]:
    """All plans for arrivals from `first` to `last`, both included."""
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [plan for day in days for plan in (*plans_of(day, holidays), *visits_of(day))]


@dataclass(frozen=True)
class BlockPlan:
    """A host takes a room off sale for some nights, some weeks before."""

    made_at: datetime
    nights: Nights
    note: str
    draw: float


BLOCK_NOTES = ("hajatan keluarga (contoh)", "perbaikan atap (contoh)", "saudara menginap (contoh)")


def blocks_of(day: date) -> list[BlockPlan]:
    """Blocks that begin on this day: a room here and there."""
    chance = Random(f"blocks:{day}")
    if chance.random() > 0.45:
        return []
    made_on = day - timedelta(days=chance.randint(5, 30))
    nights = Nights(day, day + timedelta(days=chance.randint(1, 4)))
    made_at = village_instant(made_on, time(chance.randint(8, 20), chance.randrange(60)))
    return [BlockPlan(made_at, nights, chance.choice(BLOCK_NOTES), chance.random())]
