"""The life of a house on sale."""

from __future__ import annotations

from app.core import audit
from app.core.errors import WrongState
from app.core.words import gettext as _
from app.homestays import queries
from app.homestays.models import Homestay
from app.villages.rules import PublicationState, may_move


def move_publication(
    *, homestay_id: int, wanted: PublicationState, by_user_id: int | None, reason: str | None = None
) -> Homestay:
    """One step in the life of a house. Raises NotFound; WrongState for an unknown step, or with nothing to sell."""
    homestay = queries.get_homestay_by_id(homestay_id)
    if not may_move(homestay.state, wanted):
        raise WrongState(_("The house has moved on in the meantime. Look at it again."))
    if wanted == PublicationState.PUBLISHED and not any(kind.is_open for kind in homestay.room_types):
        raise WrongState(_("Open at least one kind of room first; a house without one cannot be booked."))
    before, homestay.state = homestay.state, wanted
    audit.record(
        action="homestay.moved",
        subject=f"homestay:{homestay.slug}",
        user_id=by_user_id,
        reason=reason,
        before=before.value,
        after=wanted.value,
    )
    return homestay
