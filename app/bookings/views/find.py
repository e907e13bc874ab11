"""Finding one's booking again: the secret link is sent once more to where it went before."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug import Response

from app.bookings.forms import FindForm
from app.bookings.services import send_link_again
from app.bookings.views import bp
from app.core.access import public
from app.core.db import transaction
from app.core.limits import SIGN_INS, limiter
from app.users.forms import AddressForm


@bp.get("/")
@public
def find() -> str:
    """Where is my booking?"""
    return find_page()


@bp.post("/")
@public
@limiter.limit(SIGN_INS)
def send() -> Response | tuple[str, int]:
    """Send the link again. The answer is the same whether or not there is such a booking."""
    form = FindForm()
    if not form.validate():
        return find_page(form=form), 422
    with transaction():
        send_link_again(code=form.code.data or "", contact=form.contact.data or "")
    return redirect(url_for("bookings.find_sent"), 303)


@bp.get("/sent")
@public
def find_sent() -> str:
    """It is on its way, if it was right."""
    return find_page(sent="booking")


def find_page(
    *, form: FindForm | None = None, address_form: AddressForm | None = None, sent: str | None = None
) -> str:
    """The page with both forms; `sent`: for which of them the answer is shown, "booking" or "account"."""
    return render_template(
        "bookings/find.html",
        form=form or FindForm(formdata=None),
        address_form=address_form or AddressForm(formdata=None),
        sent=sent,
    )
