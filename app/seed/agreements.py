"""Who can be paid, how each kind of revenue is divided, the tax inside, and the accounts money goes to. All sample."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from app.core.dates import next_month
from app.core.db import transaction
from app.core.money import BASIS
from app.revenue import queries, services
from app.revenue.models import Payee
from app.revenue.rules import PayeeKind, RevenueKind
from app.revenue.services import PartSpec
from app.villages import queries as villages
from app.villages import services as village_services
from app.villages.models import Village

COMPANY = "Pendamping"
BEGAN = date(2025, 1, 1)
TAX_SOURCE = (
    "UU 1/2022: ceiling of 10 %. The tariff in Perda Kabupaten Magelang 12/2023 has not been read yet, "
    "so this rate is unverified."
)
STAYS = (RevenueKind.STAY_HOME, RevenueKind.STAY_BALKONDES)
SHARES = {
    RevenueKind.STAY_HOME: {"own": 7000, "bumdes": 1500, "manager": 1000, "village_cash": 500},
    RevenueKind.STAY_BALKONDES: {"own": 4000, "bumdes": 4000, "manager": 1000, "village_cash": 1000},
    RevenueKind.PACKAGE: {"own": 7000, "bumdes": 1500, "manager": 1000, "village_cash": 500},
    RevenueKind.PRODUCT: {"own": 8000, "bumdes": 1200, "manager": 300, "village_cash": 500},
}
OWN = {
    RevenueKind.STAY_HOME: PayeeKind.HOST,
    RevenueKind.STAY_BALKONDES: PayeeKind.HOST,
    RevenueKind.PACKAGE: PayeeKind.GUIDE,
    RevenueKind.PRODUCT: PayeeKind.MAKER,
}
"""Whose own share it is: that of whoever lodges the guests, goes with them, or made what they take home."""

BREAKFAST_FEE = {"candirejo": 20_000, "wanurejo": 15_000}
"""Villages where the household that cooks breakfast is paid for it before anything is shared, per night."""

REVISED = frozenset({"borobudur", "candirejo", "karanganyar", "karangrejo", "tuksongo", "wanurejo"})
"""Villages with a second version of their agreements."""

BANK = "Bank Contoh"


def seed_agreements(village_list: Sequence[Village], *, today: date, collecting: str) -> None:
    """Payees, agreements, tax rates and bank accounts; what is there already stays as it is."""
    with transaction():
        company = ensure_payee(PayeeKind.MANAGER, COMPANY, None)
        _seed_taxes()
        for village in village_list:
            _seed_agreements_of(village, company, today)
            _seed_account(village)
        _seed_collecting(village_list, collecting)


def ensure_payee(kind: PayeeKind, name: str, village_id: int | None) -> Payee:
    """The payee of this kind and name, made if it is not there."""
    known = queries.find_payee(kind=kind, village_id=village_id, name=name)
    return known or services.create_payee(kind=kind, name=name, village_id=village_id, is_sample=True)


def _seed_taxes() -> None:
    # Lodging alone is taxed. What tour services and goods bring has no local tax here, so those kinds get no rate.
    for kind in STAYS:
        if queries.tax_on(kind=kind, on=BEGAN)[1] == 0:
            services.set_tax_rate(
                kind=kind, tax="pbjt", basis_points=1000, from_on=BEGAN, source=TAX_SOURCE, is_verified=False
            )


def _seed_agreements_of(village: Village, company: Payee, today: date) -> None:
    bumdes = ensure_payee(PayeeKind.BUMDES, village.bumdes, village.id)
    cash = ensure_payee(PayeeKind.VILLAGE_CASH, f"Kas Desa {village.name}", village.id)
    for kind in SHARES:
        last = queries.find_last_agreement(village_id=village.id, kind=kind)
        wanted = 2 if village.slug in REVISED else 1
        for version in range((last.version if last else 0) + 1, wanted + 1):
            # The second version begins within the coming weeks, so that old and new bookings stand side by side.
            begins = BEGAN if version == 1 else next_month(today + timedelta(days=20))
            services.create_agreement(
                village_id=village.id,
                kind=kind,
                in_force_from=begins,
                parts=_parts(village, kind, version, bumdes, company, cash),
                note="Contoh / sample",
                is_sample=True,
            )


def _parts(
    village: Village, kind: RevenueKind, version: int, bumdes: Payee, company: Payee, cash: Payee
) -> list[PartSpec]:
    shares = _shares(village.slug, kind, version)
    parts = [PartSpec(OWN[kind], basis_points=shares["own"])]
    fee = BREAKFAST_FEE.get(village.slug) if kind == RevenueKind.STAY_HOME else None
    if fee:
        parts.append(PartSpec(PayeeKind.HOST, fee=fee))
    return [
        *parts,
        PartSpec(PayeeKind.BUMDES, bumdes.id, basis_points=shares["bumdes"]),
        PartSpec(PayeeKind.MANAGER, company.id, basis_points=shares["manager"]),
        PartSpec(PayeeKind.VILLAGE_CASH, cash.id, basis_points=shares["village_cash"], is_taker=True),
    ]


def _shares(slug: str, kind: RevenueKind, version: int) -> dict[str, int]:
    """Every village agrees a little differently; a second version gives those who do the work a little more."""
    chance = Random(f"agreement:{slug}:{kind}")
    shares = dict(SHARES[kind])
    more = chance.choice((-250, 0, 0, 250)) + (200 if version == 2 else 0)
    shares["own"] += more
    shares["bumdes"] -= more
    assert sum(shares.values()) == BASIS
    return shares


def _seed_account(village: Village) -> None:
    if villages.find_bank_account(village.id) is None:
        village_services.create_bank_account(
            code=village.slug,
            village_id=village.id,
            bank=BANK,
            number=f"0000 00{village.bps_code[-2:]} 0001",
            owner_name=f"{village.bumdes} (contoh)",
            is_sample=True,
        )


def _seed_collecting(village_list: Sequence[Village], code: str) -> None:
    if villages.find_bank_account_by_code(code) is None:
        village_services.create_bank_account(
            code=code,
            village_id=next(village.id for village in village_list if village.slug == "borobudur"),
            bank=BANK,
            number="0000 0000 0099",
            owner_name="Rekening Bersama BUMDes (contoh)",
            is_shared=True,
            is_sample=True,
        )
