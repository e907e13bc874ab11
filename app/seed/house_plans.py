"""How the sample houses are made up: how many rooms, sold how, at which price. Pure: the same every time.

Room counts that a source gives are kept (Karangrejo 20, Majaksingi 7, Ngadiharjo 6, Ngargogondo 17, Tegalarum 7), and
prices stay within what was published: Rp200.000 to 750.000 a night.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from app.core.money import Rupiah
from app.homestays.rules import Amenity, HouseKind, Prices, RoomKind
from app.homestays.services import HouseProfile, HouseRules, NewRoom, SaleTerms
from app.seed import house_texts as texts
from app.seed.house_texts import Both
from app.villages.rules import Terms

LEAST, MOST = 200_000, 750_000

Layout = tuple[int, int, tuple[int, ...]]
"""A Balkondes: single rooms, kopel rooms, and family houses by how many rooms they have."""

LAYOUTS: dict[str, Layout] = {
    "karangrejo": (4, 2, (3, 3, 4, 4)),
    "majaksingi": (7, 0, ()),
    "ngadiharjo": (6, 0, ()),
    "ngargogondo": (8, 0, (3, 3, 3)),
    "tegalarum": (7, 0, ()),
    "candirejo": (12, 0, ()),
}
SLEEPS_MORE = {"ngadiharjo": 3, "tegalarum": 4}
"""Ngadiharjo takes 18 guests in 6 rooms; Tegalarum's cottages have two floors and are let to a family."""

SOURCED_PRICES = {
    "candirejo": Prices(500_000, 550_000, 600_000),
    "tegalarum": Prices(400_000, 450_000, 500_000),
}

DRAWINGS = {
    "tegalarum": "segitiga",
    "ngadiharjo": "panggung",
    "wringinputih": "bambu",
    "borobudur": "joglo",
    "tuksongo": "joglo",
    "wanurejo": "pendopo",
    "kenalan": "pendopo",
    "ngargogondo": "limasan",
    "karangrejo": "limasan",
    "karanganyar": "bata",
    "candirejo": "kampung",
    "giritengah": "bambu",
}
OTHER_DRAWINGS = ("srotong", "kampung", "limasan", "joglo")
HOME_DRAWINGS = ("kampung", "srotong", "limasan", "bata")

HOMES = {
    "borobudur": 3, "candirejo": 3, "giritengah": 2, "karanganyar": 3, "karangrejo": 3, "kenalan": 2, "ngargogondo": 2,
    "tanjungsari": 2, "tuksongo": 3, "wanurejo": 3, "wringinputih": 2,
}  # fmt: skip
"""Villages with resident-run homestays, and how many."""

DOUBLE, TWIN = "1 × 160×200 cm", "2 × 100×200 cm"


@dataclass(frozen=True)
class TypePlan:
    """A room type and its units, each a list of room names."""

    name: str
    kind: RoomKind
    beds: str
    prices: Prices
    units: list[list[str]]


@dataclass(frozen=True)
class HousePlan:
    """Everything that is needed to set up one sample house."""

    slug: str
    profile: HouseProfile
    sale: SaleTerms
    rooms: list[NewRoom]
    types: list[TypePlan] = field(default_factory=list)


def plan_houses(slug: str, village: str) -> list[HousePlan]:
    """The Balkondes of a village and its resident homes."""
    return [_plan_balkondes(slug, village), *(_plan_home(slug, place) for place in range(HOMES.get(slug, 0)))]


def prices_from(weekday: float, *, saturday: float = 1.15, holiday: float = 1.3) -> Prices:
    """Saturday and holiday above a weekday price, in steps of Rp5.000, within the published range."""
    return Prices(*(_rounded(weekday * factor) for factor in (1.0, saturday, holiday)))


def _rounded(amount: float) -> Rupiah:
    return min(MOST, max(LEAST, round(amount / 5_000) * 5_000))


# The Balkondes


def layout_of(slug: str) -> Layout:
    """Single rooms, kopel rooms and family houses of a Balkondes."""
    chance = Random(f"layout:{slug}")
    return LAYOUTS.get(slug) or (chance.randint(5, 8), chance.randint(2, 4), (3,) * chance.randint(1, 2))


