"""The guest says that the transfer is on its way: the clock stops until a person has looked."""

from __future__ import annotations

from datetime import datetime

from app.bookings import queries
from app.bookings.models import AcceptedTransfer, Booking, ClaimPhoto, TransferClaim
from app.bookings.rules import (
    ALARM_AFTER,
    BookingState,
    ClaimOutcome,
    LineKind,
    claim_keeps_until,
    hold_after_not_found,
    latest_for,
    transfer_offered,
)
from app.bookings.sellables import SELLABLES
from app.bookings.services import claim_messages
from app.bookings.services.coupons import take_coupons
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Conflict, Invalid, SoldOut, WrongState
from app.core.uploads import Photo
from app.core.words import gettext as _
from app.payments.queries import find_open_payment, lock_payment
from app.payments.rules import PaymentMethod
from app.users.rules import Scope

CLAIMED = frozenset({PaymentMethod.TRANSFER, PaymentMethod.QRIS})
"""Ways of paying that a person has to look for."""


def claim_transfer(*, code: str, photo: Photo | None = None, reference: str | None = None) -> TransferClaim:
    """The guest of a held booking, or of one with a balance asked by transfer or QRIS, says that the money is sent.

    The place is kept until a person has looked, 24 hours at the most and never past arrival; that happens once. Said
    again it is the same; a photo, or the number in the guest's own app (`reference`), may still come with the second
    time. Raises NotFound, WrongState when no such money is waited for, SoldOut when somebody else has the place
    meanwhile.
    """
    booking = queries.lock_booking(code)
    claim = queries.find_open_claim(booking.id)
    if claim is None:
        claim = _add_claim(booking)
    claim.told_reference = (reference or "").strip()[:40] or claim.told_reference
    if photo is not None and not queries.has_photo(claim.id):
        db.session.add(
            ClaimPhoto(claim_id=claim.id, kind=photo.kind, content=photo.content, added_at=clock.now())
        )
    return claim


def _add_claim(booking: Booking) -> TransferClaim:
    payment = find_open_payment(booking.reference)
    if payment is None or payment.method not in CLAIMED or payment.account is None:
        raise WrongState(_not_waited_for(booking))
    before = [one.outcome for one in queries.list_claims_of(booking.id)]
    claim = TransferClaim(booking_id=booking.id, payment_id=payment.id, claimed_at=clock.now())
    if booking.state == BookingState.HELD:
        if booking.state_now != BookingState.HELD or booking.hold_expires_at is None:
            raise WrongState(_not_waited_for(booking))
        until = claim_keeps_until(clock.now(), booking.hold_expires_at, latest_of(booking=booking), before)
        _keep(booking, until)
        claim.keeps_until = until
    db.session.add(claim)
    db.session.flush()
    audit.record(
        action="transfer:claimed", subject=booking.reference, user_id=None, claim=claim.id, payment=payment.id
    )
    return claim


def _not_waited_for(booking: Booking) -> str:
    if booking.state_now == BookingState.EXPIRED:
        return _(
            "The time is up and your places were let go. If your money is on its way, nothing is lost: when it "
            "arrives, all of it is yours if it is still free, otherwise all of your money comes back."
        )
    return _("No transfer is waited for now. This page says how the booking stands.")


def latest_of(*, booking: Booking) -> datetime:
    """Until when, at the most, a trip is kept for a transfer."""
    packages = [line.starts_at for line in booking.living_lines if line.kind == LineKind.PACKAGE]
    return latest_for(booking.arrival, packages)


def _keep(booking: Booking, until: datetime) -> None:
    """Hold the very same places until another time, all or nothing. Raises SoldOut."""
    try:
        for kind, sellable in SELLABLES.items():
            if lines := [line for line in booking.living_lines if line.kind == kind]:
                sellable.extend(lines, until)
        take_coupons(booking=booking, until=until)
    except (Conflict, Invalid) as error:
        raise SoldOut(
            _(
                "Somebody else took the place in the last moment. If your money is on its way, nothing is lost: all "
                "of it comes back, unless the place is free again when it arrives."
            ),
            **(error.extra if isinstance(error, SoldOut) else {}),
        ) from error
    booking.hold_expires_at = until


