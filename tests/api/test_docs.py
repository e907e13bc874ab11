"""The description: of every address, for programs and for people, with nothing from elsewhere."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.machinery.clients import Visitor

ADDRESSES = {
    ("get", "/api/v1/villages"),
    ("get", "/api/v1/villages/{slug}"),
    ("get", "/api/v1/stays"),
    ("get", "/api/v1/homestays/{slug}"),
    ("get", "/api/v1/homestays/{slug}/calendar"),
    ("get", "/api/v1/packages"),
    ("get", "/api/v1/packages/{slug}"),
    ("get", "/api/v1/packages/{slug}/departures"),
    ("get", "/api/v1/products"),
    ("get", "/api/v1/products/{slug}"),
    ("post", "/api/v1/quotes"),
    ("post", "/api/v1/bookings"),
    ("get", "/api/v1/bookings/{code}"),
    ("post", "/api/v1/bookings/{code}/payments"),
    ("get", "/api/v1/bookings/{code}/cancellation"),
    ("post", "/api/v1/bookings/{code}/cancel"),
    ("get", "/api/v1/bookings/{code}/lines/{line}/change"),
    ("post", "/api/v1/bookings/{code}/lines/{line}/change"),
    ("get", "/api/v1/books/{village}"),
}


@pytest.mark.database("sqlite")
def test_every_address_is_described(client: FlaskClient, app: Flask) -> None:
    told = client.get("/api/v1/openapi.json").json
    assert told["openapi"].startswith("3.1")
    assert {
        (method, path) for path, item in told["paths"].items() for method in item if method != "parameters"
    } == ADDRESSES
    served = {
        (method.lower(), re.sub(r"<(?:int:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api.")
    }
    assert served == ADDRESSES


@pytest.mark.database("sqlite")
def test_the_description_says_what_is_refused(client: FlaskClient) -> None:
    told = client.get("/api/v1/openapi.json").json
    schemas = told["components"]["schemas"]
    assert schemas["BookingRequest"]["additionalProperties"] is False
    lines = schemas["BookingRequest"]["properties"]["lines"]["items"]
    kinds = {"stay": "StayRequest", "package": "PackageRequest", "product": "ProductRequest"}
    mapping = {kind: f"#/components/schemas/{name}" for kind, name in kinds.items()}
    assert lines["discriminator"] == {"propertyName": "kind", "mapping": mapping}
    assert [part["$ref"] for part in lines["oneOf"]] == list(mapping.values())
    assert {schemas[name]["additionalProperties"] for name in kinds.values()} == {False}
    assert [schemas[name]["properties"]["kind"]["enum"] for name in kinds.values()] == [
        [kind] for kind in kinds
    ]
    booking = told["paths"]["/api/v1/bookings"]["post"]
    assert set(booking["responses"]) == {"201", "400", "404", "409", "413", "415", "422", "429", "503"}
    assert "application/problem+json" in booking["responses"]["409"]["content"]
    assert booking["parameters"][0]["name"] == "Idempotency-Key"
    assert told["paths"]["/api/v1/bookings/{code}"]["get"]["security"] == [{"token": []}]
    query = {part["name"] for part in told["paths"]["/api/v1/stays"]["get"]["parameters"]}
    assert query >= {"arrival", "departure", "adults", "children", "rooms", "village", "homestay"}
    assert query >= {"max_price", "amenity", "sort", "limit", "cursor"}


@pytest.mark.database("sqlite")
def test_a_page_for_people(visitor: Visitor) -> None:
    visitor.open("/api/v1/docs?lang=en")
    assert visitor.status == 200
    for _method, path in ADDRESSES:
        assert path in visitor.text
    assert "Idempotency-Key" in visitor.text
    assert "Hold a trip" in visitor.text
    ids = set(re.findall(r'id="([^"]+)"', visitor.html))
    targets = {href[1:] for _words, href in visitor.links if href.startswith("#")}
    assert targets
    assert targets <= ids
    assert "http" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', visitor.html))


@pytest.mark.database("sqlite")
def test_the_page_keeps_the_content_policy(client: FlaskClient) -> None:
    answer = client.get("/api/v1/docs")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<style|style=|<script>|onclick", answer.text)
