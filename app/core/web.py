"""What every request shares: language, request id, security headers, errors as pages or problem JSON."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import structlog
from flask import Flask, Response, current_app, g, has_request_context, jsonify, render_template, request
from flask_babel import Babel
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter, Map

from app.core.errors import DomainError, Invalid, NotFound, Unavailable
from app.core.words import DEFAULT_LANGUAGE, LANGUAGES, current_language
from app.core.words import gettext as _

babel = Babel()
log = structlog.get_logger()

LANGUAGE_COOKIE = "lang"
MACHINE_PATHS = ("/api", "/octo", "/webhooks")
CHECKOUT = "https://checkout.stripe.com"
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
CODES = {
    400: "invalid",
    401: "forbidden",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "rate_limited",
    500: "internal",
    503: "unavailable",
}


def init_app(app: Flask) -> None:
    """Set up addresses, language, headers and error pages."""
    app.url_map.converters["int"] = RowNumber
    babel.init_app(app, locale_selector=choose_language, default_locale=DEFAULT_LANGUAGE)
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_error_handler(DomainError, _on_domain_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(OperationalError, _on_operational_error)
    app.register_error_handler(Exception, _on_bug)
    app.context_processor(_context)


class RowNumber(IntegerConverter):
    """A number in an address. One that no row can have is nobody's: 404, and never asked of the database."""

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002 - the library's name
        super().__init__(map, **({"max": 2**63 - 1} | options))


def is_machine() -> bool:
    """Whether the caller is a program that wants JSON whatever happens."""
    return request.path.startswith(MACHINE_PATHS)


# Language


def choose_language() -> str:
    """?lang=, else the cookie, else what the browser prefers, else Indonesian; that also without a request (jobs)."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    for wanted in (_wished(), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in LANGUAGES:
            return wanted
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


def _wished() -> str | None:
    """The language asked for with this very request: by a link, or by a button that sends a form along."""
    if request.mimetype not in FORM_TYPES:
        return request.args.get("lang")
    try:
        return request.form.get("switch") or request.args.get("lang")
    except RequestEntityTooLarge:
        return request.args.get("lang")


def url_for_language(language: str) -> str:
    """This very page in another language; nothing chosen on the way is lost."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name not in {"lang", "token"}]
    # Quoted: a path that begins with a backslash as it is leads a browser to another site.
    here = quote(request.path if request.method == "GET" else _nearest_page(request.path))
    path = here if request.method == "GET" else g.get("page_path") or here
    return f"{path}?{urlencode([*query, ('lang', language)])}"


def _nearest_page(path: str) -> str:
    """The address, or the first above it, that can be opened: what a button was sent to may be none."""
    while path and not current_app.url_map.bind("").test(path, "GET"):
        path = path.rpartition("/")[0]
    return path or "/"


# Requests


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if re.fullmatch(r"[\w-]{8,64}", given) else secrets.token_hex(8)
    g.csp_nonce = secrets.token_urlsafe(16)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if "\0" in request.path:  # nothing is named so, and PostgreSQL refuses to be asked for it
        raise NotFound(_detail(404))


def _finish(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Request-Id", g.get("request_id", "-"))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", _content_policy())
        headers.setdefault(
            "Cache-Control", "no-store" if request.path.startswith(("/bookings", "/manage")) else "no-cache"
        )
        response.vary.update(["Cookie", "Accept-Language"])
    if _wished() in LANGUAGES and response.mimetype == "text/html":
        response.set_cookie(
            LANGUAGE_COOKIE,
            _wished() or DEFAULT_LANGUAGE,
            max_age=31536000,
            samesite="Lax",
            secure=request.is_secure,
        )
    if request.endpoint != "static" and request.blueprint != "health":
        log.info("request", method=request.method, route=_route(), status=response.status_code)
    return response


def _route() -> str:
    # The rule, never the path: a path may carry a booking's code or a secret.
    return str(request.url_rule) if request.url_rule else "unknown"


def _content_policy() -> str:
    nonce = g.get("csp_nonce", "")
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self' {_payment_pages()}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _payment_pages() -> str:
    """Where the button Pay may lead: a form that is answered with a redirect to another origin dies silently else."""
    base = current_app.config["SETTINGS"].stripe_api_base
    place = urlsplit(base or "")
    if not place.hostname or place.hostname == "stripe.com" or place.hostname.endswith(".stripe.com"):
        return CHECKOUT
    return f"{CHECKOUT} {place.scheme}://{place.netloc.rpartition('@')[2]}"  # the simulator of the demo


