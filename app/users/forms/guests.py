"""What a guest types to come into an account, and to leave it for good."""

from __future__ import annotations

from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.forms import BaseForm
from app.core.words import lazy_gettext as _l


class AddressForm(BaseForm):
    """An address to which a link is sent; opening that proves it."""

    address = StringField(
        _l("The phone number or e-mail you booked with"),
        validators=[DataRequired(_l("Type the number or address you booked with.")), Length(max=254)],
        render_kw={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"},
    )


class ComeInForm(BaseForm):
    """Whoever has opened the link comes in by a button: messengers fetch links for a preview."""

    remember = BooleanField(_l("Keep me signed in on this phone"))


class DeleteForm(BaseForm):
    """The account is to go."""

    sure = BooleanField(
        _l("Yes, delete my account"), validators=[InputRequired(_l("Tick this box if you are sure."))]
    )
