"""A guest who pays by card: from the site to the provider's page and back, without JavaScript."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.machinery.clients import Visitor
from tests.simulators.provider import Provider

GUEST = {"name": "Ana Contoh", "email": "ana@example.com", "country": "DE"}


def to_card_page(visitor: Visitor, address: str, **more: str | list[str]) -> str:
    """Book what the address says, to be paid by card; gives the address of the provider's page."""
    visitor.open(address)
    assert visitor.status == 200, visitor.text
    visitor.submit("/bookings/new", **GUEST, payment="card", **more)
    assert visitor.away is not None, visitor.text
    return visitor.away


def come_back(visitor: Visitor, back: str) -> str:
    """Open the address to which the provider sends the guest back; gives the booking's code."""
    parts = urlsplit(back)
    assert "/return" in parts.path, back
    visitor.open(f"{parts.path}?{parts.query}")
    return parts.path.split("/")[2]


def pay_by_card(visitor: Visitor, provider: Provider, address: str, **more: str | list[str]) -> str:
    """Book and pay by card, and be back; gives the booking's code."""
    return come_back(visitor, provider.pay(to_card_page(visitor, address, **more)))
