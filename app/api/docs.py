"""The contract described: for programs as OpenAPI, for people as a page made of the same description."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, json, render_template

from app.api.door import MEANINGS
from app.core.access import public
from app.core.words import gettext as _

bp = Blueprint("api_docs", __name__, url_prefix="/api/v1")

SCHEMAS = "#/components/schemas/"
METHODS = ("get", "post")


@bp.get("/openapi.json")
@public
def openapi() -> Response:
    """The description for programs."""
    text = json.dumps(description(), indent=2, sort_keys=False)
    return Response(text + "\n", mimetype="application/json", headers={"Cache-Control": "no-cache"})


@bp.get("/docs")
@public
def docs() -> str:
    """The description for people."""
    told = description()
    return render_template(
        "api/docs.html",
        introduction=told["info"]["description"],
        version=told["info"]["version"],
        groups=[(_name_of(group), found) for group, found in operations(told).items()],
        refusals=MEANINGS,
        shapes=[(name, rows(schema), schema.get("description")) for name, schema in shapes(told)],
    )


def _name_of(group: str) -> str:
    return {
        "Villages": _("Villages"),
        "Stays": _("Stays"),
        "Packages": _("Tour packages"),
        "Products": _("Products"),
        "Quotes": _("Quotes"),
        "Bookings": _("Bookings"),
        "Books": _("Open books"),
    }[group]


def description() -> dict[str, Any]:
    """The contract as OpenAPI 3.1."""
    told: dict[str, Any] = current_app.extensions["api"].spec.to_dict()
    return told


def operations(told: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Each operation with what it takes and gives, by the group it belongs to."""
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in told["tags"]}
    for path, item in told["paths"].items():
        for method in METHODS:
            if method in item:
                shared = item.get("parameters", [])
                operation = _operation(method, path, item[method], shared)
                groups[item[method]["tags"][0]].append(operation)
    return groups


def _operation(method: str, path: str, told: dict[str, Any], shared: list[dict[str, Any]]) -> dict[str, Any]:
    body = told.get("requestBody", {})
    return {
        "anchor": f"{method}{path.replace('/', '-')}".replace("{", "").replace("}", ""),
        "method": method.upper(),
        "path": path,
        "summary": told.get("summary", ""),
        "description": told.get("description", ""),
        "needs_token": bool(told.get("security")),
        "parameters": [
            {**_row(part["name"], part.get("schema", {}), part.get("required", False)), **_told(part)}
            for part in [*shared, *told.get("parameters", [])]
        ],
        "body": _kind(_content(body)) if body else None,
        "gives": [
            {"status": status, "text": answer.get("description", ""), "kind": _kind(_content(answer))}
            for status, answer in told["responses"].items()
            if status < "300"
        ],
        "refuses": sorted(status for status in told["responses"] if status >= "300"),
    }


def _told(parameter: dict[str, Any]) -> dict[str, Any]:
    text = parameter.get("description") or parameter.get("schema", {}).get("description", "")
    return {"where": parameter["in"], "text": text}


def _content(part: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = next(iter(part.get("content", {}).values()), {})
    schema: dict[str, Any] = content.get("schema", {})
    return schema


def shapes(told: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The objects that operations take and give, by name."""
    return sorted(told["components"]["schemas"].items())


def rows(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of an object."""
    needed = schema.get("required", [])
    return [_row(name, field, name in needed) for name, field in schema.get("properties", {}).items()]


def _row(name: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    known = schema.get("enum") or schema.get("items", {}).get("enum") or []
    return {
        "name": name,
        "required": required,
        "kind": _kind(schema),
        "text": schema.get("description", ""),
        "choices": [choice for choice in known if choice is not None],
        "usual": schema.get("default"),
    }


def _kind(schema: dict[str, Any]) -> dict[str, Any]:
    """What a value is: a plain kind, or the names of objects told of below, of which it is one; perhaps a list, perhaps
    null.
    """
    if "oneOf" in schema:
        shapes = [part["$ref"].removeprefix(SCHEMAS) for part in schema["oneOf"]]
        return {"shapes": shapes, "many": False, "nullable": False}
    for part in [*schema.get("anyOf", []), *schema.get("allOf", [])]:
        if "$ref" in part:
            return _kind(part) | {"nullable": {"type": "null"} in schema.get("anyOf", [])}
    if "$ref" in schema:
        return {"shapes": [schema["$ref"].removeprefix(SCHEMAS)], "many": False, "nullable": False}
    kinds = schema.get("type", "")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    nullable = "null" in kinds
    name = next((kind for kind in kinds if kind != "null"), "")
    if name == "array":
        return _kind(schema.get("items", {})) | {"many": True, "nullable": nullable}
    return {"name": schema.get("format") or name, "many": False, "nullable": nullable}
