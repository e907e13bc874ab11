"""The guest gives up a part of a line: chooses what stays, looks at what comes back, and does it."""

from __future__ import annotations

from flask import render_template
from werkzeug import Response

from app.bookings.models import Booking
from app.bookings.services import Reduction, cancel_part, check_not_ended, check_open, line_at
from app.bookings.views import bp
from app.bookings.views.cancel import after_cancelling
from app.bookings.views.part_forms import PartForm, look_at_part, part_form
from app.bookings.views.show import mine
from app.core.access import public
from app.core.db import transaction
from app.core.errors import Invalid, PriceChanged
from app.core.limits import WRITES, limiter


@bp.get("/<code>/part/<int:position>")
@public
def part(code: str, position: int) -> str:
    """What there is to give up. Raises NotFound, WrongState where nothing can be."""
    booking = mine(code)
    check_not_ended(booking=booking)
    check_open(booking=booking, line=line_at(booking=booking, position=position))
    return _page(booking, position, part_form(booking, position, is_sent=False))


@bp.post("/<code>/part/<int:position>")
@public
@limiter.limit(WRITES)
def part_now(code: str, position: int) -> Response | str | tuple[str, int]:
    """Show what the choices would bring; what was shown already is done, for the sum that was shown."""
    booking = mine(code)
    form = part_form(booking, position, is_sent=True)
    if not form.validate():
        return _page(booking, position, form), 422
    if (seen := form.seen()) is None:
        return _page(booking, position, form, look_at_part(booking, position, form))
    try:
        with transaction():
            cancel_part(
                code=booking.code,
                position=position,
                rest=form.rest(),
                reason=form.reason.data,
                expected_refund=seen,
            )
    except (PriceChanged, Invalid) as error:
        booking = mine(code)
        part = look_at_part(booking, position, form)
        return _page(booking, position, form, part, problem=error.message), error.status
    return after_cancelling(booking)


def _page(
    booking: Booking, position: int, form: PartForm, part: Reduction | None = None, problem: str | None = None
) -> str:
    line = line_at(booking=booking, position=position)
    return render_template(
        "bookings/part.html", booking=booking, line=line, form=form, part=part, problem=problem
    )
