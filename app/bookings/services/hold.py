"""Hold a trip: the price is fixed, agreement, terms and tax are copied in, the nights are taken, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, LineUnit, Participant
from app.bookings.rules import BookingState, Plan
from app.bookings.sellables import SELLABLES, Sellable
from app.bookings.services import messages
from app.bookings.services.confirm import claim_sold, confirm_booking
from app.bookings.services.coupons import take_coupons
from app.bookings.services.pay import claims_until, open_payment
from app.bookings.services.quote import (
    LineQuote,
    PaymentOption,
    Quote,
    deposit_of,
    may_pay_on_arrival,
    quote_trip,
)
from app.core import clock, codes
from app.core.db import db
from app.core.errors import Invalid, PriceChanged, SoldOut, TooMany
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.core.settings import settings
from app.core.words import gettext as _
from app.payments.rules import PaymentMethod
from app.villages.rules import terms_to_data


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
        return hashlib.sha256((self.email or self.phone or "").lower().encode()).hexdigest()


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
    lines = [_add_line(booking, position, line) for position, line in enumerate(quote.lines)]
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


def _add_line(booking: Booking, position: int, quote: LineQuote) -> BookingLine:
    draft = quote.draft
    line = BookingLine(
        position=position,
        kind=draft.kind,
        village_id=draft.village.id,
        village=draft.village,
        payee_id=draft.payee_id,
        title=draft.title,
        detail=draft.detail,
        **draft.item,
        arrival=draft.arrival,
        departure=draft.departure,
        quantity=draft.quantity,
        adults=draft.adults,
        children=draft.children,
        price=quote.price,
        tax=quote.tax,
        starts_at=draft.starts_at,
        terms=terms_to_data(draft.terms),
        splits=[terms.to_data() for terms in quote.splits],
        units=[],
        participants=[
            Participant(position=place, name=name) for place, name in enumerate(draft.participants)
        ],
    )
    booking.lines.append(line)
    return line


def _claim(lines: Sequence[BookingLine], quotes: Sequence[LineQuote], until: datetime) -> None:
    """Take what the lines need, kind by kind in a fixed order, and write down each unit with its price."""
    units: dict[int, tuple[int, ...]] = {}
    for kind, sellable in SELLABLES.items():
        if mine := [line for line in lines if line.kind == kind]:
            units |= _hold_or_name(sellable, mine, until)
    for line, quote in zip(lines, quotes, strict=True):
        line.units.extend(
            LineUnit(
                position=position,
                on=on,
                unit_id=units[line.id][position % line.quantity] if line.id in units else None,
                price=price - quote.off(position),
                discount=quote.off(position),
                split_index=quote.split_of_unit[position],
            )
            for position, (on, price) in enumerate(quote.draft.unit_prices)
        )
    db.session.flush()


def _hold_or_name(
    sellable: Sellable, lines: Sequence[BookingLine], until: datetime
) -> Mapping[int, tuple[int, ...]]:
    """Hold; what was full is named as the guest knows it: by its place in the trip."""
    try:
        return sellable.hold(lines, until)
    except SoldOut as full:
        left = full.extra.get("lines", {})
        named = [
            {"line": line.position, "title": line.title, "detail": line.detail, "left": left[line.id]}
            for line in lines
            if line.id in left
        ]
        raise SoldOut(full.message, lines=named) from full
