"""Version 1, put together: every address, and the description of them all."""

from __future__ import annotations

from flask import Flask

from app.api import (
    bookings,
    books,
    cancelling,
    changing,
    homestays,
    packages,
    paying,
    products,
    quotes,
    stays,
    villages,
)
from app.api.docs import bp as docs
from app.api.door import Api, bp

ADDRESSES = (
    villages,
    stays,
    homestays,
    packages,
    products,
    quotes,
    bookings,
    paying,
    cancelling,
    changing,
    books,
)
"""The files that put their views on the blueprint."""

GROUPS = ("Villages", "Stays", "Packages", "Products", "Quotes", "Bookings", "Books")
"""In the order in which a program meets them."""

INTRODUCTION = (
    "Stays, packages and products of the villages around Borobudur temple: what is free, what it costs, who gets "
    "what, and how to book. "
    "Dates are village dates, instants have an offset, money is whole rupiah. "
    "Texts and messages are in the language of `Accept-Language` (id or en). "
    "Reading what is public needs no key; a booking is opened by the token given when it was made."
)


def init_app(app: Flask) -> None:
    """Register the contract and its description. Programs send no form and have no session, so no CSRF token."""
    api = Api(
        app,
        spec_kwargs={
            "title": "Sambang Desa",
            "version": "1",
            "openapi_version": "3.1.0",
            "info": {"description": INTRODUCTION},
            "tags": [{"name": group} for group in GROUPS],
        },
    )
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    app.extensions["csrf"].exempt(bp)
    api.describe_kinds()
    api.register_blueprint(bp)
    api.describe_schemas()
    app.extensions["api"] = api
    app.register_blueprint(docs)
