"""The guest's door: the etalase, a product, its maker, and the way on to booking. Nothing here has JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape

import pytest
from flask import Flask

from app.core import clock
from app.core.db import transaction
from app.showcase import services
from app.villages.rules import PublicationState
from tests.factories import make_maker, make_product, make_village
from tests.machinery.clients import Visitor
from tests.showcase.conftest import Etalase, counted, take


def chosen(visitor: Visitor, etalase: Etalase, button: str, **fields: object) -> str:
    """Where choosing leads, by the form that stands on the page."""
    visitor.open(f"/showcase/{etalase.crisps.slug}?lang=en")
    form = next(form for form in visitor.forms if form.action.endswith("/choose"))
    assert set(fields) <= form.names
    assert ("go", button) in form.buttons
    sent = dict(form.values) | {name: str(value) for name, value in fields.items()} | {"go": button}
    answer = visitor.client.post(form.action, data=sent)
    assert answer.status_code == 303
    return answer.headers["Location"]


def card(visitor: Visitor, name: str) -> str:
    """The visible words of the card with this name."""
    cards = visitor.html.split("<article")[1:]
    found = next(unescape(card) for card in cards if f">{name}</a>" in card)
    return " ".join(" ".join(part.split(">")[-1] for part in found.split("<")).split())


# The etalase


def test_a_card_says_what_whose_where_how_many_and_what_the_maker_gets(
    visitor: Visitor, etalase: Etalase
) -> None:
    visitor.open("/showcase?lang=en")
    assert visitor.status == 200
    assert "3 products" in visitor.text
    words = card(visitor, "Crisps")
    assert "Sarihayu · Food" in words
    assert "Made by Bu Renyah" in words
    assert "7 left, in 2 villages" in words
    assert "Rp25.000 · 250 g" in words
    assert "Rp17.500 of it is for Bu Renyah" in words
    assert "10 left, in Tirtomulyo" in card(visitor, "Clay jug")


def test_in_indonesian_as_well(visitor: Visitor, etalase: Etalase) -> None:
    visitor.open("/showcase?lang=id")
    assert visitor.status == 200
    assert '<html lang="id"' in visitor.html
    assert "Wedang" in visitor.text
    assert "Ginger drink" not in visitor.text
    assert "Rp17.500" in visitor.text


def test_a_search_by_words_village_and_kind_through_the_form(visitor: Visitor, etalase: Etalase) -> None:
    visitor.open("/showcase?lang=en").submit("/showcase", village="tirtomulyo")
    assert "Made in Tirtomulyo" in visitor.text
    assert "1 product" in visitor.text
    visitor.open("/showcase").submit("/showcase", kind="drink")
    assert ("Ginger drink" in visitor.text, "Clay jug" in visitor.text) == (True, False)
    visitor.open("/showcase").submit("/showcase", q="renyah jug")
    assert ("Crisps" in visitor.text, "Ginger drink" in visitor.text) == (False, False)
    visitor.open("/showcase").submit("/showcase", q="keripik renyah")
    assert "1 product" in visitor.text
    visitor.follow("See everything")
    assert "3 products" in visitor.text


def test_nothing_found_leads_on(visitor: Visitor, etalase: Etalase) -> None:
    visitor.open("/showcase?lang=en&q=unobtainium")
    assert visitor.status == 200
    assert "Nothing of that kind is on sale here just now." in visitor.text
    assert visitor.follow("See everything").text.count("left, in") == 3


@pytest.mark.parametrize(
    ("query", "field"), [("village=atlantis", "village"), ("kind=gold", "kind"), ("q=" + "a" * 81, "q")]
)
def test_what_is_wrong_is_said_beside_the_field(
    visitor: Visitor, etalase: Etalase, query: str, field: str
) -> None:
    visitor.open(f"/showcase?lang=en&{query}")
    assert visitor.status == 422
    assert f'href="#{field}"' in visitor.html
    assert f'id="{field}-error"' in visitor.html


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=-7", "page=9999", "q=%25", "q=", "maker=x"])
def test_odd_extras_do_no_harm(visitor: Visitor, etalase: Etalase, query: str) -> None:
    assert visitor.open(f"/showcase?{query}").status == 200


def test_what_is_sold_out_says_so_and_comes_last(app: Flask, visitor: Visitor, etalase: Etalase) -> None:
    take(app, etalase.crisps, 5, "sarihayu")
    visitor.open("/showcase?lang=en")
    assert "2 left, in Tirtomulyo" in card(visitor, "Crisps")
    take(app, etalase.crisps, 2, "tirtomulyo")
    visitor.open("/showcase?lang=en")
    assert "Sold out for now" in card(visitor, "Crisps")
    assert visitor.html.count("<article") == 3
    assert "Crisps" in visitor.html.split("<article")[-1]
    assert "an empty shelf, because it is sold out" in visitor.html


def test_more_than_a_page_goes_on(app: Flask, visitor: Visitor, etalase: Etalase) -> None:
    with app.app_context(), transaction():
        maker = make_maker(make_village("wonosari"))
        for number in range(12):
            make_product(maker=maker, name_en=f"Thing {number}", published=True)
    visitor.open("/showcase?lang=en&village=wonosari")
    assert visitor.html.count("<article") == 12
    assert not [words for words, _href in visitor.links if words == "More"]
    visitor.open("/showcase?lang=en")
    assert visitor.html.count("<article") == 12
    visitor.follow("More")
    assert visitor.html.count("<article") == 3


# A product


def test_a_product_says_all_that_one_asks(visitor: Visitor, etalase: Etalase) -> None:
    visitor.open(f"/showcase/{etalase.crisps.slug}?lang=en")
    assert visitor.status == 200
    for words in (
        "A sample product.",
        "Made by Bu Renyah",
        "A sample maker.",
        "for 60 days",
        "Balkondes Sarihayu5 left",
        "Balkondes Tirtomulyo2 left",
        "Rp17.500 of it is for Bu Renyah",
        "Until it is put aside for you all of your money comes back",
        "After that nothing comes back",
        "Also made in Sarihayu",
    ):
        assert words.replace(" ", "") in visitor.text.replace(" ", ""), words
    assert "Clay jug" not in visitor.text


def test_the_price_is_divided_to_the_last_rupiah(visitor: Visitor, etalase: Etalase) -> None:
    visitor.open(f"/showcase/{etalase.crisps.slug}?lang=en")
    parts = visitor.html.split('<dl class="shares">')[1].split("</dl>")[0]
    sums = [int(part.split("</dd>")[0].replace(".", "")) for part in parts.split("</small>Rp")[1:]]
    assert sorted(sums) == [1_250, 2_500, 3_750, 17_500]
    assert "This does not add up" not in visitor.text


def test_without_an_agreement_the_page_stands_and_names_no_share(app: Flask, visitor: Visitor) -> None:
    """Made before anything was agreed: the demo clock stands in 2024."""
    with app.app_context(), transaction():
        goods = make_product()
    with clock.shifted(datetime(2024, 6, 1, tzinfo=UTC)):
        for path in ("/showcase", f"/showcase/{goods.slug}", f"/showcase/makers/{goods.maker_slug}"):
            assert visitor.open(f"{path}?lang=en").status == 200
            assert "Rp25.000" in visitor.text
            assert "of it is for" not in visitor.text


def test_in_both_languages(visitor: Visitor, etalase: Etalase) -> None:
    visitor.open(f"/showcase/{etalase.drink.slug}?lang=id")
    assert "Wedang" in visitor.text
    assert "Produk contoh." in visitor.text
    visitor.open(f"/showcase/{etalase.drink.slug}?lang=en")
    assert "Ginger drink" in visitor.text
    assert "A sample product." in visitor.text


def test_choosing_leads_to_booking_or_into_the_trip(visitor: Visitor, etalase: Etalase) -> None:
    code = etalase.crisps.product
    assert chosen(visitor, etalase, "book") == f"/bookings/new?line=g.{code}.1.sarihayu"
    assert (
        chosen(visitor, etalase, "book", quantity=2, pickup="tirtomulyo")
        == f"/bookings/new?line=g.{code}.2.tirtomulyo"
    )
    assert chosen(visitor, etalase, "trip", quantity=5) == f"/trip?add=g.{code}.5.sarihayu"


def test_what_is_chosen_can_be_booked(visitor: Visitor, etalase: Etalase) -> None:
    visitor.open(f"/showcase/{etalase.crisps.slug}?lang=en").submit(
        "/choose", button="book", quantity=2, pickup="tirtomulyo"
    )
    assert visitor.status == 200
    assert visitor.path.startswith("/bookings/new?line=g.")
    assert "Rp50.000" in visitor.text


@pytest.mark.parametrize(
    ("quantity", "pickup", "words"),
    [
        ("3", "tirtomulyo", "Only 2 are left there."),
        ("0", "sarihayu", "Choose from 1 to 50 pieces."),
        ("-1", "sarihayu", "Choose from 1 to 50 pieces."),
        ("51", "sarihayu", "Choose from 1 to 50 pieces."),
        ("many", "sarihayu", "Please give a whole number."),
        ("", "sarihayu", "Write a number."),
    ],
)
def test_what_cannot_be_chosen_comes_back_with_the_form(
    visitor: Visitor, etalase: Etalase, quantity: str, pickup: str, words: str
) -> None:
    visitor.open(f"/showcase/{etalase.crisps.slug}?lang=en").submit(
        "/choose", button="book", quantity=quantity, pickup=pickup
    )
    assert visitor.status == 422
    assert visitor.text.count(words) == 2, "in the summary and beside the field"
    kept = dict(next(form.values for form in visitor.forms if form.action.endswith("/choose")))
    assert kept["pickup"] == pickup


def test_a_place_that_ran_empty_meanwhile(app: Flask, visitor: Visitor, etalase: Etalase) -> None:
    visitor.open(f"/showcase/{etalase.crisps.slug}?lang=en")
    take(app, etalase.crisps, 2, "tirtomulyo")
    visitor.submit("/choose", button="book", quantity=1, pickup="tirtomulyo")
    assert visitor.status == 422
    assert "Nothing is left there just now. Choose another place." in visitor.text
    assert "None left just now in Tirtomulyo." in visitor.text
    visitor.submit("/choose", button="book", quantity=1, pickup="somewhere")
    assert visitor.status == 404


def test_sold_out_and_paused_take_nobody_new(app: Flask, visitor: Visitor, etalase: Etalase) -> None:
    page = f"/showcase/{etalase.drink.slug}?lang=en"
    take(app, etalase.drink, 10)
    visitor.open(page)
    assert "Sold out for now" in visitor.text
    assert not [form for form in visitor.forms if "choose" in form.action]
    with app.app_context(), transaction():
        services.move_publication(
            product_id=etalase.drink.product_id, wanted=PublicationState.PAUSED, by_user_id=None
        )
    assert visitor.open(page).status == 200
    assert "Not on sale just now" in visitor.text
    assert "Ginger drink" not in visitor.open("/showcase").text


def test_drafts_and_unknown_ones_are_not_there(app: Flask, visitor: Visitor, etalase: Etalase) -> None:
    with app.app_context(), transaction():
        draft = make_product(published=False)
    for path in (draft.slug, "nothing", "makers/nobody"):
        assert visitor.open(f"/showcase/{path}").status == 404


# A maker


def test_a_maker_with_all_they_make(app: Flask, visitor: Visitor, etalase: Etalase) -> None:
    visitor.open(f"/showcase/{etalase.crisps.slug}?lang=en").follow("All that Bu Renyah makes")
    assert visitor.status == 200
    assert "Maker in Sarihayu" in visitor.text
    assert ("Crisps" in visitor.text, "Ginger drink" in visitor.text) == (True, True)
    assert "Clay jug" not in visitor.text


# How much the pages ask


@pytest.mark.parametrize(
    ("page", "most"), [("/showcase", 6), ("/showcase?village=sarihayu", 6), ("product", 8), ("maker", 6)]
)
def test_pages_ask_little(app: Flask, visitor: Visitor, etalase: Etalase, page: str, most: int) -> None:
    path = {
        "product": f"/showcase/{etalase.crisps.slug}",
        "maker": f"/showcase/makers/{etalase.crisps.maker_slug}",
    }.get(page, page)
    with counted(app) as asked:
        assert visitor.open(path).status == 200
    assert 0 < len(asked) <= most, "\n".join(asked)
    with app.app_context(), transaction():
        for number in range(8):
            make_product(make_village("sarihayu"), name_en=f"Thing {number}")
    with counted(app) as more:
        visitor.open(path)
    assert len(more) == len(asked), "no more with more products"
