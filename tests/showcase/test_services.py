"""Makers and products are set up, filled up, counted again, and move through their life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from app.core.words import force_locale
from app.revenue.rules import PayeeKind, RevenueKind, SoldUnit, planned
from app.revenue.services import terms_for
from app.showcase import inventory, queries, services
from app.showcase.inventory import Claim
from app.showcase.rules import ProductKind
from app.showcase.services import ProductProfile
from app.users.rules import Scope
from app.villages.rules import PublicationState
from tests.factories import (
    NOW,
    Goods,
    make_agreement,
    make_maker,
    make_product,
    make_product_choice,
    make_village,
)

PROFILE = ProductProfile(ProductKind.FOOD, "Slondok", "Crisps", "Cerita.", "A story.", "200 g", "200 g", 30)
LINE = 101


@pytest.fixture
def goods(session: Session, set_clock: Callable[..., None]) -> Goods:
    """Five pieces, at ten in the morning of 20 April 2027."""
    set_clock(NOW)
    with transaction():
        return make_product(pieces=5)


def left(goods: Goods) -> int:
    return inventory.pieces_left(make_product_choice(goods))


def take(goods: Goods, quantity: int, *, line: int = LINE, sold: bool = False) -> None:
    claims = [Claim(line, goods.stock_id, quantity)]
    with transaction():
        inventory.confirm(claims) if sold else inventory.hold(claims, clock.now() + timedelta(hours=1))


def correct(goods: Goods, pieces_left: int, *, reason: str = "two broke", seen: int | None = None) -> int:
    with transaction():
        return services.correct_stock(
            stock_id=goods.stock_id, pieces_left=pieces_left, reason=reason, by_user_id=None, seen=seen
        )


def audited(goods: Goods, action: str) -> list[AuditEntry]:
    query = select(AuditEntry).where(
        AuditEntry.subject == f"product:{goods.slug}", AuditEntry.action == action
    )
    return list(db.session.scalars(query))


# Filling up


def test_pieces_that_come_are_added(goods: Goods) -> None:
    take(goods, 2, sold=True)
    with transaction():
        assert services.restock(stock_id=goods.stock_id, pieces=7) == 10
    assert left(goods) == 10
    assert [row.details["pieces"] for row in audited(goods, "stock.filled")] == [7]


@pytest.mark.parametrize("pieces", [0, -3, 10_001])
def test_nobody_brings_so_many(goods: Goods, pieces: int) -> None:
    with pytest.raises(Invalid) as refused, transaction():
        services.restock(stock_id=goods.stock_id, pieces=pieces)
    assert [field for field, _message in refused.value.errors] == ["pieces"]
    assert left(goods) == 5


def test_a_place_that_is_not_there(goods: Goods) -> None:
    with pytest.raises(NotFound), transaction():
        services.restock(stock_id=10**6, pieces=1)


# Counting again


def test_a_count_says_what_is_left_whatever_was_thought(goods: Goods) -> None:
    take(goods, 2, sold=True)
    assert correct(goods, 9, reason="a bag was forgotten") == 9
    assert correct(goods, 1) == 1
    rows = audited(goods, "stock.corrected")
    assert [(row.details["before"], row.details["after"]) for row in rows] == [(3, 9), (9, 1)]
    assert [row.reason for row in rows] == ["a bag was forgotten", "two broke"]


def test_below_what_is_sold_the_place_is_empty_and_guests_keep_theirs(goods: Goods) -> None:
    """All the rest is gone: what guests have bought or hold stays theirs, and nothing else is for sale."""
    take(goods, 2, sold=True)
    take(goods, 1, line=LINE + 1)
    assert correct(goods, 0, reason="rain") == 0
    with transaction():
        inventory.confirm([Claim(LINE + 1, goods.stock_id, 1), Claim(LINE, goods.stock_id, 2)])
    assert left(goods) == 0
    with transaction():
        inventory.release([LINE])
    assert left(goods) == 2, "what a guest gives back is there"


def test_a_lapsed_hold_counts_for_nobody_in_a_count(goods: Goods) -> None:
    take(goods, 4)
    with clock.shifted(NOW + timedelta(hours=2)):
        assert correct(goods, 3, seen=5) == 3
        assert left(goods) == 3


def test_sold_while_it_was_counted_is_counted_once_more(goods: Goods) -> None:
    take(goods, 2, sold=True)
    with force_locale("en"), pytest.raises(WrongState) as moved:
        correct(goods, 5, seen=5)
    assert "from 5 to 3" in moved.value.message
    assert left(goods) == 3
    assert correct(goods, 2, seen=3) == 2


@pytest.mark.parametrize(
    ("pieces", "reason", "field"),
    [(-1, "broke", "pieces_left"), (10_001, "broke", "pieces_left"), (3, "  ", "reason")],
)
def test_a_count_that_cannot_be(goods: Goods, pieces: int, reason: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        correct(goods, pieces, reason=reason)
    assert [name for name, _message in refused.value.errors] == [field]
    assert left(goods) == 5


# Setting up


def test_an_address_belongs_to_one_thing(goods: Goods) -> None:
    with pytest.raises(Conflict) as product, transaction():
        services.create_product(slug=goods.slug, maker_id=goods.maker_id, profile=PROFILE, price=1)
    with pytest.raises(Conflict) as maker, transaction():
        services.create_maker(
            slug=goods.maker_slug,
            village_id=goods.village_id,
            payee_id=goods.maker_payee_id,
            name="x",
            story_id="x",
            story_en="x",
        )
    assert (product.value.code, maker.value.code) == ("slug_taken", "slug_taken")


@pytest.mark.parametrize("price", [0, -5, 50_000_001])
def test_a_price_that_cannot_be(goods: Goods, price: int) -> None:
    with pytest.raises(Invalid), transaction():
        services.create_product(slug="new", maker_id=goods.maker_id, profile=PROFILE, price=price)


def test_a_product_waits_once_in_a_place(goods: Goods) -> None:
    with pytest.raises(Conflict) as refused, transaction():
        services.add_pickup(product_id=goods.product_id, village_id=goods.village_id, pieces=1)
    assert refused.value.code == "pickup_taken"
    with pytest.raises(Invalid), transaction():
        other = make_village("tirtomulyo")
        services.add_pickup(product_id=goods.product_id, village_id=other.id, pieces=-1)


# Its life


def step(goods: Goods, wanted: PublicationState, *, for_village: bool = True) -> PublicationState:
    with transaction():
        return services.move_publication(
            product_id=goods.product_id, wanted=wanted, by_user_id=None, for_village=for_village
        ).state


def test_the_village_puts_it_on_sale_first_the_maker_pauses_it(goods: Goods) -> None:
    with transaction():
        new = make_product(published=False)
    assert step(new, PublicationState.PROPOSED, for_village=False) == PublicationState.PROPOSED
    with pytest.raises(Forbidden):
        step(new, PublicationState.PUBLISHED, for_village=False)
    assert step(new, PublicationState.PUBLISHED) == PublicationState.PUBLISHED
    assert step(new, PublicationState.PAUSED, for_village=False) == PublicationState.PAUSED
    assert step(new, PublicationState.PUBLISHED, for_village=False) == PublicationState.PUBLISHED
    assert [row.details["after"] for row in audited(new, "product.moved")] == [
        "proposed",
        "published",
        "paused",
        "published",
    ]


def test_a_step_that_leads_nowhere(goods: Goods) -> None:
    with pytest.raises(WrongState):
        step(goods, PublicationState.PROPOSED)


def test_without_a_place_it_is_not_put_on_sale(goods: Goods) -> None:
    with transaction():
        new = services.create_product(slug="new", maker_id=goods.maker_id, profile=PROFILE, price=1000)
        services.move_publication(product_id=new.id, wanted=PublicationState.PROPOSED, by_user_id=None)
    with pytest.raises(WrongState), transaction():
        services.move_publication(product_id=new.id, wanted=PublicationState.PUBLISHED, by_user_id=None)


# What is there


def test_a_product_is_reached_through_its_maker_or_village(goods: Goods) -> None:
    with transaction():
        other = make_product(make_village("tirtomulyo"))
    mine = Scope(payees=frozenset({goods.maker_payee_id}))
    here = Scope(villages=frozenset({goods.village_id}))
    for scope in (mine, here):
        assert [product.id for product in queries.list_products_for(scope)] == [goods.product_id]
        assert queries.get_product_for(goods.slug, scope).id == goods.product_id
        assert queries.get_stock_for(goods.stock_id, scope).product_id == goods.product_id
        with pytest.raises(NotFound):
            queries.get_product_for(other.slug, scope)
        with pytest.raises(NotFound):
            queries.get_stock_for(other.stock_id, scope)
    assert len(queries.list_products_for(Scope(everything=True))) == 2
    assert queries.list_products_for(Scope()) == []


def test_products_by_their_stocks(goods: Goods) -> None:
    with transaction():
        spread = make_product(pickups={"sarihayu": 1, "tirtomulyo": 4})
    found = queries.products_by_stock_ids([goods.stock_id, *spread.stocks.values()])
    assert {stock_id: product.id for stock_id, product in found.items()} == {
        goods.stock_id: goods.product_id,
        spread.stocks["sarihayu"]: spread.product_id,
        spread.stocks["tirtomulyo"]: spread.product_id,
    }
    assert found[goods.stock_id].maker.village.slug == "sarihayu"


def test_what_is_on_sale_and_whose(goods: Goods) -> None:
    with transaction():
        other = make_product(make_village("tirtomulyo"))
        make_product(published=False)
    assert [product.id for product in queries.list_products()] == [goods.product_id, other.product_id]
    assert [product.id for product in queries.list_products(village="tirtomulyo")] == [other.product_id]
    assert queries.get_maker(goods.maker_slug).id == goods.maker_id
    with pytest.raises(NotFound):
        queries.get_maker("nobody")


def test_what_the_maker_gets_is_what_a_sale_would_give(
    session: Session, set_clock: Callable[..., None]
) -> None:
    """At a price that does not divide evenly, and with a fee of the maker's a piece."""
    set_clock(NOW)
    with transaction():
        village = make_village("tirtomulyo")
        make_agreement(village, kind=RevenueKind.PRODUCT, shares=(6667, 1333, 1000, 1000), host_fee=5_000)
        maker = make_maker(village)
        goods = make_product(maker=maker, price=33_333)
        bare = make_product(make_village("sarihayu"))
    on = date(2027, 4, 20)
    terms = terms_for(
        kind=RevenueKind.PRODUCT,
        village_id=village.id,
        village_slug=village.slug,
        on=on,
        payees={PayeeKind.MAKER: goods.maker_payee_id},
    )
    shares = planned([SoldUnit(0, 0, on, goods.price, terms)])
    own = sum(share.amount for share in shares if share.account == f"payee:{goods.maker_payee_id}")
    product = queries.get_product(goods.slug)
    assert queries.maker_gets([product], on) == {goods.product_id: own}
    assert own == 5_000 + (28_333 * 6667 // 10_000)
    before = date(2024, 12, 31)
    assert queries.maker_gets([product, queries.get_product(bare.slug)], before) == {}
