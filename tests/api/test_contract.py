"""The names that others rely on: each endpoint gives at least these, and nothing that is not described."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import ARRIVAL, DEPARTURE, Program, World, goods, outing, stay, trip

VILLAGE = {"slug", "name", "bumdes", "sponsor", "theme", "latitude", "longitude", "products", "counts"}
STAY = {
    *("room_type", "name", "homestay", "village", "beds", "sleeps", "rooms_needed", "rooms_left"),
    *("nightly", "total", "rate_plan", "terms", "currency"),
}
LINE = {
    *("kind", "room_type", "arrival", "departure", "rooms", "adults", "children", "extra_beds"),
    *("price", "tax", "terms"),
}
ANY_LINE = {"kind", "name", "title", "village", "price", "tax", "terms", "cancelled_at"}
OUTING = {"departure", "package", "starts_at", "ends_at", "party", "participants"}
GOODS = {"product", "quantity", "pickup", "pickup_on", "ready", "handed_over"}
PACKAGE = {
    "slug",
    "name",
    "village",
    "kind",
    "duration",
    "price_rules",
    "limits",
    "languages",
    "meeting_point",
}
RUN = {
    *("departure", "starts_at", "ends_at", "seats_left", "price", "price_unit", "min_party"),
    *("bookable_until", "state"),
}
PRODUCT = {
    *("product", "slug", "name", "maker", "village", "story", "price", "in_stock", "shelf_life_days"),
    "pickup_villages",
}
SHARE = {"payee", "kind", "amount"}
PAYMENT = {"method", "amount", "due_at", "url", "instructions", "currency"}
BOOKING = {"code", "state", "total", "amount_due", "lines", "shares", "currency"}
PROBLEM = {"type", "title", "status", "detail", "code"}


def names(found: Any) -> set[str]:
    return set(found)


@pytest.fixture
def made(program: Program, world: World) -> dict[str, Any]:
    """A booking just made."""
    answer: dict[str, Any] = program.post("/bookings", trip(stay(world.room)), key="contract").json
    return answer


def test_villages(program: Program, world: World) -> None:
    page = program.get("/villages").json
    assert names(page) == {"items", "next"}
    assert names(page["items"][0]) >= VILLAGE
    assert names(program.get("/villages/sarihayu").json) >= VILLAGE


def test_stays(program: Program, world: World) -> None:
    page = program.get("/stays", arrival=ARRIVAL, departure=DEPARTURE).json
    assert names(page) == {"items", "next"}
    item = page["items"][0]
    assert names(item) >= STAY
    assert names(item["nightly"][0]) == {"night", "price"}
    assert names(item["terms"]) == {"code", "steps"}
    assert names(item["terms"]["steps"][0]) == {"until", "keeps"}


def test_a_homestay(program: Program, world: World) -> None:
    house = program.get("/homestays/omah-contoh").json
    assert names(house) >= {"homestay", "host", "room_types", "photos", "rules", "reviews"}


def test_a_calendar(program: Program, world: World) -> None:
    answer = program.get("/homestays/omah-contoh/calendar", **{"from": ARRIVAL, "to": DEPARTURE}).json
    night = answer["room_types"][0]["nights"][0]
    assert names(night) >= {"night", "free", "price", "min_nights", "arrival_allowed"}


def test_packages_departures_and_products(program: Program, world: World) -> None:
    days = {"from": ARRIVAL, "to": DEPARTURE}
    for path, query, wanted in (
        ("/packages", {}, PACKAGE),
        (f"/packages/{world.package}/departures", days, RUN),
        ("/products", {}, PRODUCT),
    ):
        page = program.get(path, **query).json
        assert names(page) == {"items", "next"}
        assert names(page["items"][0]) >= wanted
    assert names(program.get(f"/packages/{world.package}").json) >= PACKAGE
    assert names(program.get(f"/products/{world.goods}").json) >= PRODUCT


def test_every_kind_of_line(program: Program, world: World) -> None:
    lines = [stay(world.room), outing(world.departure), goods(world.product)]
    told = program.get("/openapi.json").json["components"]["schemas"]
    shapes = ("StayLineAnswer", "PackageLineAnswer", "ProductLineAnswer")
    for answer in (
        program.post("/quotes", {"lines": lines}).json,
        program.post("/bookings", trip(*lines), key="k").json,
    ):
        for line, own, shape in zip(answer["lines"], (LINE, OUTING, GOODS), shapes, strict=True):
            assert names(line) >= ANY_LINE | own
            assert names(line) == names(told[shape]["properties"])


def test_a_cancellation(program: Program, made: dict[str, Any]) -> None:
    path, token = f"/bookings/{made['code']}", made["access_token"]
    asked = program.get(path + "/cancellation", token=token).json
    assert names(asked) >= {"refund", "kept", "currency", "lines"}
    assert names(asked["lines"][0]) == {"line", "paid", "kept", "refund", "keeps", "until", "terms"}
    gone = program.post(path + "/cancel", {}, key="c", token=token).json
    assert names(gone) >= BOOKING | {"amount_paid", "payments", "refunds", "refund", "kept"}


def test_a_quote(program: Program, world: World) -> None:
    quote = program.post("/quotes", {"lines": [stay(world.room)]}).json
    assert names(quote) >= {"lines", "total", "shares", "valid_until", "currency"}
    assert names(quote["lines"][0]) >= LINE
    assert names(quote["shares"][0]) == SHARE


def test_a_booking_made(made: dict[str, Any]) -> None:
    assert names(made) >= BOOKING | {"access_token", "hold_expires_at", "payment"}
    assert names(made["payment"]) >= PAYMENT
    wanted = {"bank", "number", "account_name", "amount", "unique_code", "text"}
    assert names(made["payment"]["instructions"]) == wanted | {"merchant_name", "nmid", "qris"}
    assert names(made["lines"][0]) >= LINE
    assert names(made["shares"][0]) == SHARE


def test_a_booking_read(program: Program, made: dict[str, Any]) -> None:
    booking = program.get(f"/bookings/{made['code']}", token=made["access_token"]).json
    assert names(booking) >= BOOKING | {"amount_paid", "payments", "refunds"}


def test_a_new_attempt(program: Program, made: dict[str, Any]) -> None:
    path = f"/bookings/{made['code']}/payments"
    attempt = program.post(path, {"method": "transfer"}, key="again", token=made["access_token"]).json
    assert names(attempt) >= PAYMENT
    assert names(attempt["payment"]) >= PAYMENT


def test_the_books(program: Program, world: World) -> None:
    books = program.get("/books/sarihayu", month="2027-05").json
    assert names(books) >= {"month", "village", "income", "shares", "currency"}
    assert names(books["income"][0]) == names(books["shares"][0]) == {"kind", "amount"}


def test_a_refusal(program: Program, world: World) -> None:
    refusal = program.get("/villages/nowhere")
    assert names(refusal.json) == PROBLEM
    assert refusal.mimetype == "application/problem+json"


def test_everything_given_is_described(program: Program, made: dict[str, Any]) -> None:
    told = program.get("/openapi.json").json["components"]["schemas"]
    assert names(made) == names(told["NewBookingAnswer"]["properties"])
    assert names(made["lines"][0]) == names(told["StayLineAnswer"]["properties"])
    booking = program.get(f"/bookings/{made['code']}", token=made["access_token"]).json
    assert names(booking) == names(told["BookingAnswer"]["properties"])
