"""The manager's door: roads are corrected by those who may, and guests read them at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from app.core.db import transaction
from app.users import services as users
from app.users.rules import Role
from app.villages import queries, services
from tests.factories import make_user, make_village
from tests.homestays.conftest import sign_in
from tests.machinery.clients import Visitor


@dataclass(frozen=True)
class Three:
    """Ids: two villages with a road between them, the assisting company's manager and a's BUMDes manager."""

    a: int
    b: int
    manager: int
    bumdes: int


@pytest.fixture
def three(app: Flask) -> Three:
    with app.app_context(), transaction():
        a, b = make_village("adiwarna"), make_village("budiwarna")
        services.set_road(village_id=a.id, other_id=b.id, metres=3_000, minutes=8, is_estimate=True)
        bumdes = users.create_user(name="Contoh", email="bumdes@sample.example")
        users.give_office(user_id=bumdes.id, role=Role.BUMDES_MANAGER, village_id=a.id)
        return Three(a.id, b.id, make_user(Role.MANAGER), bumdes.id)


def test_a_corrected_road_is_read_by_guests_without_the_word_estimate(
    app: Flask, visitor: Visitor, three: Three
) -> None:
    sign_in(app, visitor, three.manager)
    visitor.open("/manage/villages").follow("Adiwarna").follow("Budiwarna")
    assert "to=budiwarna" in visitor.path
    visitor.submit("roads", km="7,5", minutes=19, is_driven="y")
    assert (visitor.status, visitor.path) == (200, "/manage/villages/adiwarna/roads")
    assert "Noted. Guests see it from now on." in visitor.text
    visitor.open("/villages/budiwarna")
    assert "about 19 minutes, 7.5 km" in visitor.text
    assert "7.5 km (estimate)" not in visitor.text


def test_the_form_comes_with_what_is_known(app: Flask, visitor: Visitor, three: Three) -> None:
    sign_in(app, visitor, three.manager).open("/manage/villages/adiwarna/roads?to=budiwarna")
    form = next(form for form in visitor.forms if "roads" in form.action)
    assert {("to", "budiwarna"), ("km", "3"), ("minutes", "8")} <= set(form.values)
    assert "is_driven" not in dict(form.values)


def test_the_way_to_the_temple_is_corrected_too(app: Flask, visitor: Visitor, three: Three) -> None:
    sign_in(app, visitor, three.bumdes).open("/manage/villages/adiwarna/roads?to=temple")
    visitor.submit("roads", km="14", minutes=34, is_driven="y")
    with app.app_context():
        village = queries.get_village("adiwarna")
        assert (village.temple_metres, village.temple_minutes, village.temple_is_estimate) == (
            14_000,
            34,
            False,
        )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"km": "far"}, "Give the kilometres as a number"),
        ({"km": "0"}, "Give the kilometres as a number"),
        ({"km": "201"}, "Give the kilometres as a number"),
        ({"minutes": "soon"}, "Please give a whole number."),
        ({"minutes": 0}, "Between 1 and 600 minutes."),
        ({"to": "nirwana"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_changes(
    app: Flask, visitor: Visitor, three: Three, fields: dict[str, object], said: str
) -> None:
    sign_in(app, visitor, three.manager).open("/manage/villages/adiwarna/roads")
    visitor.submit("roads", **({"to": "budiwarna", "km": "5", "minutes": 12} | fields))
    assert visitor.status == 422
    assert said in visitor.text
    with app.app_context():
        road = queries.find_road(three.a, three.b)
        assert road is not None
        assert (road.metres, road.minutes) == (3_000, 8)


def test_another_village_is_not_there_for_a_bumdes_manager(
    app: Flask, visitor: Visitor, three: Three
) -> None:
    sign_in(app, visitor, three.bumdes).open("/manage/villages")
    assert "Adiwarna" in visitor.text
    assert "Budiwarna" not in visitor.text
    assert visitor.open("/manage/villages/budiwarna/roads").status == 404
    assert visitor.client.post("/manage/villages/budiwarna/roads").status_code in {400, 404}
