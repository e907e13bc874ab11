"""What the visitor has chosen so far, in this browser, until it is booked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, has_request_context, redirect, render_template, request, session, url_for
from werkzeug import Response

from app.bookings.line_texts import read_line, write_line
from app.bookings.sellables import SELLABLES
from app.bookings.services import LineQuote, Quote, quote_trip
from app.bookings.services.quote import MOST_LINES
from app.core.access import public
from app.core.errors import DomainError, Invalid
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _

bp = Blueprint("trip", __name__, url_prefix="/trip")
KEPT = "trip"
LONGEST_COOKIE = 3000


@dataclass(frozen=True)
class Kept:
    """One thing in the trip: its text, its price now, how many are left; or why it is not sold any more."""

    text: str
    line: LineQuote | None = None
    left: int = 0
    problem: str | None = None


def lines_kept() -> list[str]:
    """The texts of the things in this visitor's trip."""
    kept = session.get(KEPT, [])
    return [text for text in kept if isinstance(text, str)] if isinstance(kept, list) else []


@bp.app_context_processor
def _count() -> dict[str, int]:
    return {"things_in_trip": len(lines_kept()) if has_request_context() else 0}


@bp.get("")
@public
@limiter.limit(WRITES, exempt_when=lambda: "add" not in request.args)
def show() -> Response | str:
    """The trip with its price now.

    `?add=<line>` puts something in, once, and comes back to the clean address: one thing, or the several kinds of room
    that make one stay. A link does it, so that the pages it stands on need no session of the visitor.
    """
    if added := request.args.getlist("add"):
        for text in added:
            _put(text)
        return redirect(url_for("trip.show"), 303)
    rows, quote, problem = _looked_at(lines_kept())
    sold = [row.text for row in rows if row.problem is None]
    return render_template(
        "bookings/trip.html",
        rows=rows,
        quote=quote,
        problem=problem,
        book_url=url_for("bookings.new", line=sold) if quote else None,
    )


@bp.post("/remove")
@public
@limiter.limit(WRITES)
def remove() -> Response:
    """Take something out of the trip; what is not in it is out of it."""
    text = request.form.get("line", "")
    session[KEPT] = [kept for kept in lines_kept() if kept != text]
    return redirect(url_for("trip.show"), 303)


def forget(texts: list[str]) -> None:
    """What has been booked is no longer waiting to be."""
    if booked := set(texts) & set(lines_kept()):
        session[KEPT] = [text for text in lines_kept() if text not in booked]


def _put(text: str) -> None:
    """Keep a thing once. Raises Invalid for what is no thing, or where the trip is full."""
    line = write_line(read_line(text))
    kept = lines_kept()
    if line in kept:
        return
    if len(kept) >= MOST_LINES or sum(map(len, kept)) + len(line) > LONGEST_COOKIE:
        message = _("The trip is full. Book what is in it first, then go on.")
        raise Invalid(message, errors=[("line", message)])
    session[KEPT] = [*kept, line]


def _looked_at(texts: list[str]) -> tuple[list[Kept], Quote | None, str | None]:
    """Every thing as it stands now, the price of all that is still sold, and why those do not go together.

    As a rule one quote says it all. Only where it cannot be given is each thing looked at on its own.
    """
    quote, problem = _quote(texts)
    gone: dict[str, str] = {}
    if problem is not None:
        gone = {text: why for text in texts if (why := _quote([text])[1]) is not None}
        quote, problem = _quote([text for text in texts if text not in gone])
    lines = iter(quote.lines) if quote else iter(())
    rows = [_row(text, gone.get(text), None if text in gone else next(lines, None)) for text in texts]
    return rows, quote, problem


def _row(text: str, problem: str | None, line: LineQuote | None) -> Kept:
    if line is None:
        return Kept(text, problem=problem)
    return Kept(text, line, SELLABLES[line.draft.kind].left(line.draft.choice))


def _quote(texts: list[str]) -> tuple[Quote | None, str | None]:
    if not texts:
        return None, None
    try:
        return quote_trip(choices=[read_line(text) for text in texts]), None
    except DomainError as error:
        return None, error.message
