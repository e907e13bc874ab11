"""The desk corrects where a guest is reached: the links that went elsewhere die."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import EmailField, StringField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from app.bookings import queries
from app.bookings.forms import check_email
from app.bookings.manage import bp
from app.bookings.manage.sight import scope_of
from app.bookings.models import Booking
from app.bookings.services import correct_contact
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.forms import BaseForm, PhoneField
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.users.rules import Permission

PERMISSION = Permission.BOOKINGS_VOUCH


class ContactForm(BaseForm):
    """Where a guest is reached from now on, and why that changes."""

    phone = PhoneField(_l("WhatsApp or phone number"), validators=[Optional(), Length(max=30)])
    email = EmailField(_l("E-mail"), validators=[Optional(), Length(max=254)])
    reason = StringField(_l("Why"), validators=[DataRequired(_l("Say why.")), Length(max=300)])

    def validate_email(self, field: EmailField) -> None:
        """The address in its normal form. Raises ValidationError."""
        if field.data:
            try:
                field.data = check_email(field.data)
            except ValueError as error:
                raise ValidationError(str(error)) from None


@bp.get("/bookings/<code>/contact")
@requires(PERMISSION)
def contact(code: str) -> str:
    """What is known, to be corrected."""
    found = queries.get_booking(code, scope_of(PERMISSION))
    known: dict[str, Any] = {"phone": found.guest_phone, "email": found.guest_email}
    return _page(found, ContactForm(formdata=None, data=known))


@bp.post("/bookings/<code>/contact")
@requires(PERMISSION)
@limiter.limit(WRITES)
def change_contact(code: str) -> ResponseReturnValue:
    """Correct it. The new address gets a new link, the old one is told that it has none."""
    found, form = queries.get_booking(code, scope_of(PERMISSION)), ContactForm()
    if not form.validate_on_submit():
        return _page(found, form), 422
    try:
        with transaction():
            correct_contact(
                code=found.code,
                email=form.email.data or None,
                phone=form.phone.data or None,
                reason=form.reason.data or "",
                by_user_id=current_user.id,
                scope=scope_of(PERMISSION),
            )
    except Invalid as error:
        for name, message in error.errors:
            form[name].errors = [message]
        return _page(found, form), 422
    flash(_("Corrected. A new link has been sent there; the old ones open nothing any more."), "success")
    return redirect(url_for(".booking", code=found.code), 303)


def _page(found: Booking, form: ContactForm) -> str:
    return render_template("bookings/manage_contact.html", booking=found, form=form)
