"""What the assisting company is told when money is in trouble, once each, to everybody who is in its office then."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.core import clock
from app.core.money import Rupiah
from app.core.settings import settings
from app.notifications.services import queue_message
from app.users.queries import list_office_holders
from app.users.rules import Role


class Trouble(StrEnum):
    """What it is about; the words stand in templates/mail/money_trouble.*."""

    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    REFUND_RETURNED = "refund_returned"


def tell_company(
    *, trouble: Trouble, number: int, code: str | None, amount: Rupiah, due_at: datetime | None = None
) -> None:
    """Write to each of the assisting company's people, once per trouble and thing (`number` is its own).

    `amount` in rupiah. Nothing about the guest is in it but the booking's code; None where the booking is not known.
    """
    page = "refunds" if trouble == Trouble.REFUND_RETURNED else "disputes"
    for person in list_office_holders(role=Role.MANAGER, payee_id=None, day=clock.today()):
        queue_message(
            event_key=f"{trouble.value}:{number}:{person.id}",
            template="money_trouble",
            language=person.language,
            name=person.name,
            email=person.email,
            phone=person.phone,
            village_id=None,
            reference=f"booking:{code}" if code else None,
            context={
                "trouble": trouble.value,
                "code": code or "",
                "amount": amount,
                "expires_at": due_at,
                "url": f"{settings().base_url}/manage/{page}",
            },
        )