def answer_not_found(*, code: str, reason: str, by_user_id: int, scope: Scope) -> TransferClaim:
    """Somebody looked and the money is not there yet: the clock runs again, an hour at least, and the guest is told.

    Raises NotFound when nothing waits for an answer, Invalid without a reason.
    """
    if not reason.strip():
        message = _("Say what you looked at, so that the guest knows how to go on.")
        raise Invalid(message, errors=[("reason", message)])
    booking = queries.lock_booking(code)
    claim, _booking, _payment = queries.get_open_claim(booking.code, scope)
    payment = lock_payment(claim.payment_id)
    _close(claim, ClaimOutcome.NOT_FOUND, by_user_id, reason.strip())
    if booking.state_now == BookingState.HELD:
        _keep(booking, hold_after_not_found(clock.now(), payment.due_at, latest_of(booking=booking)))
    audit.record(
        action="transfer:not_found",
        subject=booking.reference,
        user_id=by_user_id,
        reason=reason.strip(),
        claim=claim.id,
    )
    claim_messages.tell_not_found(booking=booking, claim=claim)
    return claim


def close_found(*, booking: Booking, by_user_id: int | None) -> None:
    """A transfer was recorded for the booking: what its guest said of it has been looked at."""
    _close_open(booking, ClaimOutcome.FOUND, by_user_id)


def close_settled(*, booking: Booking, by_user_id: int | None) -> None:
    """The money that was asked for came another way: nobody looks for the transfer any more. Should it arrive too, it
    is found as money too much.
    """
    _close_open(booking, ClaimOutcome.SETTLED, by_user_id)


def _close_open(booking: Booking, outcome: ClaimOutcome, by_user_id: int | None) -> None:
    claim = queries.find_open_claim(booking.id)
    if claim is not None:
        _close(claim, outcome, by_user_id, None)


def _close(claim: TransferClaim, outcome: ClaimOutcome, by_user_id: int | None, reason: str | None) -> None:
    now = clock.now()  # asked first: nothing is written while half of it is said
    claim.outcome, claim.reason = outcome, reason
    claim.looked_at, claim.looked_by_id = now, by_user_id


def alarm_claims(*, limit: int) -> int:
    """Tell the assisting company of claims that nobody has looked at for two hours, each once; how many there were."""
    late = queries.list_claims_to_alarm(claimed_before=clock.now() - ALARM_AFTER, limit=limit)
    for claim, booking, payment in late:
        claim.alarmed_at = clock.now()
        claim_messages.alarm(booking=booking, claim=claim, payment=payment)
    return len(late)


def check_not_claimed(*, booking: Booking) -> None:
    """Refuse another way of paying while a person is to look at a transfer: nobody pays twice. Raises WrongState."""
    if queries.find_open_claim(booking.id) is not None:
        raise WrongState(
            _(
                "You told us that you have transferred. Do not pay again before somebody has looked. If you have not "
                "sent it, tell the desk."
            )
        )


def accept_transfer(*, code: str, reason: str, by_user_id: int) -> Booking:
    """The desk takes a transfer for a held booking that begins too soon for one; accepted twice it stays accepted.

    Its guest may choose to transfer from now on. Raises NotFound, Invalid without a reason, WrongState when it is not
    held or a transfer is open anyway.
    """
    if not reason.strip():
        message = _("Say why a transfer is fine although the guest comes so soon.")
        raise Invalid(message, errors=[("reason", message)])
    booking = queries.lock_booking(code)
    if queries.transfer_is_accepted(booking.id):
        return booking
    if booking.state_now != BookingState.HELD or clock.now() >= latest_of(booking=booking):
        raise WrongState(_("Only for a held booking before its arrival a transfer can be accepted."))
    if transfer_offered(clock.now(), booking.arrival):
        raise WrongState(_("The guest can choose to transfer anyway."))
    accepted = AcceptedTransfer(
        booking_id=booking.id, by_user_id=by_user_id, reason=reason.strip(), at=clock.now()
    )
    db.session.add(accepted)
    db.session.flush()
    audit.record(
        action="transfer:accepted", subject=booking.reference, user_id=by_user_id, reason=reason.strip()
    )
    return booking
