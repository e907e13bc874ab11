"""Hold a trip: the price is fixed, agreement, terms and tax are copied in, the nights are taken, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import BookingState, Plan
from app.bookings.sellables import SELLABLES, Sellable
from app.bookings.services import messages
from app.bookings.services.confirm import claim_sold, confirm_booking
from app.bookings.services.coupons import take_coupons
from app.bookings.services.lines import add_line, add_units, named_full
from app.bookings.services.pay import claims_until, open_payment
from app.bookings.services.payment_options import PaymentOption
from app.bookings.services.quote import (
    Quote,
    deposit_of,
    may_pay_on_arrival,
    quote_trip,
)
from app.bookings.services.quote_line import LineQuote
from app.core import clock, codes
from app.core.db import db
from app.core.errors import Invalid, PriceChanged, SoldOut, TooMany
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.core.settings import settings
from app.core.words import gettext as _
from app.payments.rules import PaymentMethod


@dataclass(frozen=True)
class Guest:
    """Who books. E-mail or phone, or both; the country as two letters; the language of their messages."""

    name: str
    email: str | None
    phone: str | None
    country: str
    language: str

    @property
    def key(self) -> str:
        """Who this is, for counting open holds, without being readable."""
        return codes.guest_key(self.email or self.phone or "")


def hold_trip(
    *,
    choices: Sequence[object],
    guest: Guest,
    method: PaymentMethod,
    expected_total: Rupiah | None,
    source: str,
    address: str | None,
    voucher: str | None = None,
) -> Booking:
    """Hold a trip for a guest. `expected_total` is the price the guest saw; `address` counts open holds per sender;
    `voucher` is the code of a voucher or credit. With nothing left to pay the trip is certain at once.

    Raises SoldOut naming the lines that were full, PriceChanged, Invalid, NotFound, TooMany, Conflict (a credit that
    another trip has taken).
    """
    if not (guest.email or guest.phone):
        message = _("Give an e-mail address or a phone number, so that we can reach you.")
        raise Invalid(message, errors=[("email", message)])
    quote = quote_trip(choices=choices, voucher=voucher)
    if expected_total is not None and expected_total != quote.total:
        message = _("The price is now %(total)s. Nothing was held.", total=rupiah(quote.total))
        raise PriceChanged(message, total=quote.total)
    option = quote.option(method)
    address_key = codes.sign(f"address:{address}") if address else None
    _check_open_holds(guest.key, address_key)
    booking = _add_booking(quote, option, guest, source, address_key)
    lines = [add_line(booking=booking, position=at, quote=line) for at, line in enumerate(quote.lines)]
    db.session.flush()
    until = claims_until(method=method, hold_until=option.hold_until)
    _claim(lines, quote.lines, until)
    take_coupons(booking=booking, until=until)
    missing = booking.due_now - booking.covered
    if missing <= 0:  # a credit may cover more than the deposit
        claim_sold(booking=booking)
        confirm_booking(booking=booking)
        return booking
    payment = None
    if option.plan.plan != Plan.ON_ARRIVAL:
        payment = open_payment(booking=booking, method=method, amount=missing)
    messages.tell_held(booking=booking, payment=payment)
    return booking


def _check_open_holds(guest_key: str, address_key: str | None) -> None:
    of_guest, of_address = queries.count_open_holds(guest_key=guest_key, address_key=address_key)
    if of_guest >= settings().holds_per_guest:
        raise TooMany(_("You already hold several rooms. Pay for one or let one go, then book on."))
    if address_key and of_address >= settings().holds_per_address:
        raise TooMany(_("Too many rooms are held from this connection. Try again later."))


def _add_booking(
    quote: Quote, option: PaymentOption, guest: Guest, source: str, address_key: str | None
) -> Booking:
    code = codes.new_code()
    while queries.code_is_used(code):
        code = codes.new_code()
    booking = Booking(
        code=code,
        token_hash=codes.hash_token(codes.access_token(code, 1)),
        state=BookingState.HELD,
        guest_name=guest.name,
        guest_email=guest.email,
        guest_phone=guest.phone,
        guest_country=guest.country,
        language=guest.language,
        guest_key=guest.key,
        address_key=address_key,
        source=source,
        arrival=quote.arrival,
        departure=quote.departure,
        method=option.method,
        plan=option.plan.plan,
        total=quote.total,
        due_now=option.plan.due_now,
        balance_on=option.plan.balance_on,
        deposit_basis_points=deposit_of(lines=quote.lines),
        pay_on_arrival=may_pay_on_arrival(lines=quote.lines),
        paid=0,
        refunded=0,
        voucher_id=quote.voucher_id,
        credit_id=quote.credit_id,
        credit_amount=quote.credit,
        hold_expires_at=option.hold_until,
        created_at=clock.now(),
        lines=[],
    )
    db.session.add(booking)
    return booking


def _claim(lines: Sequence[BookingLine], quotes: Sequence[LineQuote], until: datetime) -> None:
    """Take what the lines need, kind by kind in a fixed order, and write down each unit with its price."""
    units: dict[int, tuple[int, ...]] = {}
    for kind, sellable in SELLABLES.items():
        if mine := [line for line in lines if line.kind == kind]:
            units |= _hold_or_name(sellable, mine, until)
    for line, quote in zip(lines, quotes, strict=True):
        add_units(line=line, quote=quote, unit_ids=units.get(line.id))
    db.session.flush()


def _hold_or_name(
    sellable: Sellable, lines: Sequence[BookingLine], until: datetime
) -> Mapping[int, tuple[int, ...]]:
    try:
        return sellable.hold(lines, until)
    except SoldOut as full:
        raise SoldOut(full.message, lines=named_full(full=full, lines=lines)) from full
