"""Setting up a house, its rates and its life."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, NotFound, WrongState
from app.homestays import queries, services
from app.homestays.rules import HouseKind, Prices, RoomKind
from app.homestays.services import NewRoom
from app.villages.rules import PublicationState
from tests.homestays.conftest import World, profile


def actions(subject: str) -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == subject)))


def test_a_whole_house_is_a_unit_of_all_its_rooms(app: Flask, world: World) -> None:
    with app.app_context():
        house = queries.get_homestay("omah-contoh")
        single, whole = house.room_types
        assert [[room.name for room in unit.rooms] for unit in single.units] == [["Melati"], ["Mawar"]]
        assert [[room.name for room in unit.rooms] for unit in whole.units] == [["Melati", "Mawar"]]
        assert (single.sleeps, whole.sleeps) == (2, 4)
        assert house.house_rules["check_in_from"] == "14:00"


def test_an_address_belongs_to_one_house(app: Flask, world: World) -> None:
    with app.app_context(), pytest.raises(Conflict) as refused, transaction():
        services.create_homestay(
            slug="omah-contoh",
            village_id=world.village_id,
            host_payee_id=world.family_payee_id,
            profile=profile("Lain", HouseKind.FAMILY),
        )
    assert refused.value.code == "slug_taken"


@pytest.mark.parametrize("units", [[], [[]], [["Nowhere"]]])
def test_a_unit_is_made_of_rooms_of_the_house(app: Flask, world: World, units: list[list[str]]) -> None:
    with app.app_context(), pytest.raises(Invalid), transaction():
        services.add_room_type(
            homestay_id=world.family_id,
            name="Lain",
            kind=RoomKind.KOPEL,
            beds="1",
            prices=Prices(1, 1, 1),
            units=units,
        )


def test_two_rooms_of_one_name_are_refused(app: Flask, world: World) -> None:
    with app.app_context(), pytest.raises(Invalid), transaction():
        services.add_rooms(homestay_id=world.family_id, rooms=[NewRoom("Melati", "1 bed", 1)])


def test_new_rates_leave_a_row_with_before_and_after(app: Flask, world: World) -> None:
    with app.app_context():
        with transaction():
            room_type = queries.get_homestay("omah-contoh").room_types[0]
            services.change_rates(
                room_type_id=room_type.id,
                weekday=210_000,
                saturday=250_000,
                holiday=300_000,
                by_user_id=None,
                reason="new mattresses",
            )
        subject = services.subject_of(room_type=room_type)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.subject == subject)).one()
        assert entry.reason == "new mattresses"
        assert (entry.details["before"]["weekday"], entry.details["after"]["weekday"]) == (200_000, 210_000)


def test_the_same_rates_again_leave_no_row(app: Flask, world: World) -> None:
    with app.app_context():
        with transaction():
            room_type = queries.get_homestay("omah-contoh").room_types[0]
            services.change_rates(
                room_type_id=room_type.id, weekday=200_000, saturday=250_000, holiday=300_000, by_user_id=None
            )
        assert actions(services.subject_of(room_type=room_type)) == []


@pytest.mark.parametrize("price", [0, -1, 50_000_001])
def test_a_price_that_cannot_be_is_named(app: Flask, world: World, price: int) -> None:
    with app.app_context(), transaction():
        room_type = queries.get_homestay("omah-contoh").room_types[0]
        with pytest.raises(Invalid) as refused:
            services.change_rates(
                room_type_id=room_type.id, weekday=price, saturday=250_000, holiday=300_000, by_user_id=None
            )
    assert [field for field, _message in refused.value.errors] == ["weekday"]


def test_closing_twice_is_one_act(app: Flask, world: World) -> None:
    with app.app_context():
        with transaction():
            room_type = queries.get_homestay("omah-contoh").room_types[0]
            services.set_open(room_type_id=room_type.id, is_open=False, by_user_id=None)
            services.set_open(room_type_id=room_type.id, is_open=False, by_user_id=None)
        assert actions(services.subject_of(room_type=room_type)) == ["room_type.closed"]


def test_a_paused_house_comes_back_and_a_retired_one_does_not(app: Flask, world: World) -> None:
    def move(wanted: PublicationState) -> None:
        services.move_publication(homestay_id=world.family_id, wanted=wanted, by_user_id=None)

    with app.app_context(), transaction():
        move(PublicationState.PAUSED)
        move(PublicationState.PUBLISHED)
        move(PublicationState.RETIRED)
        with pytest.raises(WrongState):
            move(PublicationState.PUBLISHED)
        assert actions("homestay:omah-contoh").count("homestay.moved") == 5


def test_nothing_open_nothing_published(app: Flask, world: World) -> None:
    with app.app_context(), transaction():
        services.move_publication(
            homestay_id=world.lodging_id, wanted=PublicationState.PAUSED, by_user_id=None
        )
        (room_type,) = queries.get_homestay("balkondes-contoh").room_types
        services.set_open(room_type_id=room_type.id, is_open=False, by_user_id=None)
        with pytest.raises(WrongState):
            services.move_publication(
                homestay_id=world.lodging_id, wanted=PublicationState.PUBLISHED, by_user_id=None
            )


def test_an_unknown_house_is_not_found(app: Flask, world: World) -> None:
    with app.app_context(), pytest.raises(NotFound), transaction():
        services.move_publication(homestay_id=9999, wanted=PublicationState.PAUSED, by_user_id=None)
