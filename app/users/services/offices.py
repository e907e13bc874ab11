"""Offices: given by those who may, for a term, and ended with a reason."""

from __future__ import annotations

from datetime import date

from app.core import audit, clock
from app.core.db import db
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.words import gettext as _
from app.users import queries
from app.users.models import Office
from app.users.rules import PAYEE_ROLES, Role, givable_roles, place_fault


def give_office(
    *,
    user_id: int,
    role: Role,
    village_id: int | None = None,
    payee_id: int | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    note: str | None = None,
    by_user_id: int | None = None,
) -> Office:
    """Give a role with its place and term; `ends_on` is the first day without it, and the term begins today if not
    said otherwise. The same office again, while it is not over, is the one there is.

    Without `by_user_id` it is the operator who gives. Raises NotFound, Invalid for a place or term that cannot be,
    Forbidden where the giver may not give this, or gives it to himself.
    """
    user = queries.get_user_for_update(user_id)
    if user.is_guest:
        raise Forbidden(_("A guest's account holds no office. Invite the person by e-mail or phone number."))
    village_id = _village_of(role, village_id, payee_id)
    today = clock.today()
    starts_on = starts_on or today
    if ends_on is not None and ends_on <= starts_on:
        text = _("The last day lies before the first.")
        raise Invalid(text, errors=[("last_day", text)])
    _check_giver(by_user_id, user.id, role, village_id)
    for office in user.roles:
        same = (office.role, office.village_id, office.payee_id) == (role, village_id, payee_id)
        if same and not office.is_over(starts_on):
            return office
    office = Office(
        user_id=user.id,
        role=role,
        village_id=village_id,
        payee_id=payee_id,
        starts_on=starts_on,
        ends_on=ends_on,
        note=note,
    )
    user.roles.append(office)
    db.session.flush()
    audit.record(
        action="office_given", subject=f"user:{user.id}", user_id=by_user_id, reason=note, **_told(office)
    )
    return office


def _village_of(role: Role, village_id: int | None, payee_id: int | None) -> int | None:
    """The village of an office; a payee's office stands in the payee's village. Raises Invalid."""
    if place_fault(role, village_id, payee_id):
        text = _("Choose whom or which village this office is for.")
        raise Invalid(text, errors=[("payee", text)])
    if role not in PAYEE_ROLES or payee_id is None:
        return village_id
    payee = queries.find_payee(payee_id)
    if payee is None or payee.kind != role.value or village_id not in {None, payee.village_id}:
        text = _("This one is of another kind than the office, or of another village.")
        raise Invalid(text, errors=[("payee", text)])
    return payee.village_id


def _check_giver(by_user_id: int | None, user_id: int, role: Role, village_id: int | None) -> None:
    if by_user_id is None:
        return
    if by_user_id == user_id:
        raise Forbidden(_("Nobody gives an office to themselves, or ends their own."))
    giver = queries.find_user(by_user_id)
    if giver is None or role not in givable_roles(giver.held(), village_id):
        raise Forbidden(_("This office is not yours to give or to end."))


def end_office(
    *, office_id: int, reason: str, by_user_id: int | None = None, ends_on: date | None = None
) -> Office:
    """End a term: access ends with it, at once if `ends_on` (the first day without the office) is not given.

    What was done stays. One that is over stays as it is. Raises NotFound, Invalid without a reason or for an end
    before today, Forbidden where it is not this person's to end.
    """
    if not reason.strip():
        text = _("Say why: it is kept with the office.")
        raise Invalid(text, errors=[("reason", text)])
    office = db.session.get(Office, office_id)
    if office is None:
        raise NotFound(_("There is no such office."))
    queries.get_user_for_update(office.user_id)
    _check_giver(by_user_id, office.user_id, office.role, office.village_id)
    today = clock.today()
    if office.is_over(today):
        return office
    end = max(ends_on or today, office.starts_on)
    if ends_on is not None and ends_on < today:
        text = _("What has passed cannot be ended. Choose today or later.")
        raise Invalid(text, errors=[("last_day", text)])
    office.ends_on = end
    audit.record(
        action="office_ended",
        subject=f"user:{office.user_id}",
        user_id=by_user_id,
        reason=reason.strip(),
        **_told(office),
    )
    return office


def _told(office: Office) -> dict[str, object]:
    """An office as the audit keeps it."""
    return {
        "office_id": office.id,
        "role": office.role.value,
        "village_id": office.village_id,
        "payee_id": office.payee_id,
        "starts_on": str(office.starts_on),
        "ends_on": str(office.ends_on) if office.ends_on else None,
    }
