"""The blueprint of version 1: how requests are read, what every answer has, and how refusals are described."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

import flask_smorest
from flask import Request, Response, current_app, request
from marshmallow import EXCLUDE, RAISE, Schema, fields
from webargs import core
from webargs.flaskparser import FlaskParser, abort

from app.api.fields import Answer, OneKind
from app.core.errors import Invalid
from app.core.limits import READS, limiter
from app.core.words import gettext as _

READS_QUERY = "__reads_query__"


class Parser(FlaskParser):
    """Refuses unknown query parameters, bodies that are not JSON, and JSON that cannot be read."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body as JSON. Answers 415 for another content type, 400 for what cannot be read."""
        return read_body(req)


def read_body(req: Request) -> Any:
    """The body as JSON: no NaN, nothing too deep, no number of thousands of digits. Answers 415 or 400."""
    if not core.is_json(req.mimetype):
        abort(415)
    try:
        return json.loads(req.get_data(cache=True), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        abort(400, exc=error)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """Marks the views that read a query, so that every other one refuses query parameters altogether."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: Any, *, location: str = "json", **kwargs: Any) -> Any:
        """As in the library; see there."""
        decorate = super().arguments(schema, location=location, **kwargs)

        def marked(view: Callable[..., Any]) -> Any:
            decorated = decorate(view)
            if location == "query":
                setattr(decorated, READS_QUERY, True)
            return decorated

        return marked

    def response(self, status_code: int, schema: type[Schema], **kwargs: Any) -> Any:
        """As in the library; what is given is described in the schema's own words."""
        return super().response(status_code, schema, description=schema.__doc__, **kwargs)


class FieldError(Answer):
    """One field that cannot be used, as a dotted path: lines.0.arrival."""

    field = fields.String()
    message = fields.String()


class Problem(Schema):
    """What every refusal says (RFC 9457). Some say more: sold_out the lines, price_changed the new total."""

    class Meta:
        """Room for what some say more."""

        unknown = EXCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldError))


class Api(flask_smorest.Api):  # type: ignore[misc]
    """Describes the contract. Errors are answered by `core.web`, for the whole site in one place."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = Problem

    def describe_kinds(self) -> None:
        """Describe an object of several kinds as one of their schemas, told apart by `kind`."""

        def one_of(converter: Any, field: Any, **_kwargs: Any) -> dict[str, Any]:
            if not isinstance(field, OneKind):
                return {}
            refs = {
                kind: converter.resolve_nested_schema(schema)["$ref"] for kind, schema in field.kinds.items()
            }
            return {
                "oneOf": [{"$ref": ref} for ref in refs.values()],
                "discriminator": {"propertyName": "kind", "mapping": refs},
            }

        self.ma_plugin.converter.add_attribute_function(one_of)

    def describe_schemas(self) -> None:
        """Put each schema's first sentence into the description."""
        for (schema, *_modifiers), name in self.ma_plugin.converter.refs.items():
            self.spec.components.schemas[name]["description"] = schema.__doc__

    def _register_error_handlers(self) -> None:
        """None: the library's would turn the pages' errors into JSON as well."""

    def _register_pagination_header(self) -> None:
        """None: lists say in their body where they go on."""


MEANINGS = {
    400: "The JSON cannot be read.",
    404: "Not there, or not yours: both look the same.",
    409: "The world moved: sold_out, price_changed, wrong_state or idempotency_conflict.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Something sent cannot be used; `errors` names each field.",
    429: "Too many requests or open holds; `Retry-After` says how many seconds to wait.",
    503: "Busy; nothing was changed. `Retry-After` says how many seconds to wait.",
}


def refuses(*statuses: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Describe the refusals of an operation, beside the 422 and 429 that every one may give."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        for status in sorted({*statuses, 422, 429}):
            view = bp.alt_response(
                status,
                schema=Problem,
                content_type="application/problem+json",
                description=MEANINGS[status],
            )(view)
        return view

    return decorate


bp = Blueprint("api", __name__, url_prefix="/api/v1")
limiter.limit(READS)(bp)


@bp.before_request
def refuse_unasked_query() -> None:
    """A view without a query schema takes no query parameters. Raises Invalid."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.args and not hasattr(view, READS_QUERY):
        message = _("This address takes no parameters.")
        raise Invalid(message, errors=[(name, message) for name in request.args])


@bp.after_request
def say_who_reads(response: Response) -> Response:
    """What may be kept by caches: nothing of a booking; the rest only after asking again. Texts follow the language."""
    response.headers.setdefault(
        "Cache-Control", "no-store" if "/bookings" in request.path or request.method != "GET" else "no-cache"
    )
    response.vary.update(["Accept-Language", "Authorization"])
    return response


def bearer() -> str | None:
    """The token of `Authorization: Bearer`, if one was sent."""
    given = request.authorization
    return given.token if given is not None and given.type == "bearer" else None


BEARER: list[dict[str, list[str]]] = [{"token": []}]
"""How an operation says that it wants the booking's token."""