def _context() -> dict[str, Any]:
    return {
        "csp_nonce": lambda: g.get("csp_nonce", ""),
        "url_for_language": url_for_language,
        "language": current_language(),
        "request_id": g.get("request_id", ""),
    }


# Errors


def problem(status: int, code: str, detail: str, **extra: Any) -> Response:
    """An RFC 9457 problem document."""
    body = {
        "type": f"urn:sambang:problem:{code}",
        "title": _title(status),
        "status": status,
        "detail": detail,
    }
    response = jsonify(body | {"code": code} | extra)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _answer(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    if is_machine():
        response = problem(status, code, detail, **extra)
    else:
        page = render_template("errors/error.html", status=status, title=_title(status), text=detail)
        response = Response(page, status, mimetype="text/html")
    response.headers.update(headers or {})
    return response


def _on_domain_error(error: DomainError) -> Response:
    extra = dict(error.extra)
    if isinstance(error, Invalid) and error.errors:
        extra["errors"] = [{"field": field, "message": message} for field, message in error.errors]
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Unavailable) else None
    return _answer(error.status, error.code, str(error.message), headers, **extra)


def _on_http_error(error: HTTPException) -> Response:
    if error.response is not None and error.code is not None and error.code < 400:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    kept = {
        k: v
        for k, v in error.get_headers(request.environ)
        if k.lower() in {"allow", "retry-after", "location"}
    }
    if 300 <= status < 400:
        return error.get_response(request.environ)  # type: ignore[return-value]
    if status == 429:
        kept.setdefault("Retry-After", "60")
    messages = (getattr(error, "data", None) or {}).get("messages") or {}
    extra = {"errors": list(_flatten(messages))} if messages else {}
    return _answer(status, CODES.get(status, "invalid"), _detail(status), kept, **extra)


def _flatten(messages: Any, path: str = "") -> list[dict[str, str]]:
    """webargs' nested messages as a list of field and message; the outermost name (json, query) is dropped."""
    if isinstance(messages, dict):
        inner = [_flatten(value, _joined(path, str(key))) for key, value in messages.items()]
        return [item for items in inner for item in items]
    texts = messages if isinstance(messages, list) else [messages]
    return [{"field": path, "message": str(text)} for text in texts]


def _joined(path: str, name: str) -> str:
    if name == "_schema":  # the object as a whole
        return path
    return name if path in {"", "json", "query", "headers"} else f"{path}.{name}"


def _on_operational_error(error: OperationalError) -> Response:
    log.error("database", error=type(error.orig).__name__, exc_info=error)
    return _answer(503, "unavailable", _detail(503), {"Retry-After": "5"})


def _on_bug(error: Exception) -> Response:
    log.error("bug", error=type(error).__name__, exc_info=error)
    return _answer(500, "internal", _detail(500), request_id=g.get("request_id", ""))


def _title(status: int) -> str:
    return {
        400: _("We could not read that"),
        401: _("Please sign in"),
        403: _("This is not yours to open"),
        404: _("There is nothing here"),
        405: _("That does not work here"),
        409: _("Something changed in the meantime"),
        413: _("That was too large"),
        415: _("We could not read that"),
        422: _("Something is not right yet"),
        429: _("A little too fast"),
        503: _("We are busy for a moment"),
    }.get(status, _("Something broke on our side"))


def _detail(status: int) -> str:
    return {
        400: _("What was sent could not be read. Go back and try once more."),
        401: _("Sign in and this page opens."),
        403: _("Sign in with the account that holds this office."),
        404: _("The address may be mistyped, or what it led to has gone. Bookings and money are safe."),
        405: _("This address does not take that kind of request."),
        413: _("What was sent is larger than we accept."),
        415: _("Send JSON with the content type application/json."),
        422: _("Some fields need another look."),
        429: _("Too many requests came from this connection. Wait a minute, then go on."),
        503: _("Nothing was changed. Try again in a few seconds."),
    }.get(status, _("It is our fault, not yours. Bookings and money are safe; nothing was half done."))
