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


@bp.get("/")
@public
def find() -> str:
    """Where is my booking?"""
    return render_template("bookings/find.html", form=FindForm(), sent=False)


@bp.post("/")
@public
@limiter.limit(SIGN_INS)
def send() -> Response | tuple[str, int]:
    """Send the link again. The answer is the same whether or not there is such a booking."""
    form = FindForm()
    if not form.validate():
        return render_template("bookings/find.html", form=form, sent=False), 422
    with transaction():
        send_link_again(code=form.code.data or "", contact=form.contact.data or "")
    return redirect(url_for("bookings.find_sent"), 303)


@bp.get("/sent")
@public
def find_sent() -> str:
    """It is on its way, if it was right."""
    return render_template("bookings/find.html", form=FindForm(formdata=None), sent=True)
