"""The life of a product on sale, as its maker and its village move it."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.db import transaction
from app.showcase import queries
from app.users.rules import Role
from app.villages.rules import PublicationState
from tests.factories import Goods, make_product
from tests.machinery.clients import Visitor
from tests.showcase.conftest import Etalase, page_of, signed_in


def press(visitor: Visitor, wanted: str) -> None:
    """Press the button of one step in a product's life; each has a form of its own."""
    form = next(form for form in visitor.forms if ("wanted", wanted) in form.buttons)
    visitor.client.post(form.action, data=dict(form.values) | {"wanted": wanted})
    visitor.open(form.action.removesuffix("/state"))


def state_of(app: Flask, goods: Goods) -> PublicationState:
    with app.app_context():
        return queries.get_product_by_id(goods.product_id).state


def test_a_maker_pauses_and_takes_up_again(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    press(maker.open(page_of(etalase.drink)), "paused")
    assert state_of(app, etalase.drink) == PublicationState.PAUSED
    assert "Paused" in maker.text
    press(maker, "published")
    assert state_of(app, etalase.drink) == PublicationState.PUBLISHED


def test_the_village_puts_a_new_product_on_sale(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    with app.app_context(), transaction():
        owner = queries.get_maker(etalase.drink.maker_slug)
        new = make_product(maker=owner, published=False)
    press(maker.open(page_of(new)), "proposed")
    assert "Your village looks at it and puts it on sale." in maker.text
    assert ("wanted", "published") not in [button for form in maker.forms for button in form.buttons]
    token = dict(maker.forms[-1].values)["csrf_token"]
    maker.client.post(f"{page_of(new)}/state", data={"csrf_token": token, "wanted": "published"})
    assert state_of(app, new) == PublicationState.PROPOSED
    assert "Your village looks at it first" in maker.open(page_of(new)).text
    desk = signed_in(app, maker, Role.DESK, village_id=etalase.drink.village_id)
    press(desk.open(page_of(new)), "published")
    assert state_of(app, new) == PublicationState.PUBLISHED


@pytest.mark.parametrize("wanted", ["drafted", "gold", ""])
def test_a_step_that_leads_nowhere_changes_nothing(
    app: Flask, maker: Visitor, etalase: Etalase, wanted: str
) -> None:
    maker.open(page_of(etalase.drink))
    token = dict(maker.forms[-1].values)["csrf_token"]
    answer = maker.client.post(
        f"{page_of(etalase.drink)}/state", data={"csrf_token": token, "wanted": wanted}
    )
    assert answer.status_code == 303
    assert state_of(app, etalase.drink) == PublicationState.PUBLISHED


def test_a_retired_product_is_filled_up_no_more(app: Flask, maker: Visitor, etalase: Etalase) -> None:
    press(maker.open(page_of(etalase.drink)), "retired")
    assert state_of(app, etalase.drink) == PublicationState.RETIRED
    assert not [form for form in maker.forms if "restock" in form.action or "state" in form.action]
    assert maker.open(f"/showcase/{etalase.drink.slug}").status == 404
