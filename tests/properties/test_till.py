"""The provider in this process answers as the simulator does, to everything that a history asks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session as DatabaseSession

from app.core.errors import Unavailable
from app.payments.gateway import ProviderRefundState, Refused, SessionRequest
from tests.properties.till import Crash, Till
from tests.simulators import needs
from tests.simulators.provider import Provider

pytestmark = pytest.mark.database("sqlite")
HOUR = timedelta(hours=1)


class Simulated:
    """The simulator through our own gateway, with what guests and time do to it."""

    def __init__(self, provider: Provider) -> None:
        self.provider, self.ours = provider, provider.gateway()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ours, name)

    def pay(self, session_id: str) -> bool:
        """The guest pays, if the page is open."""
        answer = self.provider.control("POST", f"sessions/{session_id}/pay", number="4242424242424242")
        return bool(answer["outcome"] == "paid")

    def wait(self, span: timedelta) -> None:
        """Time passes."""
        self.provider.advance(span)

    def finish(self, refund: str, state: ProviderRefundState) -> None:
        """The bank sends a refund back."""
        self.provider.fail_refund(refund)


class Pocket(Till):
    """The till, with the same words."""

    def wait(self, span: timedelta) -> None:
        """Time passes."""
        self.now += span


def request(**changes: Any) -> SessionRequest:
    """A page of Rp150.000 for an hour."""
    now = datetime.now(UTC).replace(microsecond=0)
    wanted = SessionRequest(
        reference="booking:HX3K9",
        payment_id=7,
        amount=150_000,
        description="Two nights",
        language="en",
        return_url="https://site.example/back",
        cancel_url="https://site.example/back",
        expires_at=now + HOUR,
        idempotency_key="payment:7",
    )
    return replace(wanted, **changes)


def asked(act: Callable[[], Any]) -> Any:
    """What came of it, without names and addresses that each makes up by itself."""
    try:
        answer = act()
    except Refused:
        return "refused"
    if hasattr(answer, "expires_at"):
        return (
            answer.state,
            answer.url is not None,
            answer.asked,
            answer.paid,
            answer.charge is not None,
            answer.reference,
            answer.payment_id,
            answer.live,
        )
    return answer and (answer.amount, answer.refund_id, answer.state == ProviderRefundState.FAILED)


def paying(provider: Any) -> list[Any]:
    """A page opened twice, also with another sum, paid twice and closed."""
    wanted = request()
    page = provider.open_session(wanted).id
    said = [
        asked(lambda: provider.open_session(wanted)),
        asked(lambda: provider.open_session(replace(wanted, amount=160_000))),
        provider.open_session(wanted).id == page,
        asked(lambda: provider.retrieve_session(page)),
        provider.pay(page),
        provider.pay(page),
        asked(lambda: provider.open_session(wanted)),
        asked(lambda: provider.expire_session(page)),
    ]
    return said + giving_back(provider, str(provider.retrieve_session(page).charge))


def giving_back(provider: Any, charge: str) -> list[Any]:
    """Money of a charge that goes back: twice, too much, failing later, and once more."""

    def refund(number: int, amount: int, key: str) -> Any:
        return provider.refund(charge=charge, amount=amount, refund_id=number, idempotency_key=key)

    said = [asked(lambda: provider.find_refund(charge=charge, refund_id=1))]
    first = refund(1, 100_000, "one")
    tried = (
        (1, 100_000, "one"),
        (1, 100_001, "one"),
        (2, 50_001, "two"),
        (2, 50_000, "three"),
        (3, 1, "four"),
    )
    said += [asked(partial(refund, *one)) for one in tried]
    said.append(provider.find_refund(charge=charge, refund_id=1).id == first.id)
    provider.finish(first.id, ProviderRefundState.FAILED)
    said.append(asked(lambda: provider.find_refund(charge=charge, refund_id=1)))
    said.append(asked(lambda: refund(1, 100_000, "five")))
    said.append(asked(lambda: provider.find_refund(charge=charge, refund_id=1)))
    return said


def ending(provider: Any) -> list[Any]:
    """Pages that are closed, run out, last too short or too long, ask for too little, or whose key is a day old."""
    wanted = request()
    provider.open_session(wanted)
    other = provider.open_session(request(idempotency_key="other")).id
    said = [asked(lambda: provider.expire_session(other)) for _twice in range(2)]
    said.append(provider.pay(other))
    late = provider.open_session(request(idempotency_key="late")).id
    provider.wait(2 * HOUR)
    said.append(provider.pay(late))
    said.append(asked(lambda: provider.retrieve_session(late)))
    odd = (
        request(idempotency_key="short"),
        request(idempotency_key="long", expires_at=wanted.expires_at + 26 * HOUR),
        request(idempotency_key="small", amount=7_999),
    )
    said += [asked(partial(provider.open_session, one)) for one in odd]
    provider.wait(23 * HOUR)
    return [*said, asked(lambda: provider.open_session(wanted))]


@needs.failing_refunds
@pytest.mark.parametrize("history", [paying, ending])
def test_both_tell_the_same(
    session: DatabaseSession, stripe_simulator: Provider, history: Callable[[Any], list[Any]]
) -> None:
    ours, simulated = history(Pocket(datetime.now(UTC))), history(Simulated(stripe_simulator))
    assert ours == simulated
    assert "refused" in ours


def test_trouble_comes_when_it_was_asked_for() -> None:
    till = Till(datetime.now(UTC), trouble=["away", "lost", "dead"])
    with pytest.raises(Unavailable):
        till.open_session(request())
    assert till.pages == {}
    with pytest.raises(Unavailable):
        till.open_session(request())
    assert len(till.pages) == 1
    with pytest.raises(Crash):
        till.open_session(request())
    assert till.open_session(request(expires_at=next(iter(till.pages.values())).expires_at)).id in till.pages
