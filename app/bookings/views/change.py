"""The guest moves one thing of a trip to other dates: first what it would cost, then for sure."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request, url_for
from werkzeug import Response

from app.bookings.models import Booking
from app.bookings.rules import LineKind
from app.bookings.services import (
    Dates,
    change_dates,
    change_of,
    check_changeable,
    hear_refund,
    nights_near,
    runs_for,
)
from app.bookings.services.cancel_line import line_at
from app.bookings.views import bp
from app.bookings.views.change_forms import ChangeForm, DatesForm, form_for, written
from app.bookings.views.pay import to_payment_page
from app.bookings.views.show import mine
from app.core import clock
from app.core.access import public
from app.core.dates import Nights
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound, SoldOut
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.payments import calls


@bp.get("/<code>/dates/<int:position>")
@public
def dates(code: str, position: int) -> str | tuple[str, int]:
    """Other dates for one thing, and what they would cost. Raises NotFound, WrongState where they stay."""
    booking = mine(code)
    form = DatesForm(formdata=request.args)
    is_valid = form.validate()
    contents = looked_at(booking, position, form.to() if is_valid else None, form)
    return render_template("bookings/dates.html", **contents), 200 if is_valid else 422


@bp.post("/<code>/dates/<int:position>")
@public
@limiter.limit(WRITES)
def change_now(code: str, position: int) -> Response | tuple[str, int]:
    """Change for the price that was shown; another price, or dates that are gone, are shown first."""
    booking, form = mine(code), ChangeForm()
    to = form.dates()
    if not form.validate():
        return _again(booking, position, to, None), 422
    try:
        with transaction():
            change_dates(code=booking.code, position=position, to=to, expected_total=form.seen())
    except (Conflict, Invalid) as refused:
        return _again(mine(code), position, to, refused.message), refused.status
    flash(_("Your dates are changed."), "success")
    calls.send_refunds(booking.reference, hear=hear_refund)
    return to_payment_page(booking.code, anchor="pay")


def _again(booking: Booking, position: int, to: Dates, problem: str | None) -> str:
    contents = looked_at(booking, position, to, form_for(to))
    return render_template("bookings/dates.html", **(contents | ({"problem": problem} if problem else {})))


def looked_at(booking: Booking, position: int, to: Dates | None, form: DatesForm) -> dict[str, Any]:
    """What the page of other dates shows, for guest and desk: the thing, where it could go, and what these dates would
    cost, or why they cannot be had.
    """
    line = line_at(booking=booking, position=position)
    check_changeable(booking=booking, line=line)
    found: dict[str, Any] = {"change": None, "problem": None, "near": []}
    sent = ChangeForm(formdata=None)
    if to is None and line.kind == LineKind.STAY and not form.errors:
        form.arrival.data, form.departure.data = line.arrival, line.departure
    if to is not None:
        try:
            found["change"] = change = change_of(booking=booking, position=position, to=to)
            sent.to.data, sent.expected_total.data = written(to), str(change.total)
        except Invalid as error:
            form.take_errors(error)
        except SoldOut as full:
            found["problem"] = full.message
            found["near"] = nights_near(line=line, wanted=to) if isinstance(to, Nights) else []
        except (Conflict, NotFound) as refused:
            found["problem"] = refused.message
    return found | {
        "booking": booking,
        "line": line,
        "form": form,
        "sent": sent,
        "runs": runs_for(line=line),
        "today": clock.today(),
        "here": url_for(request.endpoint or "", **(request.view_args or {})),
    }
