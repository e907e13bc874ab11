"""The sample houses: set up through the same services as a real one, one by one, each only once."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.db import transaction
from app.homestays import queries, services
from app.homestays.rules import HouseKind
from app.revenue.rules import PayeeKind
from app.seed.agreements import ensure_payee
from app.seed.house_plans import HousePlan, plan_houses
from app.villages.models import Village
from app.villages.rules import PublicationState


def seed_houses(villages: Sequence[Village]) -> int:
    """Set up the houses that are not there yet; gives how many were new."""
    new = 0
    for village in villages:
        with transaction():
            for plan in plan_houses(village.slug, village.name):
                if not queries.slug_is_taken(plan.slug):
                    _set_up(plan, village.id)
                    new += 1
    return new


def _set_up(plan: HousePlan, village_id: int) -> None:
    homestay = services.create_homestay(
        slug=plan.slug,
        village_id=village_id,
        host_payee_id=ensure_payee(PayeeKind.HOST, payee_name(plan), village_id).id,
        profile=plan.profile,
        sale=plan.sale,
        is_sample=True,
    )
    services.add_rooms(homestay_id=homestay.id, rooms=plan.rooms)
    for kind in plan.types:
        services.add_room_type(
            homestay_id=homestay.id,
            name=kind.name,
            kind=kind.kind,
            beds=kind.beds,
            prices=kind.prices,
            units=kind.units,
        )
    for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
        services.move_publication(homestay_id=homestay.id, wanted=step, by_user_id=None)


def payee_name(plan: HousePlan) -> str:
    """Who is paid for lodging guests here: the household, or the Balkondes with its team."""
    return plan.profile.name if plan.profile.house_kind == HouseKind.BALKONDES else plan.profile.host_name
