"""The guest's door: a quote and who books, the booking behind its secret link, and finding it again."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

bp = Blueprint("bookings", __name__, url_prefix="/bookings")

from app.bookings.views import (  # noqa: E402, F401  (they put their views on the blueprint)
    account,
    calendar,
    cancel,
    change,
    claim,
    create,
    find,
    papers,
    part,
    pay,
    qris,
    refund,
    show,
    ticket,
    trip,
)


@bp.record_once
def _keep_what_was_typed(state: BlueprintSetupState) -> None:
    """The guest's form checks its token itself: a page that was open for long comes back filled in, not as an error."""
    state.app.extensions["csrf"].exempt(f"{create.__name__}.create")
