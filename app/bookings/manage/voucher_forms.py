"""What staff type to make a voucher or to give out a gift."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.bookings import queries
from app.bookings.manage.sight import scope_of
from app.bookings.manage.words import account_name
from app.bookings.rules import LineKind
from app.bookings.services import VoucherTerms
from app.core.forms import BaseForm, CountField, DayField, MoneyField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.users.rules import Permission
from app.villages.queries import list_bank_accounts, list_villages

PERMISSION = Permission.VOUCHERS_GIVE


class VoucherForm(BaseForm):
    """A new voucher."""

    code = StringField(_l("Code"), validators=[Optional(), Length(max=20)])
    amount = MoneyField(_l("Amount"), least=1, validators=[Optional()])
    percent = StringField(_l("Or percent of the price"), validators=[Optional(), Length(max=6)])
    most = MoneyField(_l("Of a percentage, at most"), least=1, validators=[Optional()])
    payee = SelectField(_l("Who bears it"), coerce=int)
    valid_from = DayField(_l("Valid from"), validators=[InputRequired(_l("Choose the day."))])
    valid_until = DayField(_l("Valid until"), validators=[InputRequired(_l("Choose the day."))])
    uses = CountField(_l("How often"), validators=[InputRequired(_l("Please give a whole number."))])
    village = SelectField(_l("Only in"))
    kind = SelectField(_l("Only for"))
    reason = StringField(_l("Why"), validators=[DataRequired(_l("Say why.")), Length(max=300)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = scope_of(PERMISSION)
        villages = [(v.slug, v.name) for v in list_villages() if scope.has_village(v.id)]
        kinds = [("stay", _("Stays")), ("package", _("Packages")), ("product", _("Products"))]
        self.payee.choices = [SelectChoice(key, name) for key, name in queries.list_bearers(scope)]
        self.village.choices = _choices([("", _("Any village")), *villages])
        self.kind.choices = _choices([("", _("Anything")), *kinds])

    def validate_percent(self, field: StringField) -> None:
        """A percentage as people write it: 10, 7.5, 7,5. Raises ValidationError."""
        if field.data and self.basis_points() is None:
            raise ValidationError(_("A percentage lies between 0.01 and 100."))

    def basis_points(self) -> int | None:
        """The percentage in basis points; None where there is none that can be read."""
        try:
            points = Decimal((self.percent.data or "").replace(",", ".")) * 100
        except InvalidOperation:
            return None
        return int(points) if points.is_finite() and points == int(points) and 1 <= points <= 10_000 else None

    def terms(self) -> VoucherTerms:
        """What was typed, as the service takes it."""
        village = next((v.id for v in list_villages() if v.slug == self.village.data), None)
        return VoucherTerms(
            payee_id=self.payee.data,
            amount=self.amount.data,
            basis_points=self.basis_points(),
            most=self.most.data,
            valid_from=self.valid_from.data,  # type: ignore[arg-type]
            valid_until=self.valid_until.data,  # type: ignore[arg-type]
            uses=self.uses.data or 0,
            village_id=village,
            kind=LineKind(self.kind.data) if self.kind.data else None,
        )


class GiftForm(BaseForm):
    """A gift that somebody pays for."""

    amount = MoneyField(_l("Amount received"), least=1, validators=[InputRequired(_l("Type the amount."))])
    keeper = SelectField(_l("In whose hands it is"))
    holder = StringField(
        _l("For whom"), validators=[DataRequired(_l("Please tell us the name.")), Length(max=120)]
    )
    valid_until = DayField(_l("Valid until"), validators=[Optional()])
    reason = StringField(_l("Why"), validators=[DataRequired(_l("Say why.")), Length(max=300)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = scope_of(PERMISSION)
        boxes = [
            (f"cash:{v.slug}", _("Cash box of %(village)s", village=v.name))
            for v in list_villages()
            if scope.has_village(v.id)
        ]
        banks = [(f"bank:{one.code}", account_name(one)) for one in list_bank_accounts(scope)]
        self.keeper.choices = _choices([*boxes, *banks])


def _choices(pairs: list[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, name) for value, name in pairs]
