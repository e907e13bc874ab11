"""What somebody kept of a payment for passing it on: a line of its own, borne as it is agreed, never by the guest."""

from __future__ import annotations

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import qris_fee
from app.core.money import Rupiah
from app.ledger.services import Move, moved, post
from app.payments.models import Receipt
from app.payments.services import note_fee
from app.villages.queries import qris_rate_on

FEES, FX = "fees:provider", "fx"


def bear_fee(*, booking: Booking, receipt: Receipt, fee: Rupiah, net: Rupiah) -> None:
    """Book what was kept of a receipt, in rupiah, once: each line's part from its bearer, whatever became of the line;
    `net` is what its keeper has for it. A bearer's `payable` may go below 0. Raises WrongState if it was known.
    """
    note_fee(receipt=receipt, fee=fee, net=net)
    keeper = receipt.keeper
    moves: list[Move | None] = [
        moved(source=f"payee:{bearer}:payable", target=FEES, amount=part, keeper=keeper)
        for bearer, part in queries.fee_parts(booking, fee)
    ]
    moves.append(moved(source=FEES, target=f"held:{keeper}", amount=fee, keeper=keeper))
    moves.append(moved(source=FX, target=f"held:{keeper}", amount=receipt.amount - fee - net, keeper=keeper))
    if any(moves):
        post(
            reference=f"fee:{receipt.id}",
            kind="fee",
            subject=booking.reference,
            moves=[move for move in moves if move],
        )


def bear_qris_fee(*, booking: Booking, receipt: Receipt, is_borne: bool) -> None:
    """What the QRIS provider keeps of a payment, by the rate of the day on which it came; nothing where it is borne
    already, with the receipt that the money came with first.
    """
    rate = qris_rate_on(receipt.keeper.partition(":")[2], receipt.received_on)
    fee = 0 if is_borne else qris_fee(receipt.amount, rate)
    bear_fee(booking=booking, receipt=receipt, fee=fee, net=receipt.amount - fee)
