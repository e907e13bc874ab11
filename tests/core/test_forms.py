"""What people really type: amounts, phone numbers, counts, texts."""

from __future__ import annotations

from contextlib import suppress

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import StringField, TextAreaField

from app.core.filters import figures, rupiah
from app.core.forms import (
    MOST_RUPIAH,
    BaseForm,
    CountField,
    MoneyField,
    PhoneField,
    clean_line,
    clean_text,
    normalise_phone,
    parse_money,
)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("150000", 150_000),
        ("150.000", 150_000),
        ("150,000", 150_000),
        ("1.500.000", 1_500_000),
        ("Rp150.000", 150_000),
        ("Rp. 150.000,-", 150_000),
        ("rp 150 000", 150_000),
        ("150rb", 150_000),
        ("150 Ribu", 150_000),
        ("150k", 150_000),
        ("1,5 jt", 1_500_000),
        ("1.5jt", 1_500_000),
        ("1,25 juta", 1_250_000),
        ("2 juta", 2_000_000),
        ("0", 0),
        ("  750000\t", 750_000),
    ],
)
def test_amounts_as_typed(typed: str, amount: int) -> None:
    assert parse_money(typed) == amount


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "Rp", "abc", "-150000", "150.5", "150,50", "1.50.000", "1500.000", "0.150", ".150", "150.", "1e5",
        "150.000,000", "1.500rb", "1,500 jt", "1,2,3 jt", "1, jt", "rb", "1,5M", "150$", "rprp150", "½", "NaN",
        "9" * 5000, "1000000000001", "1000001jt", "150\x00000", "٫",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_and_not_guessed(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the field shows its own words
        parse_money(typed)


@given(st.integers(0, MOST_RUPIAH))
def test_what_we_show_can_be_typed_in_again(amount: int) -> None:
    assert parse_money(rupiah(amount)) == parse_money(figures(amount)) == parse_money(str(amount)) == amount


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= parse_money(text) <= MOST_RUPIAH


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0812 3456 7890", "+6281234567890"),
        ("0812-3456-7890", "+6281234567890"),
        ("62 812 3456 7890", "+6281234567890"),
        ("+62 (812) 3456-7890", "+6281234567890"),
        ("812 3456 7890", "+6281234567890"),
        ("(0293) 788266", "+62293788266"),
        ("+31 6 12345678", "+31612345678"),
        ("+1 202 555 0143", "+12025550143"),
    ],
)
def test_phone_numbers_as_typed(app: Flask, typed: str, number: str) -> None:
    with app.app_context():
        assert normalise_phone(typed) == number
        assert normalise_phone(number) == number


@pytest.mark.parametrize(
    "typed", ["", "abc", "0812", "+", "++62", "0812345678901234567", "+999 123456789", "12"]
)
def test_what_is_no_phone_number(app: Flask, typed: str) -> None:
    with app.app_context(), pytest.raises(ValueError, match="0812 3456 7890"):
        normalise_phone(typed)


@given(st.text(max_size=200))
def test_cleaned_text_is_stable_and_harmless(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert "\x00" not in clean
    assert "\u202e" not in clean
    clean.encode()


@pytest.mark.parametrize("name", ["Siti", "محمد", "Ng", "O’Brien-Łukasz", "Sri 🙏🏽", "नमस्ते", "日本 太郎"])
def test_names_of_all_kinds_stay_as_they_are(name: str) -> None:
    assert clean_text(f"  {name}\u202e\x00 ") == name


def test_one_letter_has_one_form() -> None:
    assert clean_text("e\u0301") == "é"


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n\n ", "\u2028", "\u2029"])
def test_a_name_is_one_line(app: Flask, end: str) -> None:
    """What is written into letters and lists cannot begin paragraphs of its own there; a story may."""
    typed = f"Ani{end}Your account is locked"
    assert clean_line(typed) == "Ani Your account is locked"
    form = filled(app, name=typed, story="one\n\ntwo")
    assert (form.name.data, form.story.data) == ("Ani Your account is locked", "one\n\ntwo")


class SampleForm(BaseForm):
    name = StringField()
    story = TextAreaField()
    price = MoneyField(least=1000)
    phone = PhoneField()
    count = CountField()


def filled(app: Flask, **values: str) -> SampleForm:
    with app.test_request_context("/?lang=en", method="POST"):
        form = SampleForm(MultiDict(values), meta={"csrf": False})
        form.validate()
        form.price_shown = form.price._value()
        return form


def test_a_form_reads_what_was_typed(app: Flask) -> None:
    form = filled(app, name=" Siti\x00 ", price="150rb", phone="0812 3456 7890", count=" 3 ")
    assert form.errors == {}
    assert (form.name.data, form.price.data, form.phone.data, form.count.data) == (
        "Siti",
        150_000,
        "+6281234567890",
        3,
    )


def test_a_form_says_beside_the_field_how_to_mend_it(app: Flask) -> None:
    form = filled(app, price="seratus", phone="0812", count="3.5")
    assert "150.000" in form.errors["price"][0]
    assert "too short" in form.errors["phone"][0]
    assert "whole number" in form.errors["count"][0]
    assert form.price_shown == "seratus"


@pytest.mark.parametrize(("typed", "message"), [("999", "too small"), ("-5", "could not be read")])
def test_an_amount_below_the_least(app: Flask, typed: str, message: str) -> None:
    assert message in filled(app, price=typed).errors["price"][0]


def test_what_is_left_empty_is_nothing(app: Flask) -> None:
    form = filled(app, name="", price=" ", phone="", count="")
    assert form.errors == {}
    assert (form.price.data, form.count.data) == (None, None)


def test_an_amount_is_shown_with_dots(app: Flask) -> None:
    with app.test_request_context("/"):
        assert SampleForm(price=1_500_000, meta={"csrf": False}).price._value() == "1.500.000"


def test_without_the_token_a_form_is_not_valid(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        form = SampleForm(MultiDict({"name": "Siti"}))
        assert not form.validate()
        assert "csrf_token" in form.errors
