"""What villages decide for everything they sell: its life from draft to retired, and the terms of cancelling.

Also how far villages lie from each other by road, as long as nobody who drives there has said it better, and what the
text of a QRIS sheet says.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import asin, ceil, cos, radians, sin, sqrt

EARTH_METRES = 6_371_000
ROAD_FACTOR = 2.2
"""How much longer the road is than the straight line, in hills: Kenalan is 14 km by road and 5 km by air."""

ROAD_METRES_PER_MINUTE = 25_000 / 60
"""25 km/h: village roads with a car that lets others pass."""


@dataclass(frozen=True)
class Place:
    """A point on the map, in degrees."""

    latitude: float
    longitude: float


TEMPLE = Place(-7.608, 110.204)
"""Borobudur temple."""


def straight_metres(one: Place, other: Place) -> float:
    """Metres along the straight line between two places (haversine)."""
    lat_1, lat_2 = radians(one.latitude), radians(other.latitude)
    half_lat = (lat_2 - lat_1) / 2
    half_lon = radians(other.longitude - one.longitude) / 2
    root = sqrt(sin(half_lat) ** 2 + cos(lat_1) * cos(lat_2) * sin(half_lon) ** 2)
    return 2 * EARTH_METRES * asin(root)


def estimated_metres(one: Place, other: Place) -> int:
    """Metres by road as an estimate, to the nearest hundred, never below one hundred."""
    return max(100, round(straight_metres(one, other) * ROAD_FACTOR / 100) * 100)


def minutes_for(metres: int) -> int:
    """Whole minutes for a way by road, rounded up."""
    return max(1, ceil(metres / ROAD_METRES_PER_MINUTE))


class PublicationState(StrEnum):
    """The one life of everything sold."""

    DRAFTED = "drafted"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    PAUSED = "paused"
    RETIRED = "retired"


PUBLICATION_STEPS: dict[PublicationState, frozenset[PublicationState]] = {
    PublicationState.DRAFTED: frozenset({PublicationState.PROPOSED, PublicationState.RETIRED}),
    PublicationState.PROPOSED: frozenset(
        {PublicationState.DRAFTED, PublicationState.PUBLISHED, PublicationState.RETIRED}
    ),
    PublicationState.PUBLISHED: frozenset({PublicationState.PAUSED, PublicationState.RETIRED}),
    PublicationState.PAUSED: frozenset({PublicationState.PUBLISHED, PublicationState.RETIRED}),
    PublicationState.RETIRED: frozenset(),
}


def may_move(current: PublicationState, wanted: PublicationState) -> bool:
    """Whether a thing for sale may go from one state to the other."""
    return wanted in PUBLICATION_STEPS[current]


class Terms(StrEnum):
    """Named sets of cancellation terms. Their deadlines count back from check-in time, or from a departure's start."""

    FLEXIBLE = "flexible"
    MODERATE = "moderate"
    FIRM = "firm"
    STRICT = "strict"
    NON_REFUNDABLE = "non_refundable"
    UNTIL_READY = "until_ready"


class Keeps(StrEnum):
    """What the village keeps when the guest cancels."""

    NOTHING = "nothing"
    FIRST_NIGHT = "first_night"
    HALF = "half"
    ALL = "all"


@dataclass(frozen=True)
class TermStep:
    """Until this long before the start (None: from the last deadline on), this is kept."""

    before: timedelta | None
    keeps: Keeps


