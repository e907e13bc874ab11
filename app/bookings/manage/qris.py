"""QRIS: each account's sheet and fee, what guests paid by it, and what its provider sent on to the bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import services
from app.bookings.forms import MarkedForm
from app.bookings.manage import bp
from app.bookings.manage.acts import told_apart
from app.bookings.manage.qris_forms import EndSheetForm, RateForm, SettledForm, SheetForm
from app.bookings.manage.sight import scope_of
from app.bookings.manage.words import account_name
from app.bookings.models import QrisSettlement
from app.bookings.queries.qris import list_settlements
from app.core import clock, qr
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import DomainError, Invalid, NotFound
from app.core.limits import WRITES, limiter
from app.core.money import Rupiah
from app.core.uploads import MOST_PHOTO, Photo, answer_photo, content_of, read_photo, takes_files
from app.core.words import gettext as _
from app.ledger.queries import balances
from app.users.rules import Permission, Scope
from app.villages import services as villages
from app.villages.models import BankAccount, QrisRate, QrisSheet
from app.villages.queries import find_sheet, list_bank_accounts, list_qris_rates, list_sheets
from app.villages.services import SheetFacts

CHANGE, SETTLE = Permission.QRIS_CHANGE, Permission.MONEY_REFUND
MOST_SENT = 12 * 1024 * 1024


@dataclass(frozen=True)
class Till:
    """An account with its sheets and rates, the newest first, and what lies with QRIS for it, in rupiah."""

    account: BankAccount
    name: str
    sheets: list[QrisSheet]
    rates: list[QrisRate]
    held: Rupiah
    settlements: list[QrisSettlement]

    @property
    def sheet(self) -> QrisSheet | None:
        """The sheet in force."""
        return next((sheet for sheet in self.sheets if sheet.ended_at is None), None)


@bp.get("/qris")
@requires(Permission.MONEY_SEE)
def qris() -> str:
    """Accounts with their sheets, and what QRIS holds for each."""
    reach = scope_of(Permission.MONEY_SEE)
    return render_template("bookings/manage_qris.html", tills=_tills(_own(reach)))


@bp.get("/qris/<account>")
@requires(Permission.MONEY_SEE)
def qris_account(account: str) -> str:
    """One account: its sheet, its fee, what was sent on, and what may be done."""
    return _page(account)


@bp.get("/qris/<account>/sheet")
@requires(Permission.MONEY_SEE)
def qris_picture(account: str) -> Response:
    """The sheet in force, as guests see it. Raises NotFound."""
    _get(account, scope_of(Permission.MONEY_SEE))
    sheet = find_sheet(account)
    if sheet is None:
        raise NotFound(_("There is no QRIS sheet here."))
    if sheet.payload is not None:
        return answer_photo(Photo("png", qr.png(sheet.payload)))
    return answer_photo(Photo(sheet.kind or "", sheet.content or b""))


@bp.post("/qris/<account>/sheet")
@requires(CHANGE)
@limiter.limit(WRITES)
@takes_files(MOST_SENT)
def add_sheet(account: str) -> ResponseReturnValue:
    """Guests scan this sheet from now on; the one before ends with the reason."""
    form = SheetForm()

    def act() -> str:
        villages.add_qris_sheet(
            code=account, facts=_facts(form), reason=form.reason.data or "", by_user_id=current_user.id
        )
        return _("Guests scan this sheet from now on. Pay a small sum by it yourself, to be sure.")

    return _do(account, "sheet", form, act, CHANGE)


@bp.post("/qris/<account>/end")
@requires(CHANGE)
@limiter.limit(WRITES)
def end_sheet(account: str) -> ResponseReturnValue:
    """Nobody is offered the sheet any more."""
    form = EndSheetForm()

    def act() -> str:
        villages.end_qris_sheet(code=account, reason=form.reason.data or "", by_user_id=current_user.id)
        return _("Ended. Guests are not offered QRIS here any more.")

    return _do(account, "end", form, act, CHANGE)


@bp.post("/qris/<account>/rate")
@requires(CHANGE)
@limiter.limit(WRITES)
def set_rate(account: str) -> ResponseReturnValue:
    """What the provider keeps from a day on."""
    form = RateForm()

    def act() -> str:
        assert form.from_on.data is not None, "asked of a valid form only"
        villages.set_qris_rate(
            code=account,
            basis_points=form.basis_points() or 0,
            from_on=form.from_on.data,
            by_user_id=current_user.id,
        )
        return _("Noted. What was received before stays as it was booked.")

    return _do(account, "rate", form, act, CHANGE)


@bp.post("/qris/<account>/settled")
@requires(SETTLE)
@limiter.limit(WRITES)
def settled(account: str) -> ResponseReturnValue:
    """The provider has sent money on to the bank."""
    form = SettledForm()

    def act() -> str:
        assert form.arrived_on.data is not None, "asked of a valid form only"
        services.settle_qris(
            account=account,
            amount=form.amount.data or 0,
            arrived_on=form.arrived_on.data,
            reference=form.reference.data or "",
            by_user_id=current_user.id,
        )
        return _("Recorded: it lies with the bank now.")

    return _do(account, "settled", form, act, SETTLE)


def _do(
    account: str, name: str, form: MarkedForm, act: Callable[[], str], permission: Permission
) -> ResponseReturnValue:
    """Take a step with an account of one's own; what is wrong comes back with the form."""
    _get(account, scope_of(permission))
    if not form.validate_on_submit():
        return _page(account, {name: form}), 422
    try:
        with transaction():
            said = act()
    except Invalid as error:
        form.take_errors(error)
        return _page(account, {name: form}), 422
    except DomainError as error:
        flash(error.message, "error")
    else:
        flash(said, "success")
    return redirect(url_for(".qris_account", account=account), 303)


