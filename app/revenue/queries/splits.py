"""How sales are divided, for many villages at once: what pages of several things show, in a single question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.revenue.models import Agreement, AgreementPart, Payee, TaxRate
from app.revenue.rules import Fee, RevenueKind, Share, SplitTerms

SELLER = 0
"""Stands for the party that the sale itself names: the host of the very house, the guide, the maker."""


def splits_in_force(village_ids: Collection[int], on: date) -> dict[tuple[int, RevenueKind], SplitTerms]:
    """How each kind of revenue is divided on a date, by village and kind, for showing; unknown ones are left out.

    Whoever sells stands in it as payee `SELLER`, without a name.
    """
    rows_of: dict[tuple[int, RevenueKind], list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(_parts_in_force(village_ids, on)):
        rows_of[row.village_id, row.agreed].append(row)
    return {key: _terms(rows) for key, rows in rows_of.items()}


def _parts_in_force(village_ids: Collection[int], on: date) -> Select[*tuple[Any, ...]]:
    later = aliased(Agreement)
    is_last = ~(
        select(later.id)
        .where(later.village_id == Agreement.village_id, later.kind == Agreement.kind)
        .where(later.in_force_from <= on, later.in_force_from > Agreement.in_force_from)
        .exists()
    )
    rate = (
        select(TaxRate.basis_points)
        .where(TaxRate.kind == Agreement.kind, TaxRate.from_on <= on)
        .order_by(TaxRate.from_on.desc())
        .limit(1)
        .correlate(Agreement)
        .scalar_subquery()
    )
    columns = (AgreementPart.kind, AgreementPart.payee_id, AgreementPart.basis_points, AgreementPart.fee)
    return (
        select(
            Agreement.id,
            Agreement.village_id,
            Agreement.kind.label("agreed"),
            Agreement.version,
            rate.label("tax_rate"),
            AgreementPart.is_taker,
            Payee.name,
            *columns,
        )
        .join(AgreementPart, AgreementPart.agreement_id == Agreement.id)
        .outerjoin(Payee, Payee.id == AgreementPart.payee_id)
        .where(Agreement.village_id.in_(village_ids), Agreement.in_force_from <= on, is_last)
        .order_by(Agreement.id, AgreementPart.position)
    )


def _terms(rows: Sequence[Row[Any]]) -> SplitTerms:
    fees = [row for row in rows if row.fee is not None]
    shares = [row for row in rows if row.basis_points is not None]
    return SplitTerms(
        agreement_id=rows[0].id,
        version=rows[0].version,
        tax_account="tax",
        tax_rate=rows[0].tax_rate or 0,
        fees=tuple(Fee(row.payee_id or SELLER, row.kind, row.name or "", row.fee) for row in fees),
        shares=tuple(
            Share(row.payee_id or SELLER, row.kind, row.name or "", row.basis_points) for row in shares
        ),
        taker=next(place for place, row in enumerate(shares) if row.is_taker),
    )
