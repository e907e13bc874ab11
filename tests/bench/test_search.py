"""What is measured is the same work: SQL written by hand finds what the service finds, in the same order."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.homestays.models import Room, RoomNight
from bench import search, town
from bench.town import Town

ROOMS = 400


@pytest.fixture
def place(race_app: Flask) -> Town:
    """A small town on a database of its own."""
    with race_app.app_context():
        town.build(ROOMS)
        return Town(ROOMS, "", clock.today())


def test_raw_sql_finds_what_the_service_finds(race_app: Flask, place: Town) -> None:
    with race_app.app_context():
        found = {what: search.same_answers(asked, limit) for what, asked, limit in search.searches(place)}
    assert found[search.SAME] > 3
    assert found["whole sub-district by price, first 20"] == 20
    assert found["whole sub-district by price, all of it"] > 20
    assert found["one village, sold-out weekend"] == found["whole sub-district, sold-out weekend"] == 0


def test_six_nights_of_ten_are_sold(race_app: Flask, place: Town) -> None:
    with race_app.app_context():
        rooms = db.session.scalar(select(func.count()).select_from(Room))
        sold = db.session.scalar(select(func.count()).select_from(RoomNight))
    assert 0.59 < sold / (rooms * town.NIGHTS) < 0.62
