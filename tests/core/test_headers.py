"""What travels with every answer."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient


def test_pages_allow_nothing_from_elsewhere_and_nothing_inline(client: FlaskClient) -> None:
    policy = client.get("/nowhere").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", rules["script-src"])
    assert rules["style-src"] == "'self'"
    assert "unsafe" not in policy


def test_a_nonce_is_used_once(client: FlaskClient) -> None:
    assert len({client.get("/nowhere").headers["Content-Security-Policy"] for _time in range(5)}) == 5


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/healthz", "/villages/nowhere"])
def test_on_everything(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-Id"])


def test_a_request_id_is_taken_over_if_it_is_one(client: FlaskClient) -> None:
    def told(given: str) -> str:
        return client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"]

    assert told("edge-1234567890") == "edge-1234567890"
    for nonsense in ("short", "x" * 65, "with space 123", 'quote"12345678', "<script>alert</script>"):
        assert told(nonsense) != nonsense


@pytest.mark.parametrize("path", ["/bookings/HX3K9PT", "/manage"])
def test_private_pages_are_not_stored(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"
