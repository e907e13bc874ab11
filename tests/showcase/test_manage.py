"""The maker's door: whose products, more have come, counted again, paused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.bookings.models import BookingLine
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.revenue.rules import PayeeKind
from app.showcase import queries
from app.users.rules import Role
from tests.factories import NOW, make_hold, make_paid, make_payee, make_product, make_product_choice
from tests.machinery.clients import Visitor
from tests.showcase.conftest import LIST, Etalase, counted, left, page_of, signed_in, take


def add(visitor: Visitor, stock_id: int, pieces: object) -> Visitor:
    """Write a number and press Add, in the form of this place."""
    return visitor.submit(f"/stocks/{stock_id}/restock", **{f"stock-{stock_id}-pieces": pieces})


def count(visitor: Visitor, stock_id: int, pieces: object, reason: str = "two broke") -> Visitor:
    fields = {f"count-{stock_id}-pieces_left": pieces, f"count-{stock_id}-reason": reason}
    return visitor.submit(f"/stocks/{stock_id}/count", **fields)


def filled(app: Flask) -> list[int]:
    """What was added, as the audit has it."""
    with app.app_context():
        rows = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "stock.filled")).all()
        assert all(row.user_id is not None for row in rows)
        return [row.details["pieces"] for row in rows]


# Whose


def test_a_maker_sees_the_own_products_with_what_is_left(maker: Visitor, etalase: Etalase) -> None:
    maker.open(LIST)
    assert maker.status == 200
    assert "Crisps" in maker.text
    assert "Ginger drink" in maker.text
    assert "Clay jug" not in maker.text
    assert "5 left in Sarihayu" in maker.text
    assert "2 left in Tirtomulyo" in maker.text
    assert ("Products", LIST) in maker.links


def test_anothers_product_is_not_there(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    mine, other = etalase.crisps, etalase.pot
    assert maker.open(page_of(mine)).status == 200
    assert maker.open(page_of(other)).status == 404
    maker.open(page_of(mine))
    token = dict(maker.forms[-1].values)["csrf_token"]
    sent = {
        "csrf_token": token,
        f"stock-{other.stock_id}-pieces": "9",
        f"stock-{other.stock_id}-key": "k",
        f"count-{other.stock_id}-pieces_left": "1",
        f"count-{other.stock_id}-reason": "x",
        "wanted": "paused",
    }
    for path in (
        f"{LIST}/stocks/{other.stock_id}/restock",
        f"{LIST}/stocks/{other.stock_id}/count",
        f"{page_of(other)}/state",
    ):
        assert maker.client.post(path, data=sent).status_code == 404
    assert left(app, other) == 10


def test_the_desk_does_it_for_its_village_and_the_manager_for_all(
    app: Flask, visitor: Visitor, etalase: Etalase
) -> None:
    desk = signed_in(app, visitor, Role.DESK, village_id=etalase.crisps.village_id)
    add(desk.open(page_of(etalase.crisps)), etalase.crisps.stock_id, 3)
    assert left(app, etalase.crisps) == 8
    assert desk.open(page_of(etalase.pot)).status == 404
    manager = signed_in(app, visitor, Role.MANAGER)
    add(manager.open(page_of(etalase.pot)), etalase.pot.stock_id, 1)
    assert left(app, etalase.pot) == 11


def test_a_stranger_signs_in_and_a_host_is_refused(app: Flask, visitor: Visitor, etalase: Etalase) -> None:
    assert visitor.client.get(LIST).status_code in {302, 303}
    with app.app_context(), transaction():
        payee = make_payee(PayeeKind.HOST, village_id=etalase.crisps.village_id).id
    host = signed_in(app, visitor, Role.HOST, payee_id=payee)
    assert host.open(LIST).status == 403


def test_without_products_the_page_says_who_helps(app: Flask, visitor: Visitor, etalase: Etalase) -> None:
    with app.app_context(), transaction():
        new = make_payee(PayeeKind.MAKER, village_id=etalase.pot.village_id).id
    maker = signed_in(app, visitor, Role.MAKER, payee_id=new)
    assert "The desk of your village sets it up with you." in maker.open(LIST).text


# More have come


def test_a_number_and_a_button(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    add(maker.open(LIST), etalase.crisps.stocks["tirtomulyo"], 10)
    assert maker.status == 200
    assert maker.path == LIST
    assert "10 added. Crisps in Tirtomulyo: 12 left now." in maker.text
    assert (left(app, etalase.crisps, "tirtomulyo"), left(app, etalase.crisps, "sarihayu")) == (12, 5)
    assert filled(app) == [10]


def test_the_same_form_sent_twice_adds_once(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    maker.open(LIST)
    form = next(form for form in maker.forms if f"/stocks/{etalase.drink.stock_id}/" in form.action)
    sent = dict(form.values) | {f"stock-{etalase.drink.stock_id}-pieces": "4"}
    for _ in range(2):
        assert maker.client.post(form.action, data=sent).status_code == 303
    assert left(app, etalase.drink) == 14
    maker.open(LIST)
    assert "These pieces were added before, and only once." in maker.text
    other = maker.client.post(form.action, data=sent | {f"stock-{etalase.drink.stock_id}-pieces": "6"})
    assert other.status_code == 303
    assert "This form was sent before with another number." in maker.open(LIST).text
    assert left(app, etalase.drink) == 14
    add(maker, etalase.drink.stock_id, 4)
    assert left(app, etalase.drink) == 18, "a fresh form counts"


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ("0", "Write a number from 1 to 10000."),
        ("-4", "Write a number from 1 to 10000."),
        ("99999", "Write a number from 1 to 10000."),
        ("ten", "Please give a whole number."),
        ("", "Write a number."),
    ],
)
def test_a_number_that_cannot_be(
    app: Flask, maker: Visitor, etalase: Etalase, pieces: str, words: str
) -> None:
    add(maker.open(LIST), etalase.drink.stock_id, pieces)
    assert maker.status == 422
    assert words in maker.text
    assert left(app, etalase.drink) == 10
    add(maker, etalase.drink.stock_id, 2)
    assert left(app, etalase.drink) == 12, "the form that came back is good to go on with"


def test_a_form_without_its_key_adds_nothing(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    stock = etalase.drink.stock_id
    maker.open(LIST).submit(f"/stocks/{stock}/", **{f"stock-{stock}-pieces": 3, f"stock-{stock}-key": ""})
    assert maker.status == 422
    assert left(app, etalase.drink) == 10


# Counted again


def test_counting_again_needs_a_reason_and_leaves_a_row(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    stock = etalase.drink.stock_id
    count(maker.open(page_of(etalase.drink)), stock, 7, "")
    assert maker.status == 422
    assert maker.text.count("Say in a few words why the number was wrong.") == 2
    assert left(app, etalase.drink) == 10
    count(maker, stock, 7, "three broke")
    assert "Counted: 7 are left in Sarihayu." in maker.text
    assert left(app, etalase.drink) == 7
    with app.app_context():
        row = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "stock.corrected")).one()
        assert (row.reason, row.details["before"], row.details["after"]) == ("three broke", 10, 7)
        assert row.user_id is not None


def test_sold_while_counting_is_said_with_the_new_number(
    app: Flask, maker: Visitor, etalase: Etalase
) -> None:
    maker.open(page_of(etalase.drink))
    take(app, etalase.drink, 4)
    count(maker, etalase.drink.stock_id, 9)
    assert maker.status == 409
    assert "the number moved from 10 to 6. Count once more." in maker.text
    assert left(app, etalase.drink) == 6
    count(maker, etalase.drink.stock_id, 5)
    assert left(app, etalase.drink) == 5


# The pages


def test_in_indonesian_as_well(maker: Visitor, etalase: Etalase) -> None:
    for path in (LIST, page_of(etalase.drink)):
        maker.open(f"{path}?lang=id")
        assert maker.status == 200
        assert '<html lang="id"' in maker.html
        assert "Wedang" in maker.text


def test_the_list_asks_little_however_long(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    with counted(app) as asked:
        maker.open(LIST)
    assert 0 < len(asked) <= 8, "\n".join(asked)
    with app.app_context(), transaction():
        owner = queries.get_maker(etalase.drink.maker_slug)
        for number in range(25):
            make_product(maker=owner, name_en=f"Thing {number}")
    with counted(app) as more:
        maker.open(LIST)
    assert len(more) == len(asked)
    assert maker.html.count("<article") == 20
    page = next(form for form in maker.follow("More").forms if "restock" in form.action)
    stock = int(page.action.split("/stocks/")[1].split("/")[0])
    add(maker, stock, 1)
    assert maker.path == f"{LIST}?page=2", "back to where one was"


def test_what_lies_there_for_guests_is_not_counted_for_sale(
    app: Flask, maker: Visitor, etalase: Etalase
) -> None:
    """Two bought, one held until it is paid; what was fetched, or lapsed, lies there no more."""
    with app.app_context(), transaction():
        make_paid(None, make_product_choice(etalase.drink, quantity=2))
        make_hold(None, make_product_choice(etalase.drink, quantity=1))
        fetched = make_paid(None, make_product_choice(etalase.drink, quantity=3)).id
        db.session.execute(
            update(BookingLine).where(BookingLine.booking_id == fetched).values(handed_over_at=clock.now())
        )
    with app.app_context(), clock.shifted(NOW - timedelta(days=3)), transaction():
        make_hold(None, make_product_choice(etalase.drink, quantity=4))
    maker.open(page_of(etalase.drink))
    assert "4 left in Sarihayu" in maker.text
    assert "3 more are kept for guests" in maker.text
    assert "Without the 3 that are kept for guests." in maker.text
    assert "3 more are kept for guests" in maker.open(LIST).text
    maker.open(page_of(etalase.crisps))
    assert "Nothing is kept for guests here just now." in maker.text
