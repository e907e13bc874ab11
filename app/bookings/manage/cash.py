"""Cash: who holds how much since when, and from hand to hand."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import services
from app.bookings.forms import MarkedForm
from app.bookings.manage import bp
from app.bookings.manage.acts import told_apart
from app.bookings.manage.cash_forms import HandOverForm, TakeForm
from app.bookings.manage.forms import StopForm
from app.bookings.manage.sight import scope_of
from app.bookings.manage.words import keeper_names
from app.bookings.models import CashHandover
from app.bookings.queries.cash import list_boxes, list_handovers
from app.bookings.rules import AgeBand
from app.bookings.services import Taker
from app.core import clock
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import DomainError, Invalid, NotFound
from app.core.limits import WRITES, limiter
from app.core.words import gettext as _
from app.users.queries import find_user
from app.users.rules import Permission
from app.villages.queries import list_villages

HAND_OVER = Permission.CASH_HAND_OVER
NUMBER = "<int(max=9223372036854775807):handover_id>"


@bp.get("/cash")
@requires(Permission.CASH_SEE)
def cash() -> str:
    """Each box by age, what is on its way, and what was handed over lately."""
    return _page()


@bp.post("/cash")
@requires(HAND_OVER)
@limiter.limit(WRITES)
def give_cash() -> ResponseReturnValue:
    """Cash of one's own box is handed to somebody, who has to confirm it."""
    form = HandOverForm()

    def act() -> str:
        assert form.handed_on.data is not None, "asked of a valid form only"
        services.hand_cash(
            village=form.village.data,
            receiver=form.receiver.data,
            amount=form.amount.data or 0,
            handed_on=form.handed_on.data,
            reference=form.reference.data or "",
            by_user_id=current_user.id,
            scope=scope_of(HAND_OVER),
        )
        return _("Written down. It is booked when the other one has counted it.")

    return _do("give", form, act)


@bp.post(f"/cash/{NUMBER}/taken")
@requires(HAND_OVER)
@limiter.limit(WRITES)
def taken(handover_id: int) -> ResponseReturnValue:
    """The other one has counted it."""
    _get(handover_id)
    form = TakeForm()

    def act() -> str:
        taker = Taker(
            current_user.id,
            boxes=scope_of(HAND_OVER),
            banks=scope_of(Permission.MONEY_REFUND),
            differences=scope_of(Permission.CASH_DIFFER),
        )
        services.take_cash(
            handover_id=handover_id,
            counted=form.counted.data or 0,
            reason=form.reason.data or "",
            taker=taker,
        )
        return _("Confirmed and booked.")

    return _do(f"take-{handover_id}", form, act)


@bp.post(f"/cash/{NUMBER}/drop")
@requires(HAND_OVER)
@limiter.limit(WRITES)
def drop_cash(handover_id: int) -> ResponseReturnValue:
    """It did not happen."""
    _get(handover_id)
    form = StopForm()

    def act() -> str:
        services.drop_handover(
            handover_id=handover_id,
            reason=form.reason.data or "",
            by_user_id=current_user.id,
            scope=scope_of(HAND_OVER),
        )
        return _("Dropped. The cash is where it was.")

    return _do(f"drop-{handover_id}", form, act)


def _get(handover_id: int) -> CashHandover:
    """Cash that leaves or reaches hands within the reader's reach. Raises NotFound."""
    found = next((one for one in list_handovers(scope_of(HAND_OVER)) if one.id == handover_id), None)
    if found is None:
        raise NotFound(_("There is no such handing over."))
    return found


def _do(name: str, form: MarkedForm, act: Callable[[], str]) -> ResponseReturnValue:
    """Take a step; what is wrong comes back with the form."""
    if not form.validate_on_submit():
        return _page({name: form}), 422
    try:
        with transaction():
            said = act()
    except Invalid as error:
        form.take_errors(error)
        return _page({name: form}), 422
    except DomainError as error:
        flash(error.message, "error")
    else:
        flash(said, "success")
    return redirect(url_for(".cash"), 303)


def _page(sent: dict[str, MarkedForm] | None = None) -> str:
    reach, now = scope_of(Permission.CASH_SEE), clock.now()
    boxes, handed = list_boxes(reach), list_handovers(reach)
    waiting = [one for one in handed if one.confirmed_at is None and one.dropped_at is None]
    forms: dict[str, MarkedForm] = {"give": HandOverForm(formdata=None, handed_on=clock.today())}
    for one in waiting:
        forms[f"take-{one.id}"] = TakeForm(formdata=None)
        forms[f"drop-{one.id}"] = StopForm(formdata=None)
    people = {key for one in handed for key in (one.given_by_id, one.confirmed_by_id) if key}
    return render_template(
        "bookings/manage_cash.html",
        boxes=[(box, box.by_band(now)) for box in boxes],
        bands=list(AgeBand),
        waiting=waiting,
        done=[one for one in handed if one not in waiting][:20],
        villages={village.id: village.name for village in list_villages()},
        keepers=keeper_names(key for one in handed for key in (one.giver, one.receiver)),
        people={key: person.name for key in people if (person := find_user(key)) is not None},
        forms=told_apart(forms | (sent or {})),
        may_hand=not scope_of(HAND_OVER).is_empty,
    )
