"""What is told about transfers that guests say they have sent: to the guest, and to those who should have looked."""

from __future__ import annotations

from app.bookings.models import Booking, TransferClaim
from app.bookings.rules import BookingState
from app.bookings.services import messages
from app.core import clock
from app.core.settings import settings
from app.notifications.services import queue_message
from app.payments.models import Payment
from app.users.queries import list_office_holders
from app.users.rules import Role


def tell_not_found(*, booking: Booking, claim: TransferClaim) -> None:
    """Somebody looked and the money was not there yet: what they saw, until when the place is kept, how to go on."""
    messages.tell_guest(
        booking=booking,
        template="transfer_not_found",
        event=f"not-found:{claim.id}",
        reason=claim.reason,
        hold_until=booking.hold_expires_at if booking.state_now == BookingState.HELD else None,
    )


def alarm(*, booking: Booking, claim: TransferClaim, payment: Payment) -> None:
    """Tell everybody of the assisting company that a guest's transfer waits for somebody who looks."""
    for person in list_office_holders(role=Role.MANAGER, payee_id=None, day=clock.today()):
        queue_message(
            event_key=f"{booking.reference}:unlooked:{claim.id}:{person.id}",
            template="transfer_unlooked",
            language=person.language,
            name=person.name,
            email=person.email,
            phone=person.phone,
            village_id=booking.living_lines[0].village_id,
            reference=booking.reference,
            context={
                "code": booking.code,
                "url": f"{settings().base_url}/manage/transfers",
                "village": booking.living_lines[0].village.name,
                "since": claim.claimed_at,
                "amount": payment.amount_with_code,
                "hold_until": claim.keeps_until,
                "desk_phone": booking.living_lines[0].village.desk_phone,
            },
        )
