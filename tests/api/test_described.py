"""What the description promises, tried with generated requests: good ones, and ones broken in every way it forbids."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.api.conftest import Program, World, goods, outing, stay, trip
from tests.api.test_docs import ADDRESSES

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
"""Not `ignored_auth`: without its token a booking is not found, on purpose."""

EXAMPLES = 12
UNBREAKABLE = {f"/api/v1/{things}/{{slug}}" for things in ("villages", "homestays", "packages", "products")}
"""They take a name alone, and any text is one."""

TRIED = [
    pytest.param(method, path, mode, id=f"{method}-{path}-{mode.value}")
    for method, path in sorted(ADDRESSES)
    for mode in GenerationMode
    if mode == GenerationMode.POSITIVE or path not in UNBREAKABLE
]


def likely(case: Any, world: World, made: dict[str, Any] | None) -> None:
    """Let what is well-formed also be about something that is there, so that not all of it ends in 404."""
    if made is not None:
        case.path_parameters["code"] = made["code"]
        case.headers["Authorization"] = f"Bearer {made['access_token']}"
        _likely_of_booking(case)
    if "slug" in (case.path_parameters or {}):
        case.path_parameters["slug"] = _slug(case.path, world)
    if "village" in (case.path_parameters or {}):
        case.path_parameters["village"] = "sarihayu"
    query = case.query if isinstance(case.query, dict) else {}
    if case.path.endswith("/change"):
        _likely_dates(case, query)
    elif "arrival" in query:
        query.update(arrival="2027-05-05", departure="2027-05-07")
    for name in {"cursor", "village", "homestay", "maker", "party"} & set(query):
        query.pop(name)
    if "from" in query or "to" in query:
        query.update({"from": "2027-05-05", "to": "2027-05-07"})
    if made is None and isinstance(case.body, dict) and isinstance(case.body.get("lines"), list):
        case.body["lines"] = [stay(world.room), outing(world.departure), goods(world.product)]
        case.body.pop("voucher", None)
        case.body.pop("expected_total", None)
        if isinstance(case.body.get("guest"), dict):
            case.body["guest"].update(email="sri@contoh.example", phone=None, country="ID")
            case.body["payment"] = "transfer"


def _likely_of_booking(case: Any) -> None:
    """All of its lines, paid in a way that is open, for whatever comes back."""
    if isinstance(case.query, dict):
        case.query.pop("lines", None)
    if isinstance(case.body, dict):
        for name in {"lines", "expected_refund"} & set(case.body):
            case.body.pop(name)
        if "method" in case.body:
            case.body["method"] = "transfer"


def _likely_dates(case: Any, query: dict[str, Any]) -> None:
    """Other dates of the stay, for whatever it costs."""
    case.path_parameters["line"] = 0
    asked = case.body if isinstance(case.body, dict) else query
    asked.pop("expected_total", None)
    asked.update(arrival="2027-05-12", departure="2027-05-14")


def _slug(path: str, world: World) -> str:
    known = {"homestays": "omah-contoh", "packages": world.package, "products": world.goods}
    return next((slug for things, slug in known.items() if things in path), "sarihayu")


@pytest.mark.parametrize(("method", "path", "mode"), TRIED)
def test_as_described(app: Flask, world: World, method: str, path: str, mode: GenerationMode) -> None:
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    lines = [stay(world.lodge), outing(world.departure), goods(world.product)]
    made = Program(app.test_client()).post("/bookings", trip(*lines), key="made").json
    seen: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][method.upper()].as_strategy(generation_mode=mode))
    def tried(case: Any) -> None:
        if mode == GenerationMode.POSITIVE and len(seen) % 2:
            likely(case, world, made if "{code}" in path else None)
        seen.append(case.call_and_validate(checks=CHECKS).status_code)

    tried()
    assert seen
    if mode == GenerationMode.POSITIVE:
        assert {200, 201} & set(seen), seen