TERMS: dict[Terms, tuple[TermStep, ...]] = {
    Terms.FLEXIBLE: (TermStep(timedelta(hours=24), Keeps.NOTHING), TermStep(None, Keeps.FIRST_NIGHT)),
    Terms.MODERATE: (TermStep(timedelta(days=5), Keeps.NOTHING), TermStep(None, Keeps.FIRST_NIGHT)),
    Terms.FIRM: (
        TermStep(timedelta(days=30), Keeps.NOTHING),
        TermStep(timedelta(days=14), Keeps.HALF),
        TermStep(None, Keeps.ALL),
    ),
    Terms.STRICT: (
        TermStep(timedelta(days=14), Keeps.NOTHING),
        TermStep(timedelta(days=7), Keeps.HALF),
        TermStep(None, Keeps.ALL),
    ),
    Terms.NON_REFUNDABLE: (TermStep(None, Keeps.ALL),),
    # Products: not a date but the desk ends this, by putting the piece aside for the guest (BookingLine.ready_at).
    Terms.UNTIL_READY: (TermStep(None, Keeps.NOTHING),),
}


@dataclass(frozen=True)
class DatedStep:
    """A step of terms with its deadline as an instant (None: from the last deadline on)."""

    until: datetime | None
    keeps: Keeps


def dated_steps(terms: Terms, starts_at: datetime) -> list[DatedStep]:
    """The terms with their deadlines as instants, in order."""
    return [
        DatedStep(None if step.before is None else starts_at - step.before, step.keeps)
        for step in TERMS[terms]
    ]


def steps_ahead(steps: Sequence[DatedStep], now: datetime) -> list[DatedStep]:
    """The steps whose deadline has not passed: what a guest can still choose between."""
    return [step for step in steps if step.until is None or step.until >= now]


def kept_at(terms: Terms, starts_at: datetime, now: datetime) -> Keeps:
    """What is kept when cancelled now; the very instant of a deadline still gets the better answer."""
    for step in dated_steps(terms, starts_at):
        if step.until is None or now <= step.until:
            return step.keeps
    raise AssertionError("every set of terms ends in a step without a deadline")


def terms_to_data(terms: Terms) -> dict[str, object]:
    """The terms as they are copied into a line, so that a later change of the set leaves old bookings alone."""
    steps = [
        {
            "seconds_before": None if step.before is None else int(step.before.total_seconds()),
            "keeps": step.keeps.value,
        }
        for step in TERMS[terms]
    ]
    return {"code": terms.value, "steps": steps}


def steps_from_data(copied: dict[str, object], starts_at: datetime) -> list[DatedStep]:
    """The copied terms of a line with their deadlines as instants."""
    steps = copied["steps"]
    assert isinstance(steps, list)
    return [
        DatedStep(
            None if step["seconds_before"] is None else starts_at - timedelta(seconds=step["seconds_before"]),
            Keeps(step["keeps"]),
        )
        for step in steps
    ]


QRIS_BEGINS = "000201"
RUPIAH_CODE = "360"
_NATIONAL = "51"


@dataclass(frozen=True)
class QrisText:
    """What the text of a QRIS sheet says of whom it pays; the number is empty where it does not say it."""

    merchant_name: str
    nmid: str


def read_qris(text: str) -> QrisText:
    """Read the text of a merchant's own sheet (EMV, with its checksum). Raises ValueError for anything else: a letter
    that is wrong would pay somebody else.
    """
    if not text.startswith(QRIS_BEGINS) or not text.isascii() or text[-8:-4] != "6304":
        raise ValueError(text)
    if f"{crc_hqx(text[:-4].encode(), 0xFFFF):04X}" != text[-4:].upper():
        raise ValueError(text)
    parts = _parts(text)
    if parts.get("53") != RUPIAH_CODE or not parts.get("59") or "54" in parts:
        raise ValueError(text)
    return QrisText(parts["59"].strip(), _parts(parts.get(_NATIONAL, "")).get("02", "").strip())


def _parts(text: str) -> dict[str, str]:
    """Fields by number: two digits of number, two of length, and so many characters."""
    found, at = {}, 0
    while at < len(text):
        size = int(text[at + 2 : at + 4])
        if at + 4 + size > len(text):
            raise ValueError(text)
        found[text[at : at + 2]] = text[at + 4 : at + 4 + size]
        at += 4 + size
    return found
