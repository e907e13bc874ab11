"""What guests look for and choose, and what makers enter, with the words of kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import LazyString
from wtforms import HiddenField, RadioField, SearchField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.errors import Invalid
from app.core.forms import BaseForm, CountField
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.showcase.inventory import ProductSearch
from app.showcase.queries import Pickup
from app.showcase.rules import ProductKind
from app.villages.models import Village

KINDS: dict[ProductKind, LazyString] = {
    ProductKind.FOOD: _l("Food"),
    ProductKind.DRINK: _l("Drinks"),
    ProductKind.CRAFT: _l("Crafts"),
    ProductKind.TEXTILE: _l("Cloth and batik"),
    ProductKind.PLANT: _l("Plants"),
}


class ShowcaseForm(BaseForm):
    """A search by GET: where it is made, what kind of thing, and words."""

    class Meta(BaseForm.Meta):
        """Nothing is changed by a search, so it needs no token."""

        csrf = False

    q = SearchField(
        _l("What are you looking for?"),
        validators=[Length(max=80, message=_l("Write at most 80 letters."))],
    )
    village = SelectField(_l("Made in"), default="", validate_choice=False)
    kind = SelectField(_l("Kind"), default="", validate_choice=False)

    def know_villages(self, villages: Sequence[Village]) -> None:
        """The villages and kinds that may be asked for."""
        named = [SelectChoice(village.slug, village.name) for village in villages]
        self.village.choices = [SelectChoice("", _("All villages")), *named]
        self.kind.choices = [
            SelectChoice("", _("Everything")),
            *(SelectChoice(kind.value, str(word)) for kind, word in KINDS.items()),
        ]
        self.known_villages = {village.slug for village in villages}

    def validate_village(self, field: SelectField) -> None:
        """Only villages that are there."""
        if field.data and field.data not in self.known_villages:
            raise ValidationError(_("There is no such village here. These are all of them."))

    def validate_kind(self, field: SelectField) -> None:
        """Only kinds that are there."""
        if field.data and field.data not in set(ProductKind):
            raise ValidationError(_("There is no such kind here. These are all of them."))

    def search(self) -> ProductSearch:
        """What a valid form asks for."""
        kind = ProductKind(self.kind.data) if self.kind.data else None
        return ProductSearch(village=self.village.data or None, kind=kind, text=self.q.data or None)


class PickForm(BaseForm):
    """How many pieces, and where they are picked up."""

    quantity = CountField(_l("How many?"), default=1, validators=[InputRequired(_l("Write a number."))])
    pickup = RadioField(
        _l("Where do you pick it up?"),
        validators=[InputRequired(_l("Choose where you pick it up."))],
        validate_choice=False,
    )

    @classmethod
    def of(cls, pickups: Sequence[Pickup], *, is_sent: bool = False) -> PickForm:
        """The form for a product that waits in these places; the place with most of it is chosen at first."""
        waiting = [place for place in pickups if place.left]
        first = waiting[0].village.slug if waiting else None
        form = cls(**({} if is_sent else {"formdata": None, "pickup": first}))
        form.pickup.choices = [
            SelectChoice(place.village.slug, _("Balkondes %(village)s", village=place.village.name))
            for place in waiting
        ]
        return form

    def take_errors(self, error: Invalid) -> None:
        """Put what the rules say beside the fields it is about."""
        for name, message in error.errors:
            field = self._fields.get(name, self.quantity)
            field.errors = [*field.errors, message]


class RestockForm(BaseForm):
    """Pieces that have come to a place. The key makes a second click count for nothing."""

    stock_id: int
    pieces = CountField(_l("Pieces that came"), validators=[InputRequired(_l("Write a number."))])
    key = HiddenField(
        _l("This form"),
        validators=[
            DataRequired(_l("It is not complete. Open the page and begin again.")),
            Length(max=64),
        ],
    )

    @classmethod
    def of(cls, stock_id: int, *, key: str = "", is_sent: bool = False) -> RestockForm:
        """The form of one place; what was sent goes only to the form it was sent from."""
        kwargs: dict[str, Any] = {} if is_sent else {"formdata": None, "key": key}
        form = cls(prefix=f"stock-{stock_id}", **kwargs)
        form.stock_id = stock_id
        return form

    def take_errors(self, error: Invalid) -> None:
        """Put what the rules say beside the field."""
        self.pieces.errors = [*self.pieces.errors, *(message for _name, message in error.errors)]


class CorrectForm(BaseForm):
    """Pieces counted again. `seen` is the number that stood on the page."""

    stock_id: int
    pieces_left = CountField(
        _l("How many are there to sell?"), validators=[InputRequired(_l("Write a number."))]
    )
    reason = StringField(
        _l("Why was the number wrong?"),
        validators=[
            DataRequired(_l("Say in a few words why the number was wrong.")),
            Length(max=200, message=_l("Write at most 200 letters.")),
        ],
    )
    seen = HiddenField()

    @classmethod
    def of(cls, stock_id: int, *, seen: int = 0, is_sent: bool = False) -> CorrectForm:
        """The form of one place; what was sent goes only to the form it was sent from."""
        kwargs: dict[str, Any] = {} if is_sent else {"formdata": None, "seen": seen}
        form = cls(prefix=f"count-{stock_id}", **kwargs)
        form.stock_id = stock_id
        return form

    def seen_number(self) -> int | None:
        """What stood on the page, None where it does not say so any more."""
        text = str(self.seen.data or "")
        return int(text) if text.isdecimal() and len(text) < 10 else None

    def take_errors(self, error: Invalid) -> None:
        """Put what the rules say beside the fields it is about."""
        for name, message in error.errors:
            field = self._fields.get(name, self.pieces_left)
            field.errors = [*field.errors, message]


class StepForm(BaseForm):
    """One step in the life of a product."""

    wanted = StringField(validators=[InputRequired()])