def _facts(form: SheetForm) -> SheetFacts:
    """What was typed and sent. Raises Invalid for a picture that cannot be used."""
    content = content_of("photo", MOST_PHOTO)
    if len(content) > MOST_PHOTO:
        message = _("This picture is too large. At most 6 MB.")
        raise Invalid(message, errors=[("photo", message)])
    return SheetFacts(
        merchant_name=form.merchant_name.data or "",
        nmid=form.nmid.data or "",
        payload=form.payload.data or None,
        photo=read_photo(content) if content else None,
    )


def _own(scope: Scope) -> list[BankAccount]:
    """The accounts within reach; the collecting one belongs to all villages, and only to who sees all."""
    return [one for one in list_bank_accounts(scope) if scope.everything or not one.is_shared]


def _get(code: str, scope: Scope) -> BankAccount:
    found = next((one for one in _own(scope) if one.code == code), None)
    if found is None:
        raise NotFound(_("There is no bank account of that name here."))
    return found


def _tills(accounts: list[BankAccount]) -> list[Till]:
    ids = {one.id for one in accounts}
    sheets, rates = list_sheets(ids), list_qris_rates(ids)
    held = {row.code: -row.amount for row in balances(codes=[f"held:qris:{one.code}" for one in accounts])}
    settlements = list_settlements([one.code for one in accounts])
    return [
        Till(
            account=one,
            name=account_name(one),
            sheets=[sheet for sheet in sheets if sheet.account_id == one.id],
            rates=[rate for rate in rates if rate.account_id == one.id],
            held=held.get(f"held:qris:{one.code}", 0),
            settlements=[row for row in settlements if row.account == one.code],
        )
        for one in accounts
    ]


def _page(account: str, sent: dict[str, MarkedForm] | None = None) -> str:
    (till,) = _tills([_get(account, scope_of(Permission.MONEY_SEE))])
    forms: dict[str, MarkedForm] = {
        "sheet": SheetForm(formdata=None),
        "end": EndSheetForm(formdata=None),
        "rate": RateForm(formdata=None, from_on=clock.today()),
        "settled": SettledForm(formdata=None, arrived_on=clock.today()),
    }
    village_id = till.account.village_id
    return render_template(
        "bookings/manage_qris_account.html",
        till=till,
        forms=told_apart(forms | (sent or {})),
        may_change=scope_of(CHANGE).has_village(village_id),
        may_settle=scope_of(SETTLE).has_village(village_id),
        today=clock.today(),
    )
