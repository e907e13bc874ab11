"""The twenty villages are what their sources say; nothing that is not for guests comes along."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from flask import Flask

from app.core.db import transaction
from app.seed.facts import FOLDER, read_rows, read_villages
from app.users.rules import Role
from app.villages import queries, services
from tests.factories import make_user
from tests.machinery.clients import Visitor

BUMDES = {"borobudur": "BUMDes Graha Mandala", "wanurejo": "BUMDes Nawa Eka Karsa"}
ROADS = {
    "giripurno": 8_000,
    "karanganyar": 4_600,
    "kenalan": 14_000,
    "tegalarum": 7_000,
    "wringinputih": 2_300,
}


def seed(app: Flask, *words: str) -> str:
    answer = app.test_cli_runner().invoke(args=["seed", *words])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_the_file_has_the_facts_and_not_the_remarks() -> None:
    with Path(FOLDER / "villages.csv").open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    assert "data_notes" not in columns
    assert {"sources", "coordinate_note"} <= set(columns)
    assert len(read_rows("villages.csv")) == 20


def test_every_village_has_its_facts(app: Flask) -> None:
    assert seed(app, "villages") == "20 villages.\n"
    with app.app_context():
        for row in read_rows("villages.csv"):
            village = queries.get_village(row["village"].lower())
            assert village.name == row["village"]
            assert village.bps_code == row["bps_code"]
            assert village.sponsor == row["bumn_sponsor"]
            assert (village.latitude, village.longitude) == (
                float(row["latitude_approx"]),
                float(row["longitude_approx"]),
            )
            assert str(village.year_opened or "") == row["year_opened"]
            assert village.bumdes == BUMDES.get(village.slug, f"BUMDes {village.name}")
            assert village.bumdes_is_sample == (village.slug not in BUMDES)


@pytest.mark.parametrize("topic", ["theme", "activities", "products"])
def test_a_text_is_there_in_both_languages_or_in_none(topic: str) -> None:
    columns = {
        "theme": "balkondes_name_theme",
        "activities": "activities_packages_prices",
        "products": "flagship_products",
    }
    rows = {row["village"].lower(): row for row in read_rows("villages.csv")}
    for facts in read_villages():
        indonesian, english = getattr(facts, f"{topic}_id"), getattr(facts, f"{topic}_en")
        assert bool(indonesian) == bool(english)
        if not rows[facts.slug][columns[topic]]:
            assert english is None, f"{facts.slug}: what no source says is unknown"
        for word in ("price", "harga", "profile", "found"):
            assert word not in f"{indonesian} {english}".lower()


def test_roads_that_are_known_are_no_estimates(app: Flask) -> None:
    seed(app, "villages")
    with app.app_context():
        for village in queries.list_villages():
            assert village.temple_is_estimate == (village.slug not in ROADS)
            assert village.temple_metres == ROADS.get(village.slug, village.temple_metres)
            assert len(queries.list_neighbours(village.id)) == 19


def test_seeded_again_nothing_doubles_and_corrections_stay(app: Flask) -> None:
    seed(app, "villages")
    with app.app_context(), transaction():
        a, b = queries.get_village("bigaran"), queries.get_village("sambeng")
        user_id = make_user(Role.MANAGER)
        way = {"is_estimate": False, "by_user_id": user_id}
        services.set_road(village_id=a.id, other_id=b.id, metres=1_234, minutes=4, **way)
        services.set_temple_road(village_id=a.id, metres=12_345, minutes=30, **way)
    assert seed(app, "villages") == "20 villages.\n"
    with app.app_context():
        a, b = queries.get_village("bigaran"), queries.get_village("sambeng")
        road = queries.find_road(a.id, b.id)
        assert road is not None
        assert (road.metres, a.temple_metres, a.temple_is_estimate) == (1_234, 12_345, False)


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_page_shows_sources_remarks_or_what_hurts(app: Flask, visitor: Visitor, language: str) -> None:
    seed(app, "villages")
    paths = ["/", "/villages", *(f"/villages/{facts.slug}" for facts in read_villages())]
    for path in paths:
        text = visitor.open(f"{path}?lang={language}").html.lower()
        assert visitor.status == 200
        for word in (
            "http://",
            "https://",
            "poverty",
            "miskin",
            "conflict",
            "seiko",
            "boundary polygon",
            "polygon",
        ):
            assert word not in text, f"{path}: {word}"
        for row in read_rows("villages.csv"):
            assert row["coordinate_note"].lower() not in text
