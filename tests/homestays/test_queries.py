"""Who finds which house."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from app.core.db import transaction
from app.core.errors import NotFound
from app.homestays import queries, services
from app.users.rules import Scope
from app.villages.rules import PublicationState
from tests.homestays.conftest import World


def slugs(scope: Scope) -> list[str]:
    return [house.slug for house in queries.list_homestays_for(scope)]


def test_a_host_reaches_the_own_house_only(app: Flask, world: World) -> None:
    scope = Scope(payees=frozenset({world.family_payee_id}))
    with app.app_context():
        assert slugs(scope) == ["omah-contoh"]
        assert queries.get_homestay_for("omah-contoh", scope).id == world.family_id
        with pytest.raises(NotFound):
            queries.get_homestay_for("balkondes-contoh", scope)
        with pytest.raises(NotFound):
            queries.get_room_type_for(world.double, scope)
        assert queries.get_room_type_for(world.whole, scope).homestay.slug == "omah-contoh"


def test_a_village_reaches_its_houses_and_the_manager_all(app: Flask, world: World) -> None:
    with app.app_context():
        assert slugs(Scope(villages=frozenset({world.other_village_id}))) == ["balkondes-contoh"]
        assert slugs(Scope(everything=True)) == ["omah-contoh", "balkondes-contoh"]
        assert slugs(Scope()) == []


def test_a_paused_house_is_seen_but_not_on_sale(app: Flask, world: World) -> None:
    with app.app_context():
        with transaction():
            services.move_publication(
                homestay_id=world.family_id, wanted=PublicationState.PAUSED, by_user_id=None
            )
        assert queries.find_homestay("omah-contoh") is not None
        assert [house.slug for house in queries.list_published()] == ["balkondes-contoh"]
        with transaction():
            services.move_publication(
                homestay_id=world.family_id, wanted=PublicationState.RETIRED, by_user_id=None
            )
        with pytest.raises(NotFound):
            queries.get_homestay("omah-contoh")


def test_published_by_village_and_in_pages(app: Flask, world: World) -> None:
    with app.app_context():
        only = queries.list_published(village_id=world.village_id)
        assert [house.slug for house in only] == ["omah-contoh"]
        assert [house.slug for house in queries.list_published(limit=1, offset=1)] == ["balkondes-contoh"]


def test_seasons_touch_a_span_by_their_nights(app: Flask, world: World) -> None:
    def names(start: date, end: date) -> list[str]:
        return [s.name_en for s in queries.list_seasons(village_id=world.village_id, start=start, end=end)]

    with app.app_context():
        assert names(date(2027, 5, 1), date(2027, 5, 20)) == []
        assert names(date(2027, 5, 1), date(2027, 5, 21)) == ["Sample holiday"]
        assert names(date(2027, 5, 22), date(2027, 6, 1)) == []
