"""One village with a house, its host and its treasurer, as the journeys need it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from app.core.db import transaction
from app.users import queries, services
from app.users.rules import Role
from tests.factories import in_days, make_house, make_user

SECRET = "lampu-desa-41"


@dataclass(frozen=True)
class Town:
    """Who signs in, and when the guest comes."""

    host: str
    treasurer: str
    search: str


def build_town(app: Flask) -> Town:
    """Three rooms of a house that takes money at the door too, twenty days ahead for two nights and two people."""
    with app.app_context():
        with transaction():
            house = make_house(rooms=3, whole=True, sleeps=2)
            host = with_secret(make_user(Role.HOST, house=house, name="Bu Contoh"))
            treasurer = with_secret(make_user(Role.BUMDES_TREASURER, house=house, name="Bendahara Contoh"))
        arrival, departure = in_days(20), in_days(22)
    return Town(host, treasurer, f"arrival={arrival}&departure={departure}&adults=2")


def with_secret(user_id: int) -> str:
    """Give somebody the password of the journeys; gives the address they sign in with."""
    services.set_password(user_id=user_id, password=SECRET)
    user = queries.find_user(user_id)
    assert user is not None
    assert user.email is not None
    return user.email
