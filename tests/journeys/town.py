"""One village with a house, its host and its treasurer, as the journeys need it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask

from app.core.db import transaction
from app.users import queries, services
from app.users.rules import Role
from tests.factories import in_days, make_house, make_package, make_product, make_user

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


@dataclass(frozen=True)
class Wares:
    """One thing of each kind in one village, as texts of a trip, for the same two days."""

    stay: str
    package: str
    product: str
    departure_id: int

    @property
    def lines(self) -> list[str]:
        """All three."""
        return [self.stay, self.package, self.product]


def build_wares(app: Flask, *, seats: int = 4) -> Wares:
    """A house with two rooms, a cooking class on the day after arrival for two of `seats`, crisps for three."""
    with app.app_context(), transaction():
        arrival, departure = in_days(20), in_days(22)
        house = make_house(rooms=2, sleeps=2)
        tour = make_package(name="Dapur Contoh", on=in_days(21), seats=seats)
        goods = make_product(name_en="Sample crisps", pieces=5)
        assert tour.departure_id is not None
        return Wares(
            f"{house.room}.{arrival}.{departure}.1.2.0",
            f"p.{tour.departure}.2.0",
            f"g.{goods.product}.3.{goods.pickup}",
            tour.departure_id,
        )


def address_of(*lines: str, language: str = "en") -> str:
    """The page on which a trip is booked."""
    return f"/bookings/new?{urlencode({'line': lines, 'lang': language}, doseq=True)}"
