"""The twenty villages from their files. What a source says is a fact; a blank is unknown and stays unknown."""

from __future__ import annotations

import csv
from pathlib import Path

from app.core.db import transaction
from app.villages import queries, services
from app.villages.models import Village
from app.villages.rules import Place, estimated_metres, minutes_for
from app.villages.services import VillageFacts

FOLDER = Path(__file__).parent


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of one of our CSV files, by column."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_villages() -> list[VillageFacts]:
    """The facts of all villages, in the order of the file."""
    texts = {row["village"]: row for row in read_rows("village_texts.csv")}
    return [_facts(row, texts[row["village"]]) for row in read_rows("villages.csv")]


def _facts(row: dict[str, str], texts: dict[str, str]) -> VillageFacts:
    name = row["village"]
    return VillageFacts(
        slug=name.lower(),
        name=name,
        bps_code=row["bps_code"],
        latitude=float(row["latitude_approx"]),
        longitude=float(row["longitude_approx"]),
        bumdes=f"BUMDes {texts['bumdes'] or name}",
        bumdes_is_sample=not texts["bumdes"],
        sponsor=row["bumn_sponsor"] or None,
        theme_id=texts["theme_id"] or None,
        theme_en=texts["theme_en"] or None,
        activities_id=texts["activities_id"] or None,
        activities_en=texts["activities_en"] or None,
        products_id=texts["products_id"] or None,
        products_en=texts["products_en"] or None,
        year_opened=int(row["year_opened"]) if row["year_opened"] else None,
    )


def seed_villages() -> list[Village]:
    """Enter the villages and the roads between them; roads that somebody has corrected stay as they are."""
    with transaction():
        new = [facts.slug for facts in read_villages() if queries.find_village(facts.slug) is None]
        villages = [services.save_village(facts=facts) for facts in read_villages()]
        _seed_temple_roads(set(new))
        _seed_roads(villages)
    return villages


def _seed_temple_roads(new: set[str]) -> None:
    for row in read_rows("roads.csv"):
        slug, metres = row["village"].lower(), int(row["metres"])
        if row["to"] == "temple" and slug in new:
            services.set_temple_road(
                village_id=queries.get_village(slug).id,
                metres=metres,
                minutes=minutes_for(metres),
                is_estimate=False,
            )


def _seed_roads(villages: list[Village]) -> None:
    known = {village.id: set(queries.road_minutes(village.id)) for village in villages}
    for place, village in enumerate(villages):
        for other in villages[place + 1 :]:
            if other.id in known[village.id]:
                continue
            metres = estimated_metres(_place(village), _place(other))
            services.set_road(
                village_id=village.id,
                other_id=other.id,
                metres=metres,
                minutes=minutes_for(metres),
                is_estimate=True,
            )


def _place(village: Village) -> Place:
    return Place(village.latitude, village.longitude)
