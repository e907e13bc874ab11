"""Whose address counts: the proxies that we run ourselves are believed, a visitor who claims to be one is not."""

from __future__ import annotations

import pytest
from flask import request

from tests.machinery.databases import Database, close


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("trusted", "address", "scheme"),
    [(0, "127.0.0.1", "http"), (1, "10.0.0.7", "https"), (2, "203.0.113.5", "http")],
)
def test_so_many_proxies_are_believed(database: Database, trusted: int, address: str, scheme: str) -> None:
    app = database.app_on(database.session_url, trusted_proxies=trusted)
    app.add_url_rule("/who", view_func=lambda: f"{request.remote_addr} {request.scheme} {request.host}")
    answer = app.test_client().get(
        "/who",
        headers={
            "X-Forwarded-For": "198.51.100.1, 203.0.113.5, 10.0.0.7",
            "X-Forwarded-Proto": "http, https",
            "X-Forwarded-Host": "evil.example",
        },
    )
    assert answer.get_data(as_text=True) == f"{address} {scheme} localhost"
    close(app)
