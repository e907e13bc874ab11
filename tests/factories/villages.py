"""Villages that can sell: who is paid, how revenue is divided, the tax, the accounts."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Sequence
from datetime import date, timedelta

from app.core.money import Rupiah
from app.core.settings import settings
from app.revenue import queries as revenue_queries
from app.revenue import services as revenue
from app.revenue.models import Agreement, Payee
from app.revenue.rules import PayeeKind, RevenueKind
from app.revenue.services import PartSpec
from app.villages import queries as village_queries
from app.villages import services as villages
from app.villages.models import BankAccount, QrisSheet, Village
from app.villages.services import SheetFacts, VillageFacts
from tests.factories.numbers import numbers

BEGAN = date(2025, 1, 1)
SHARES = (7000, 1500, 1000, 500)
"""Host, BUMDes, manager, village cash; the last takes the remainder."""

STAYS = (RevenueKind.STAY_HOME, RevenueKind.STAY_BALKONDES)
OWN = {RevenueKind.PACKAGE: PayeeKind.GUIDE, RevenueKind.PRODUCT: PayeeKind.MAKER}
"""Whose share comes first; of stays it is the host's."""


def make_village(
    slug: str = "sarihayu", *, shares: Sequence[int] = SHARES, tax: int = 1000, agreed: bool = True
) -> Village:
    """A village that can sell: payees, agreements, tax, bank account. One that is there already stays as it is."""
    known = village_queries.find_village(slug)
    if known is not None:
        return known
    village = villages.save_village(
        facts=VillageFacts(
            slug=slug,
            name=slug.title(),
            bps_code=f"33{next(numbers):06d}",
            latitude=-7.6,
            longitude=110.2,
            bumdes=f"BUMDes {slug.title()}",
            bumdes_is_sample=True,
        )
    )
    villages.set_desk_phone(village_id=village.id, phone="+6281200000001")
    make_bank_account(slug, village_id=village.id)
    make_tax(tax)
    if agreed:
        for kind in STAYS:
            make_agreement(village, kind=kind, shares=shares)
    if village_queries.find_bank_account_by_code(settings().collecting_account) is None:
        make_bank_account(settings().collecting_account, village_id=village.id, is_shared=True)
    return village


def make_bank_account(code: str, *, village_id: int, is_shared: bool = False) -> BankAccount:
    """An account to which guests transfer."""
    return villages.create_bank_account(
        code=code,
        village_id=village_id,
        bank="Bank Contoh",
        number=f"0000 {next(numbers):04d}",
        owner_name=f"Contoh {code}",
        is_shared=is_shared,
        is_sample=True,
    )


def qris_text(name: str = "BUMDES CONTOH", nmid: str = "ID1020304050607") -> str:
    """The text of a QRIS sheet, as a provider prints it."""
    parts = {"00": "01", "01": "11", "51": f"0014ID.CO.QRIS.WWW02{len(nmid)}{nmid}0303UMI", "53": "360"}
    parts |= {"58": "ID", "59": name, "60": "MAGELANG"}
    text = "".join(f"{number}{len(value):02d}{value}" for number, value in parts.items()) + "6304"
    return f"{text}{crc_hqx(text.encode(), 0xFFFF):04X}"


def make_sheet(
    code: str = "sarihayu", *, by_user_id: int, basis_points: int = 70, from_on: date = BEGAN
) -> QrisSheet:
    """A QRIS sheet in force for an account, and what its provider keeps."""
    villages.set_qris_rate(code=code, basis_points=basis_points, from_on=from_on, by_user_id=by_user_id)
    facts = SheetFacts(merchant_name="BUMDES CONTOH", nmid="ID1020304050607", payload=qris_text(), photo=None)
    return villages.add_qris_sheet(code=code, facts=facts, reason="sample", by_user_id=by_user_id)


def make_tax(basis_points: int = 1000, *, from_on: date = BEGAN) -> None:
    """The tax inside the prices of stays from a date on; where there is one already from that date it stays."""
    for kind in STAYS:
        if revenue_queries.tax_on(kind=kind, on=from_on) == revenue_queries.tax_on(
            kind=kind, on=from_on - timedelta(days=1)
        ):
            revenue.set_tax_rate(
                kind=kind,
                tax="pbjt",
                basis_points=basis_points,
                from_on=from_on,
                source="sample",
                is_verified=False,
            )


def make_payee(kind: PayeeKind = PayeeKind.HOST, *, village_id: int | None, name: str | None = None) -> Payee:
    """A party that can be paid; the one of that name if there is one."""
    name = name or f"Contoh {kind} {next(numbers)}"
    known = revenue_queries.find_payee(kind=kind, village_id=village_id, name=name)
    return known or revenue.create_payee(kind=kind, name=name, village_id=village_id, is_sample=True)


def make_agreement(
    village: Village,
    *,
    kind: RevenueKind = RevenueKind.STAY_HOME,
    in_force_from: date = BEGAN,
    shares: Sequence[int] = SHARES,
    host_fee: Rupiah | None = None,
) -> Agreement:
    """The next version of how a kind of revenue is divided; `host_fee` is a fee per night for the host off the top."""
    bumdes = make_payee(PayeeKind.BUMDES, village_id=village.id, name=village.bumdes)
    cash = make_payee(PayeeKind.VILLAGE_CASH, village_id=village.id, name=f"Kas {village.name}")
    manager = make_payee(PayeeKind.MANAGER, village_id=None, name="Pendamping")
    own, (first, *others) = OWN.get(kind, PayeeKind.HOST), shares
    parts = [PartSpec(own, basis_points=first)]
    if host_fee is not None:
        parts.append(PartSpec(own, fee=host_fee))
    for payee, share in zip((bumdes, manager, cash), others, strict=True):
        parts.append(PartSpec(payee.kind, payee.id, basis_points=share, is_taker=payee is cash))
    return revenue.create_agreement(
        village_id=village.id, kind=kind, in_force_from=in_force_from, parts=parts, is_sample=True
    )
