"""A trip in an address: each thing in it as a short text, so that a link can be kept, sent on and opened anywhere.

A stay is `<room type>.<arrival>.<departure>.<rooms>.<adults>.<children>`, a package
`p.<departure>.<adults>.<children>`, a product `g.<product>.<quantity>.<village of pickup>`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.words import gettext as _
from app.homestays.inventory import StayChoice
from app.showcase.inventory import ProductChoice
from app.tours.inventory import PackageChoice

Choice = StayChoice | PackageChoice | ProductChoice

LONGEST = 160
DIGITS = 5
STAY, PACKAGE, PRODUCT = 6, 4, 4


def read_line(text: str) -> Choice:
    """The choice that a text stands for. Raises Invalid where it stands for none."""
    parts = text.split(".")
    try:
        if len(text) > LONGEST or not text.isprintable():  # PostgreSQL refuses to be asked for a NUL
            raise ValueError(text)
        if parts[0] == "p" and len(parts) == PACKAGE:
            return PackageChoice(parts[1], _number(parts[2]), _number(parts[3]))
        if parts[0] == "g" and len(parts) == PRODUCT:
            return ProductChoice(parts[1], _number(parts[2]), parts[3])
        if len(parts) == STAY:
            nights = Nights(date.fromisoformat(parts[1]), date.fromisoformat(parts[2]))
            return StayChoice(parts[0], nights, _number(parts[3]), _number(parts[4]), _number(parts[5]))
        raise ValueError(text)
    except ValueError:
        message = _("This link is not complete. Search again and choose anew.")
        raise Invalid(message, errors=[("line", message)]) from None


def write_line(choice: Choice) -> str:
    """The text that stands for a choice; names of those who come stay out of addresses."""
    if isinstance(choice, PackageChoice):
        return f"p.{choice.departure}.{choice.adults}.{choice.children}"
    if isinstance(choice, ProductChoice):
        return f"g.{choice.product}.{choice.quantity}.{choice.pickup}"
    nights = choice.nights
    return f"{choice.room_type}.{nights.arrival}.{nights.departure}.{choice.rooms}.{choice.adults}.{choice.children}"


def with_names(choice: Choice, names: list[str]) -> Choice:
    """The choice with the names of those who come along, where it asks for names."""
    if not isinstance(choice, PackageChoice):
        return choice
    return replace(choice, participants=tuple(name for name in (name.strip() for name in names) if name))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise ValueError(text)
    return int(text)
