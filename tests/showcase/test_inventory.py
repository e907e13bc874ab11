"""Pieces are found, priced, held, sold and given back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.counters import Counter, CounterClaim
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, SoldOut
from app.showcase import inventory, services
from app.showcase.inventory import Claim, ProductChoice, ProductOffer, ProductSearch
from app.showcase.models import Stock
from app.showcase.rules import ProductKind
from app.villages.rules import PublicationState
from tests.factories import NOW, Goods, make_maker, make_product, make_product_choice, make_village

HOUR = timedelta(hours=1)
ONE, TWO, THREE = 101, 102, 103
"""Lines of bookings, as the inventory knows them: numbers."""


@pytest.fixture
def goods(session: Session, set_clock: Callable[..., None]) -> Goods:
    """Five pieces, at ten in the morning of 20 April 2027."""
    set_clock(NOW)
    with transaction():
        return make_product(pieces=5)


def left(goods: Goods, pickup: str | None = None) -> int:
    return inventory.pieces_left(make_product_choice(goods, pickup=pickup))


def hold(goods: Goods, quantity: int, line: int = ONE, *, hours: int = 1) -> None:
    with transaction():
        inventory.hold([Claim(line, goods.stock_id, quantity)], clock.now() + hours * HOUR)


def counter_of(goods: Goods) -> tuple[int, int]:
    """How many have come and how many are taken, as the counter says."""
    query = db.session.query(Counter).join(Stock, Stock.counter_id == Counter.id)
    counter = query.where(Stock.id == goods.stock_id).populate_existing().one()
    return counter.capacity, counter.taken


def found(**search: object) -> list[ProductOffer]:
    return inventory.find_free(ProductSearch(**search))


# Taking


def test_held_pieces_are_nobody_elses(goods: Goods) -> None:
    hold(goods, 3)
    assert left(goods) == 2
    with pytest.raises(SoldOut) as lost:
        hold(goods, 3, TWO)
    assert lost.value.extra["lines"] == {TWO: 2}
    assert left(goods) == 2


def test_a_lapsed_hold_is_free_at_once(goods: Goods) -> None:
    hold(goods, 5)
    with clock.shifted(NOW + 2 * HOUR):
        assert left(goods) == 5
        hold(goods, 4, TWO)
        assert left(goods) == 1
        assert counter_of(goods) == (5, 4)


def test_extending_keeps_the_same_pieces_for_longer(goods: Goods) -> None:
    hold(goods, 5)
    with transaction():
        inventory.extend([Claim(ONE, goods.stock_id, 5)], clock.now() + 5 * HOUR)
    with clock.shifted(NOW + 2 * HOUR):
        assert left(goods) == 0
    with clock.shifted(NOW + 6 * HOUR):
        assert left(goods) == 5


def test_extending_what_somebody_else_took_meanwhile_is_refused(goods: Goods) -> None:
    hold(goods, 3)
    with clock.shifted(NOW + 2 * HOUR):
        hold(goods, 4, TWO)
        with pytest.raises(SoldOut) as lost, transaction():
            inventory.extend([Claim(ONE, goods.stock_id, 3)], clock.now() + HOUR)
        assert lost.value.extra["lines"] == {ONE: 1}
        assert left(goods) == 1


def test_what_is_sold_does_not_lapse(goods: Goods) -> None:
    hold(goods, 2)
    for _ in range(2):
        with transaction():
            inventory.confirm([Claim(ONE, goods.stock_id, 2)])
    with clock.shifted(NOW + 100 * HOUR):
        assert left(goods) == 3
    assert counter_of(goods) == (5, 2)


def test_late_money_takes_again_what_is_still_there(goods: Goods) -> None:
    hold(goods, 2)
    with clock.shifted(NOW + 2 * HOUR):
        hold(goods, 3, TWO)
        with transaction():
            inventory.confirm([Claim(ONE, goods.stock_id, 2)])
        assert left(goods) == 0
        with pytest.raises(SoldOut), transaction():
            inventory.confirm([Claim(THREE, goods.stock_id, 1)])


def test_giving_back_frees_ones_own_only(goods: Goods) -> None:
    hold(goods, 2)
    hold(goods, 1, TWO)
    with transaction():
        inventory.confirm([Claim(ONE, goods.stock_id, 2)])
    with transaction():
        inventory.release([ONE, THREE])
    assert left(goods) == 4
    assert [claim.reference for claim in db.session.query(CounterClaim)] == [f"line:{TWO}"]


def test_two_lines_of_the_same_pieces_in_one_trip(goods: Goods) -> None:
    with transaction():
        inventory.hold([Claim(ONE, goods.stock_id, 2), Claim(TWO, goods.stock_id, 3)], clock.now() + HOUR)
    assert left(goods) == 0
    with transaction():
        inventory.release([ONE, TWO])
    with pytest.raises(SoldOut) as lost, transaction():
        inventory.hold([Claim(ONE, goods.stock_id, 3), Claim(TWO, goods.stock_id, 3)], clock.now() + HOUR)
    assert lost.value.extra["lines"] == {TWO: 2}
    assert left(goods) == 5, "a trip is all or nothing"


def test_a_trip_of_two_products_is_all_or_nothing(goods: Goods) -> None:
    with transaction():
        other = make_product(pieces=1)
    with pytest.raises(SoldOut) as lost, transaction():
        inventory.hold([Claim(ONE, goods.stock_id, 2), Claim(TWO, other.stock_id, 2)], clock.now() + HOUR)
    assert lost.value.extra["lines"] == {TWO: 1}
    assert (left(goods), left(other)) == (5, 1)


def test_each_place_has_its_own_pieces(goods: Goods) -> None:
    with transaction():
        spread = make_product(pickups={"sarihayu": 1, "tirtomulyo": 4})
    hold(spread, 1)
    assert (left(spread, "sarihayu"), left(spread, "tirtomulyo"), left(spread, "nowhere")) == (0, 4, 0)


# Pricing


def test_a_quote_says_what_whose_and_where(goods: Goods) -> None:
    quote = inventory.quote(make_product_choice(goods, quantity=3))
    assert (quote.unit_price, quote.quantity, quote.total) == (25_000, 3, 75_000)
    assert (quote.product.id, quote.maker.id, quote.stock.id) == (
        goods.product_id,
        goods.maker_id,
        goods.stock_id,
    )
    assert quote.village.slug == "sarihayu"


@pytest.mark.parametrize("quantity", [0, -1, 51])
def test_a_number_that_nobody_takes_home(goods: Goods, quantity: int) -> None:
    with pytest.raises(Invalid) as refused:
        inventory.quote(make_product_choice(goods, quantity=quantity))
    assert [field for field, _message in refused.value.errors] == ["quantity"]


@pytest.mark.parametrize("on", [date(2027, 4, 19), date(2030, 1, 1)])
def test_a_day_on_which_nobody_hands_it_over(goods: Goods, on: date) -> None:
    with pytest.raises(Invalid) as refused:
        inventory.quote(ProductChoice(goods.product, 1, goods.pickup, on))
    assert [field for field, _message in refused.value.errors] == ["pickup_on"]


@pytest.mark.parametrize("on", [None, date(2027, 4, 20), date(2027, 5, 3)])
def test_a_day_on_which_it_can_be_picked_up(goods: Goods, on: date | None) -> None:
    assert inventory.quote(ProductChoice(goods.product, 1, goods.pickup, on)).quantity == 1


def test_what_is_not_sold_has_no_price(goods: Goods) -> None:
    with transaction():
        draft = make_product(published=False)
        make_village("tirtomulyo")
    for choice in (
        ProductChoice("nothing", 1, goods.pickup),
        ProductChoice(goods.product, 1, "tirtomulyo"),
        make_product_choice(draft),
    ):
        with pytest.raises(NotFound):
            inventory.quote(choice)
        assert inventory.pieces_left(choice) == 0


def test_a_paused_product_is_not_sold(goods: Goods) -> None:
    with transaction():
        services.move_publication(
            product_id=goods.product_id, wanted=PublicationState.PAUSED, by_user_id=None
        )
    with pytest.raises(NotFound):
        inventory.quote(make_product_choice(goods))
    assert found() == []


# Finding


def test_an_offer_adds_up_its_places_the_fullest_first(goods: Goods) -> None:
    with transaction():
        spread = make_product(pickups={"sarihayu": 1, "tirtomulyo": 4})
    hold(spread, 1)
    offer = next(offer for offer in found() if offer.product.id == spread.product_id)
    assert offer.in_stock == 4
    assert [(village.slug, count) for village, count in offer.pickups] == [("tirtomulyo", 4), ("sarihayu", 0)]
    assert not offer.is_sold_out


def test_what_is_sold_out_comes_last(goods: Goods) -> None:
    hold(goods, 5)
    with transaction():
        others = [make_product().product_id for _ in range(3)]
    offers = found()
    assert offers[-1].product.id == goods.product_id
    assert offers[-1].is_sold_out
    assert {offer.product.id for offer in offers[:-1]} == set(others)


def test_villages_take_turns_from_day_to_day(session: Session, set_clock: Callable[..., None]) -> None:
    """Two products in each of three villages: first one of each village, and within twenty days each began."""
    set_clock(NOW)
    with transaction():
        for slug in ("sarihayu", "tirtomulyo", "wonosari"):
            for _ in range(2):
                make_product(make_village(slug))
    began = set()
    for day in range(20):
        with clock.shifted(NOW + timedelta(days=day)):
            shown = [offer.maker.village.slug for offer in found()]
        assert len(set(shown[:3])) == len(set(shown[3:])) == 3, "nobody's second before everybody's first"
        began.add(shown[0])
    assert began == {"sarihayu", "tirtomulyo", "wonosari"}


def test_a_search_by_village_maker_kind_and_words(goods: Goods) -> None:
    with transaction():
        other = make_village("tirtomulyo")
        maker = make_maker(other, name="Pak Lempung")
        pot = make_product(maker=maker, name="Kendi 100% tanah", name_en="Clay jug", kind=ProductKind.CRAFT)
    searches: list[tuple[dict[str, object], set[int]]] = [
        ({"village": "tirtomulyo"}, {pot.product_id}),
        ({"village": "nowhere"}, set()),
        ({"maker": goods.maker_slug}, {goods.product_id}),
        ({"kind": ProductKind.CRAFT}, {pot.product_id}),
        ({"kind": ProductKind.PLANT}, set()),
        ({"text": "JUG"}, {pot.product_id}),
        ({"text": "kendi"}, {pot.product_id}),
        ({"text": "lempung kendi"}, {pot.product_id}),
        ({"text": "sarihayu"}, {goods.product_id}),
        ({"text": "100%"}, {pot.product_id}),
        ({"text": "_"}, set()),
        ({"text": "lempung keripik"}, set()),
        ({"text": "  "}, {goods.product_id, pot.product_id}),
    ]
    for search, wanted in searches:
        assert {offer.product.id for offer in found(**search)} == wanted, search
