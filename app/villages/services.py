"""What happens to villages: they are entered, their roads are corrected, their bank accounts are named."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from app.core import audit
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.words import gettext as _
from app.villages import queries
from app.villages.models import BankAccount, Road, Village
from app.villages.rules import TEMPLE, Place, estimated_metres, minutes_for


@dataclass(frozen=True, kw_only=True)
class VillageFacts:
    """What is known of a village; None is unknown and is left out of every page."""

    slug: str
    name: str
    bps_code: str
    latitude: float
    longitude: float
    bumdes: str
    bumdes_is_sample: bool
    sponsor: str | None = None
    theme_id: str | None = None
    theme_en: str | None = None
    activities_id: str | None = None
    activities_en: str | None = None
    products_id: str | None = None
    products_en: str | None = None
    year_opened: int | None = None


def save_village(*, facts: VillageFacts) -> Village:
    """Enter a village, or bring its facts up to date. A new one gets an estimated way to the temple.

    What the village itself keeps (roads, desk phone) is left alone.
    """
    village = queries.find_village(facts.slug)
    if village is None:
        metres = estimated_metres(Place(facts.latitude, facts.longitude), TEMPLE)
        village = Village(
            **asdict(facts), temple_metres=metres, temple_minutes=minutes_for(metres), temple_is_estimate=True
        )
        db.session.add(village)
    else:
        for name, value in asdict(facts).items():
            setattr(village, name, value)
    db.session.flush()
    return village


def set_desk_phone(*, village_id: int, phone: str) -> Village:
    """The number at which guests reach the village's desk (E.164). Raises NotFound."""
    village = queries.get_village_by_id(village_id)
    village.desk_phone = phone
    return village


def set_road(
    *,
    village_id: int,
    other_id: int,
    metres: int,
    minutes: int,
    is_estimate: bool,
    by_user_id: int | None = None,
) -> Road:
    """Say how far two villages are from each other by road; a person's correction is written down.

    Raises Invalid for a way to itself or without length.
    """
    _check_way(metres, minutes)
    if village_id == other_id:
        raise Invalid(_("A road leads from one village to another."))
    road = queries.find_road(village_id, other_id)
    if road is None:
        low, high = sorted((village_id, other_id))
        road = Road(village_id=low, other_id=high, metres=metres, minutes=minutes, is_estimate=is_estimate)
        db.session.add(road)
    else:
        _record(
            f"road:{road.village_id}-{road.other_id}", road.metres, road.minutes, metres, minutes, by_user_id
        )
        road.metres, road.minutes, road.is_estimate = metres, minutes, is_estimate
    db.session.flush()
    return road


def set_temple_road(
    *, village_id: int, metres: int, minutes: int, is_estimate: bool, by_user_id: int | None = None
) -> Village:
    """Say how far a village is from the temple by road. Raises NotFound; Invalid without length."""
    _check_way(metres, minutes)
    village = queries.get_village_by_id(village_id)
    subject = f"village:{village.slug}"
    _record(subject, village.temple_metres, village.temple_minutes, metres, minutes, by_user_id)
    village.temple_metres, village.temple_minutes, village.temple_is_estimate = metres, minutes, is_estimate
    return village


def create_bank_account(
    *,
    code: str,
    village_id: int,
    bank: str,
    number: str,
    owner_name: str,
    is_shared: bool = False,
    is_sample: bool = False,
) -> BankAccount:
    """Name an account to which guests transfer; its code is its keeper's name in the ledger.

    Raises Conflict when the code is taken.
    """
    if queries.find_bank_account_by_code(code) is not None:
        raise Conflict(_("There is already an account of that name."))
    account = BankAccount(
        code=code,
        village_id=village_id,
        bank=bank,
        number=number,
        owner_name=owner_name,
        is_shared=is_shared,
        is_sample=is_sample,
    )
    db.session.add(account)
    db.session.flush()
    return account


def _check_way(metres: int, minutes: int) -> None:
    if not (0 < metres <= 200_000 and 0 < minutes <= 600):
        raise Invalid(_("A way by road is between 1 metre and 200 km, and between 1 minute and 10 hours."))


def _record(
    subject: str, metres: int, minutes: int, new_metres: int, new_minutes: int, user_id: int | None
) -> None:
    if user_id is not None:
        before, after = [metres, minutes], [new_metres, new_minutes]
        audit.record(action="road.set", subject=subject, user_id=user_id, before=before, after=after)
