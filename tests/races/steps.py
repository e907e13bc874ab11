"""What runners do, each in a transaction of its own as at a door. What comes back can be sent between processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from threading import local

from sqlalchemy import text

from app.bookings import queries, services
from app.core import clock, idempotency
from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays import inventory
from app.homestays.inventory import Claim, Held, StayChoice
from app.payments.rules import PaymentMethod
from app.users.rules import Scope
from tests.factories import make_guest


def hold(guest: int, *choices: StayChoice) -> str:
    """Hold a trip; gives its code."""
    with transaction():
        return _held(guest, choices)


def _held(guest: int, choices: Sequence[StayChoice]) -> str:
    booking = services.hold_trip(
        choices=choices,
        guest=make_guest(guest),
        method=PaymentMethod.TRANSFER,
        expected_total=None,
        source="web",
        address=None,
    )
    return booking.code


def hold_once(key: str, guest: int, choice: StayChoice) -> str:
    """Hold under an Idempotency-Key, as the doors do; gives the code, the first one's where the key was known."""
    digest = idempotency.digest_of({"guest": guest})
    with transaction():
        known = idempotency.claim(route="races", key=key, digest=digest)
        if known is not None:
            return known
        code = _held(guest, [choice])
        idempotency.remember(route="races", key=key, reference=code)
        return code


def pay(code: str, amount: int, method: PaymentMethod = PaymentMethod.TRANSFER) -> tuple[str, int, int]:
    """Record money; gives how the booking reads then, and what was applied and in excess."""
    with transaction():
        receipt = services.receive_payment(code=code, method=method, amount=amount, by_user_id=None)
        booking = queries.find_booking(code)
        assert booking is not None
        return booking.state.value, receipt.applied, receipt.excess


def vouch(code: str, user_id: int) -> str:
    """Confirm on somebody's word."""
    with transaction():
        return services.vouch_booking(code=code, reason="known", by_user_id=user_id).state.value


def release(code: str) -> str:
    """The guest lets go."""
    with transaction():
        return services.release_hold(code=code).state.value


def cancel(code: str) -> str:
    """The guest cancels all that is left."""
    with transaction():
        return services.cancel_booking(code=code, reason=None).state.value


def cancel_line(code: str, position: int) -> str:
    """The guest cancels one line."""
    with transaction():
        return services.cancel_line(code=code, position=position, reason=None).state.value


def change_method(code: str, method: PaymentMethod) -> None:
    """The guest wants to pay otherwise."""
    with transaction():
        services.start_payment(code=code, method=method)


def expire(limit: int = 200) -> int:
    """The job's transaction: how many holds were closed."""
    with transaction():
        return services.expire_holds(limit=limit)


def complete(limit: int = 500, ahead: timedelta = timedelta(0)) -> int:
    """The job's transaction, on a later day: how many units were earned."""
    with clock.shifted(ahead), transaction():
        return services.complete_services(limit=limit)


def send_refund(refund_id: int, user_id: int) -> str:
    """The treasurer has sent it."""
    with transaction():
        refund = services.confirm_refund(
            refund_id=refund_id, proof="transfer 1", by_user_id=user_id, scope=Scope(everything=True)
        )
        return refund.state.value


def block(room_ids: Sequence[int], arrival: date, nights: int) -> None:
    """The host closes nights."""
    with transaction():
        inventory.block(room_ids, Nights(arrival, arrival + timedelta(days=nights)))


_seen_free = local()


def naive_look(room_id: int, night: date) -> None:
    """The control's first half: look, in no transaction of one's own, and remember what was seen."""
    look = text("SELECT count(*) FROM naive_nights WHERE room_id = :room_id AND night = :night")
    _seen_free.value = not db.session.scalar(look, {"room_id": room_id, "night": night.isoformat()})


def naive_write(room_id: int, night: date, who: int) -> None:
    """The control's second half: write in a transaction what was seen to be free, into a table without a key."""
    if not _seen_free.value:
        raise LookupError("taken")
    write = text("INSERT INTO naive_nights (room_id, night, who) VALUES (:room_id, :night, :who)")
    with transaction():
        db.session.execute(write, {"room_id": room_id, "night": night.isoformat(), "who": who})


def take_over(room_type_id: int, line_id: int, night: date) -> None:
    """Take a lapsed night for a line, with nothing else to do before it: the quickest one there can be."""
    with transaction():
        stay = Nights(night, night + timedelta(days=1))
        inventory.hold([Claim(line_id, room_type_id, stay, 1)], clock.now() + timedelta(days=1))


def confirm_claims(unit_id: int, line_id: int, night: date) -> None:
    """Late money's part of the race alone: make a night sold that may have gone to somebody else."""
    with transaction():
        inventory.confirm([Held(line_id, (unit_id,), Nights(night, night + timedelta(days=1)))])
