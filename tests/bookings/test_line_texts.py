"""The texts of a trip's things lead back to the same choices, and nothing else is taken for one."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from app.bookings.line_texts import Choice, read_line, with_names, write_line
from app.core.dates import Nights
from app.core.errors import Invalid
from app.homestays.inventory import StayChoice
from app.showcase.inventory import ProductChoice
from app.tours.inventory import PackageChoice

STAY = StayChoice("abcdefg", Nights(date(2027, 5, 3), date(2027, 5, 5)), 2, 3, 1)
KNOWN = {
    "abcdefg.2027-05-03.2027-05-05.2.3.1": STAY,
    "p.hgjepkg.2.1": PackageChoice("hgjepkg", 2, 1),
    "g.q7lnkgk.3.sarihayu": ProductChoice("q7lnkgk", 3, "sarihayu"),
}


@pytest.mark.parametrize("text", KNOWN)
def test_there_and_back(text: str) -> None:
    assert read_line(text) == KNOWN[text]
    assert write_line(KNOWN[text]) == text


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "p",
        "p.hgjepkg.2",
        "p.hgjepkg.-2.0",
        "p.hgjepkg.2.0.1",
        "p.hgjepkg.²2.0",
        "p.hgjepkg.123456.0",
        "g.q7lnkgk.x.sarihayu",
        "x.q7lnkgk.1.sarihayu",
        "abcdefg.2027-05-05.2027-05-03.1.2.0",
        "abcdefg.2027-02-30.2027-03-03.1.2.0",
        "g." + "a" * 200 + ".1.sarihayu",
        "p.\x00.2.0",
        "g.q7lnkgk.1.sari\x00hayu",
        "\x00.2027-05-03.2027-05-05.1.2.0",
    ],
)
def test_what_stands_for_nothing(app: Flask, text: str) -> None:
    with app.test_request_context(), pytest.raises(Invalid) as refused:
        read_line(text)
    assert refused.value.errors[0][0] == "line"


@pytest.mark.parametrize("choice", KNOWN.values())
def test_names_go_along_and_stay_out_of_the_address(choice: Choice) -> None:
    named = with_names(choice, [" Ana ", "", "Budi"])
    assert write_line(named) == write_line(choice)
    assert getattr(named, "participants", ()) == (
        ("Ana", "Budi") if isinstance(choice, PackageChoice) else ()
    )