def _plan_balkondes(slug: str, village: str) -> HousePlan:
    chance = Random(f"balkondes:{slug}")
    rooms, types = _rooms_of_balkondes(slug, chance)
    names = {plan.name for plan in types}
    story = texts.together(
        [
            chance.choice(texts.BALKONDES_STORIES),
            *([texts.HOUSE_OF_ROOMS] if "Omah" in names else []),
        ]
    )
    welcome = chance.choice(texts.BALKONDES_WELCOMES)
    amenities = [*_BALKONDES_AMENITIES, *chance.sample(_BALKONDES_EXTRAS, 3)]
    if slug == "candirejo":
        amenities = [*_BALKONDES_AMENITIES, Amenity.AIR_CONDITIONING, Amenity.GARDEN]
    profile = HouseProfile(
        name=f"Balkondes {village}",
        house_kind=HouseKind.BALKONDES,
        drawing=DRAWINGS.get(slug) or chance.choice(OTHER_DRAWINGS),
        host_name=f"Tim Balkondes {village} (contoh)",
        story_id=story.indonesian,
        story_en=story.english,
        welcome_id=welcome.indonesian,
        welcome_en=welcome.english,
        house_rules=_rules([texts.BUS, texts.GATE, *chance.sample([texts.COUPLES, texts.CALL_TO_PRAYER], 1)]),
        amenities=amenities,
        breakfast=chance.random() < 0.6,
    )
    return HousePlan(f"balkondes-{slug}", profile, _sale_of_balkondes(slug, chance), rooms, types)


_BALKONDES_AMENITIES = [
    Amenity.HOT_WATER, Amenity.PRIVATE_BATHROOM, Amenity.SITTING_TOILET, Amenity.PARKING, Amenity.PRAYER_ROOM,
    Amenity.MEALS,
]  # fmt: skip
_BALKONDES_EXTRAS = [
    Amenity.WIFI, Amenity.BICYCLES, Amenity.GARDEN, Amenity.FAN, Amenity.AIR_CONDITIONING, Amenity.STEP_FREE,
]  # fmt: skip


def _rooms_of_balkondes(slug: str, chance: Random) -> tuple[list[NewRoom], list[TypePlan]]:
    singles, kopels, families = layout_of(slug)
    sleeps = SLEEPS_MORE.get(slug, 2)
    beds = DOUBLE if sleeps == 2 else f"{DOUBLE} + {sleeps - 2} × 100×200 cm"
    base = SOURCED_PRICES.get(slug) or prices_from(chance.randrange(250_000, 330_000, 5_000))
    rooms = [NewRoom(f"{place + 1}", beds, sleeps) for place in range(singles)]
    kind = RoomKind.FAMILY if sleeps > 3 else RoomKind.SINGLE
    name = "Family" if sleeps > 3 else "Single"
    types = [TypePlan(name, kind, beds, base, [[room.name] for room in rooms])]
    if kopels:
        pairs = [NewRoom(f"Kopel {place + 1}", DOUBLE, 2) for place in range(kopels)]
        rooms += pairs
        price = prices_from(base.weekday * 1.25)
        types.append(TypePlan("Kopel", RoomKind.KOPEL, DOUBLE, price, [[room.name] for room in pairs]))
    houses = [_house("ABCDE"[place], size) for place, size in enumerate(families)]
    rooms += [room for house in houses for room in house]
    return rooms, types + (_whole_and_by_room(houses, base) if houses else [])


def _house(letter: str, size: int) -> list[NewRoom]:
    return [NewRoom(f"Omah {letter}{room + 1}", DOUBLE, 2) for room in range(size)]


WHOLE = {3: "Omah", 4: "Omah Ageng"}


def _whole_and_by_room(houses: list[list[NewRoom]], base: Prices) -> list[TypePlan]:
    """Houses of several rooms, sold whole and by the room: whoever takes one closes the other."""
    beds = houses[0][0].beds
    by_size = {size: [house for house in houses if len(house) == size] for size in sorted(map(len, houses))}
    whole = [
        TypePlan(
            WHOLE[size],
            RoomKind.FAMILY,
            f"{size} × ({beds})",
            prices_from(min(base.weekday * (size + 1) * 0.5, 580_000), saturday=1.12, holiday=1.28),
            [[room.name for room in house] for house in same],
        )
        for size, same in by_size.items()
    ]
    rooms = [[room.name] for house in houses for room in house]
    return [*whole, TypePlan("Senthong", RoomKind.SINGLE, beds, prices_from(base.weekday * 0.9), rooms)]


