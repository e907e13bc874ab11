"""A card whose owner disputes by themselves, and a bank that decides by our evidence: as Stripe's test mode does it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.payments.gateway.values import ProviderDisputeState
from app.payments.rules import EventOutcome
from app.users.rules import Role
from tests.bookings import acts, cards
from tests.bookings.disputing import dispute, told
from tests.simulators.provider import DISPUTES, Provider


@pytest.mark.parametrize("won", [True, False])
def test_from_the_card_to_the_decision(season: Session, stripe_simulator: Provider, won: bool) -> None:
    cards.at_our_time(stripe_simulator)
    acts.user(Role.MANAGER)
    code = cards.hold(cards.open_shop())
    stripe_simulator.pay(cards.page(code), DISPUTES)
    cards.hear_all(stripe_simulator)
    number = stripe_simulator.await_dispute(str(cards.receipt(code).charge))
    assert EventOutcome.DONE in cards.hear_all(stripe_simulator)
    opened = dispute(number)
    assert (opened.state, opened.amount) == (ProviderDisputeState.NEEDS_ANSWER, acts.booking(code).total)
    assert len(told()) == 1

    stripe_simulator.close_dispute(number, won=won)
    cards.hear_all(stripe_simulator)
    decided = ProviderDisputeState.WON if won else ProviderDisputeState.LOST
    assert dispute(number).state == decided
    acts.nothing_is_wrong()
