"""Whatever is thrown at it: a problem document, nothing written, nothing broken, no cookie."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.limits import limiter
from tests.api.conftest import Program, World, stay, trip

JSON = "application/json"


def is_problem(answer: Any, status: int, code: str) -> bool:
    """Whether the answer is a problem document that says so."""
    told = answer.json
    return (answer.status_code, answer.mimetype, told["status"], told["code"]) == (
        status,
        "application/problem+json",
        status,
        code,
    ) and all(told[name] for name in ("type", "title", "detail"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"lines": [}',
        b"\xff\xfe",
        b'{"lines": NaN}',
        b'{"expected_total": Infinity}',
        b'{"expected_total": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        gzip.compress(b"{}", mtime=0),
    ],
    ids=str,
)
def test_json_that_cannot_be_read(client: FlaskClient, body: bytes) -> None:
    assert is_problem(client.post("/api/v1/quotes", data=body, content_type=JSON), 400, "invalid")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", None]
)
def test_another_content_type(client: FlaskClient, kind: str | None) -> None:
    answer = client.post("/api/v1/quotes", data=b'{"lines": []}', content_type=kind)
    assert is_problem(answer, 415, "unsupported_media_type")
    headers = {"Idempotency-Key": "k"}
    answer = client.post("/api/v1/bookings", data=b"lines=1", content_type=kind, headers=headers)
    assert is_problem(answer, 415, "unsupported_media_type")


def test_a_character_set_may_be_named(program: Program, world: World) -> None:
    kind = "application/json; charset=utf-8"
    assert program.client.post("/api/v1/quotes", data=b'{"lines": []}', content_type=kind).status_code == 422


def test_a_body_over_the_limit(client: FlaskClient) -> None:
    body = b'{"lines": "' + b"x" * 1_100_000 + b'"}'
    assert is_problem(client.post("/api/v1/quotes", data=body, content_type=JSON), 413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api", 404, "not_found"),
        ("GET", "/api/", 404, "not_found"),
        ("GET", "/api/v1", 404, "not_found"),
        ("GET", "/api/v2/villages", 404, "not_found"),
        ("POST", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/packages/nothing", 404, "not_found"),
        ("GET", "/api/v1/bookings/ACDEFGH/cancellation", 404, "not_found"),
        ("GET", "/api/v1/%00", 404, "not_found"),
        ("DELETE", "/api/v1/villages", 405, "method_not_allowed"),
        ("GET", "/api/v1/quotes", 405, "method_not_allowed"),
        ("PUT", "/api/v1/bookings/ACDEFGH", 405, "method_not_allowed"),
        ("POST", "/api/v1/openapi.json", 405, "method_not_allowed"),
    ],
)
def test_addresses_and_methods_that_are_not_there(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method)
    assert is_problem(answer, status, code)
    if status == 405:
        assert answer.headers["Allow"]


def test_refusals_are_in_the_programs_language(program: Program, world: World) -> None:
    indonesian = program.client.get("/api/v1/stays", headers={"Accept-Language": "id"})
    english = program.client.get("/api/v1/stays", headers={"Accept-Language": "en"})
    assert english.json["errors"][0]["message"] == "This is missing."
    assert english.json["code"] == indonesian.json["code"]
    assert english.headers["Vary"] == indonesian.headers["Vary"]


def test_programs_get_no_cookie_and_need_no_csrf_token(program: Program, world: World) -> None:
    answers = [
        program.get("/villages", lang="id"),
        program.get("/villages"),
        program.post("/quotes", {"lines": [stay(world.room)]}),
        program.post("/bookings", trip(stay(world.room)), key="k"),
        program.get("/openapi.json"),
        program.get("/nothing", lang="id"),
    ]
    assert [answer.status_code for answer in answers] == [422, 200, 200, 201, 200, 404]
    assert [answer.headers.get("Set-Cookie") for answer in answers] == [None] * 6


@pytest.fixture
def limits(app: Flask) -> Iterator[None]:
    """The limiter is one for all apps of the process: what this test switches on is switched off again."""
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.mark.settings(rate_limits=True)
def test_too_many_writes(limits: None, program: Program) -> None:
    answers = [program.post("/bookings", {}, key="k") for _number in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {422}
    assert is_problem(answers[60], 429, "rate_limited")
    assert int(answers[60].headers["Retry-After"]) > 0
    assert program.get("/villages").status_code == 200
