"""The QRIS sheet that a guest pays by."""

from __future__ import annotations

from flask import Response

from app.bookings.views import bp
from app.bookings.views.show import mine
from app.core import qr
from app.core.access import public
from app.core.errors import NotFound
from app.core.uploads import Photo, answer_photo
from app.core.words import gettext as _
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.villages.models import QrisSheet
from app.villages.queries import find_sheet


@bp.get("/<code>/qris")
@public
def qris(code: str) -> Response:
    """The sheet as a picture, for whoever pays this booking by it now. Raises NotFound."""
    payment = find_open_payment(mine(code).reference)
    is_asked = payment is not None and payment.method == PaymentMethod.QRIS
    sheet = find_sheet(payment.account or "") if payment is not None and is_asked else None
    if sheet is None:
        raise NotFound(_("There is no QRIS sheet here."))
    return answer_photo(picture_of(sheet))


def picture_of(sheet: QrisSheet) -> Photo:
    """What is scanned: drawn from the sheet's own text where it is known, else the picture that was sent in."""
    if sheet.payload is not None:
        return Photo("png", qr.png(sheet.payload))
    assert sheet.kind is not None, "the table refuses a sheet with neither"
    assert sheet.content is not None, "the table refuses a half"
    return Photo(sheet.kind, sheet.content)
