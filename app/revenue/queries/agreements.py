"""Agreements, tax rates and payees as they stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select

from app.core.db import db
from app.revenue.models import Agreement, AgreementPart, Payee, TaxRate
from app.revenue.rules import PayeeKind, RevenueKind


def find_agreement(*, village_id: int, kind: RevenueKind, on: date) -> Agreement | None:
    """The agreement in force on a service date."""
    query = (
        select(Agreement)
        .where(Agreement.village_id == village_id, Agreement.kind == kind, Agreement.in_force_from <= on)
        .order_by(Agreement.in_force_from.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def parts_in_force(*, village_id: int, kind: RevenueKind, first: date, last: date) -> list[Row[Any]]:
    """The parts of every agreement in force on a date from `first` to `last`, in order, each with its payee's name."""
    here = (Agreement.village_id == village_id, Agreement.kind == kind)
    begins = select(func.max(Agreement.in_force_from)).where(*here, Agreement.in_force_from <= first)
    columns = (AgreementPart.kind, AgreementPart.payee_id, AgreementPart.basis_points, AgreementPart.fee)
    query = (
        select(
            Agreement.id,
            Agreement.version,
            Agreement.in_force_from,
            AgreementPart.is_taker,
            Payee.name,
            *columns,
        )
        .join(AgreementPart, AgreementPart.agreement_id == Agreement.id)
        .outerjoin(Payee, Payee.id == AgreementPart.payee_id)
        .where(*here, Agreement.in_force_from <= last)
        .where(Agreement.in_force_from >= func.coalesce(begins.scalar_subquery(), first))
        .order_by(Agreement.in_force_from, AgreementPart.position)
    )
    return list(db.session.execute(query))


def tax_rates(*, kind: RevenueKind, until: date) -> list[tuple[date, str, int]]:
    """The taxes inside prices of a kind, oldest first: from which date on, its name, its rate in basis points."""
    query = select(TaxRate.from_on, TaxRate.tax, TaxRate.basis_points)
    query = query.where(TaxRate.kind == kind, TaxRate.from_on <= until).order_by(TaxRate.from_on)
    return [(from_on, tax, points) for from_on, tax, points in db.session.execute(query)]


def agreements_in_force(village_ids: Collection[int], on: date) -> dict[tuple[int, RevenueKind], Agreement]:
    """What is in force on a date in several villages at once, by village and kind of revenue."""
    query = select(Agreement).where(Agreement.village_id.in_(village_ids), Agreement.in_force_from <= on)
    return {
        (row.village_id, row.kind): row for row in db.session.scalars(query.order_by(Agreement.in_force_from))
    }


def find_last_agreement(*, village_id: int, kind: RevenueKind) -> Agreement | None:
    """The latest version, in force or still to come."""
    query = (
        select(Agreement)
        .where(Agreement.village_id == village_id, Agreement.kind == kind)
        .order_by(Agreement.version.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def list_agreements(village_id: int) -> list[Agreement]:
    """All versions of a village, by kind, newest first."""
    query = select(Agreement).where(Agreement.village_id == village_id)
    return list(db.session.scalars(query.order_by(Agreement.kind, Agreement.version.desc())))


def tax_on(*, kind: RevenueKind, on: date) -> tuple[str, int]:
    """The tax inside prices of a kind on a date: its name and its rate in basis points; ('none', 0) where untaxed."""
    query = (
        select(TaxRate.tax, TaxRate.basis_points)
        .where(TaxRate.kind == kind, TaxRate.from_on <= on)
        .order_by(TaxRate.from_on.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return ("none", 0) if row is None else (row.tax, row.basis_points)


def payee_names(payee_ids: Sequence[int]) -> dict[int, str]:
    """Names by id."""
    query = select(Payee.id, Payee.name).where(Payee.id.in_(payee_ids))
    return dict(db.session.execute(query).all())


def find_payee(*, kind: PayeeKind, village_id: int | None, name: str | None = None) -> Payee | None:
    """The first payee of a kind in a village (None: the assisting company), by name where there are several."""
    query = (
        select(Payee).where(Payee.kind == kind, Payee.village_id == village_id).order_by(Payee.id).limit(1)
    )
    if name is not None:
        query = query.where(Payee.name == name)
    return db.session.scalars(query).one_or_none()
