"""What staff type about cash: what is handed over, and what was counted."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.bookings.forms import MarkedForm
from app.bookings.manage.sight import scope_of
from app.bookings.manage.words import account_name
from app.core.forms import DayField, MoneyField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.users.rules import Permission, Scope
from app.villages.queries import list_bank_accounts, list_villages


class HandOverForm(MarkedForm):
    """Cash that somebody hands over."""

    village = SelectField(_l("From which box"))
    receiver = SelectField(_l("To whom"))
    amount = MoneyField(_l("Amount handed over"), least=1, validators=[InputRequired(_l("Type the amount."))])
    handed_on = DayField(_l("On which day"), validators=[InputRequired(_l("Choose the day."))])
    reference = StringField(
        _l("Slip or carrier"),
        validators=[
            DataRequired(_l("Write down a reference: the slip's number, or who carried it.")),
            Length(max=80),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own, villages = scope_of(Permission.CASH_HAND_OVER), list_villages()
        boxes = {village.slug: _("Cash box of %(village)s", village=village.name) for village in villages}
        mine = [village.slug for village in villages if own.has_village(village.id)]
        everywhere = list_bank_accounts(Scope(everything=True))
        banks = [one for one in everywhere if one.is_shared or own.has_village(one.village_id)]
        self.village.choices = [SelectChoice(slug, boxes[slug]) for slug in mine]
        self.receiver.choices = [
            *(SelectChoice(f"bank:{one.code}", account_name(one)) for one in banks),
            *(SelectChoice(f"cash:{slug}", name) for slug, name in boxes.items() if mine != [slug]),
        ]


class TakeForm(MarkedForm):
    """What was counted."""

    counted = MoneyField(_l("Amount counted"), validators=[InputRequired(_l("Type the amount."))])
    reason = StringField(_l("Why it differs"), validators=[Optional(), Length(max=300)])