def _sale_of_balkondes(slug: str, chance: Random) -> SaleTerms:
    return SaleTerms(
        terms=chance.choice((Terms.MODERATE, Terms.MODERATE, Terms.FLEXIBLE, Terms.FIRM)),
        min_nights=1,
        deposit_basis_points=3000 if slug in {"borobudur", "karangrejo", "wanurejo", "kenalan"} else 10_000,
        pay_on_arrival=slug in {"tegalarum", "bigaran", "sambeng", "kebonsari", "giripurno", "majaksingi"},
    )


# Resident homes


def _plan_home(slug: str, place: int) -> HousePlan:
    number = _number_of_home(slug, place)
    name, host = texts.HOUSE_NAMES[number], texts.HOST_NAMES[number]
    chance = Random(f"home:{slug}:{place}")
    size = chance.choice((2, 3, 3, 4))
    beds = chance.choice((DOUBLE, DOUBLE, TWIN))
    rooms = [NewRoom(texts.ROOM_NAMES[n], beds, 2) for n in range(size)]
    base = prices_from(chance.randrange(200_000, 290_000, 5_000))
    by_room = TypePlan("Senthong", RoomKind.SINGLE, beds, base, [[room.name] for room in rooms])
    types = [by_room] if size < 3 else [by_room, _whole_and_by_room([rooms], base)[0]]
    inside = chance.random() < 0.6
    story, welcome = chance.choice(texts.HOME_STORIES), chance.choice(texts.HOME_WELCOMES)
    if size > 2:
        story = texts.together([story, texts.HOUSE_OF_ROOMS])
    profile = HouseProfile(
        name=name,
        house_kind=chance.choice((HouseKind.FAMILY, HouseKind.FAMILY, HouseKind.BESIDE_FAMILY)),
        drawing=chance.choice(HOME_DRAWINGS),
        host_name=f"{host} (contoh)",
        story_id=story.indonesian,
        story_en=story.english,
        welcome_id=welcome.indonesian,
        welcome_en=welcome.english,
        house_rules=_rules(_home_rules(chance, inside)),
        amenities=_home_amenities(chance, inside),
        breakfast=chance.random() < 0.75,
    )
    return HousePlan(f"{name.lower().replace(' ', '-')}-{slug}", profile, _sale_of_home(chance), rooms, types)


def _number_of_home(slug: str, place: int) -> int:
    """Every home has a name and a host of its own: they are dealt out in the order of the villages."""
    before = sum(count for other, count in HOMES.items() if other < slug)
    return before + place


def _home_rules(chance: Random, inside: bool) -> list[Both]:
    said = [
        texts.NARROW_LANE,
        *chance.sample([texts.COUPLES, texts.CALL_TO_PRAYER, texts.ROOSTERS, texts.GATE], 2),
    ]
    if not inside:
        said.append(texts.BATHROOM_OUTSIDE)
    if chance.random() < 0.4:
        said.append(texts.WEAK_SIGNAL)
    return said


def _home_amenities(chance: Random, inside: bool) -> list[Amenity]:
    bathroom = [Amenity.PRIVATE_BATHROOM, Amenity.SITTING_TOILET] if inside else []
    extras = [
        Amenity.WIFI,
        Amenity.KITCHEN,
        Amenity.GARDEN,
        Amenity.BICYCLES,
        Amenity.HOT_WATER,
        Amenity.MEALS,
    ]
    return [Amenity.FAN, Amenity.PARKING, *bathroom, *chance.sample(extras, 3)]


def _sale_of_home(chance: Random) -> SaleTerms:
    return SaleTerms(
        terms=chance.choice((Terms.FLEXIBLE, Terms.MODERATE, Terms.MODERATE)),
        deposit_basis_points=3000 if chance.random() < 0.2 else 10_000,
        pay_on_arrival=chance.random() < 0.7,
    )


def _rules(said: list[Both]) -> HouseRules:
    other = texts.together(said)
    return HouseRules(other_id=other.indonesian, other_en=other.english)
