"""The public trail of a booking's rupiah: every share and step, nobody's name. Whoever scans a receipt may read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, make_response, render_template
from werkzeug import Response

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import LineKind
from app.core import codes
from app.core.access import public
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.payments.queries import list_refunds
from app.revenue.rules import PartyShare

bp = Blueprint("trail", __name__, url_prefix="/trail")


@bp.get("/<token>")
@public
def show(token: str) -> Response:
    """Where the money of one booking is. Raises NotFound for a token that we did not sign."""
    booking_id = codes.read_trail_token(token)
    if booking_id is None:
        raise NotFound(_("There is no booking behind this link."))
    response = make_response(
        render_template("bookings/trail.html", **_contents(queries.get_booking_by_id(booking_id)))
    )
    # The address is all that one needs: it is not kept, not listed, not handed on to the next site.
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _contents(booking: Booking) -> dict[str, Any]:
    steps = queries.rupiah_trail(booking) if booking.paid else []
    return {
        "received": booking.received,
        "parts": [_part(booking, line) for line in booking.lines],
        "steps": [replace(step, parts=tuple(_nameless(step.parts))) for step in steps],
        "refunds": list_refunds(booking.reference) if booking.paid else [],
        "papers": queries.list_papers(booking.id),
    }


def _part(booking: Booking, line: BookingLine) -> dict[str, Any]:
    """One thing of the booking, by kind and village: a house's or a maker's name may be a person's."""
    kinds = {
        LineKind.STAY: _("Stay"),
        LineKind.PACKAGE: _("Tour package"),
        LineKind.PRODUCT: _("Village product"),
    }
    shares = _nameless(queries.shares_of(booking, [line]))
    used = {line.splits[unit.split_index]["version"] for unit in line.units}
    return {
        "kind": kinds[line.kind],
        "village": line.village.name,
        "price": line.price,
        "shares": shares,
        "divided": sum(share.amount for share in shares),
        "versions": sorted(used),
    }


def _nameless(shares: Sequence[PartyShare]) -> list[PartyShare]:
    """Shares by what a party is to the village, summed; accounts of the house itself are left out."""
    words = {
        "host": _("Host"),
        "maker": _("Maker"),
        "guide": _("Guide"),
        "bumdes": "BUMDes",
        "manager": _("Assisting company"),
        "village_cash": _("Village cash"),
        "fund": _("Fund"),
        "tax": _("Local tax"),
    }
    sums: dict[str, int] = defaultdict(int)
    for share in shares:
        if share.kind in words:
            sums[share.kind] += share.amount
    return [PartyShare(kind, kind, words[kind], amount) for kind, amount in sums.items() if amount]
