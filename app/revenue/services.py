"""Agreements come into force, payees come into being, and a sale is told how it is divided."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.revenue import queries
from app.revenue.models import Agreement, AgreementPart, Payee, TaxRate
from app.revenue.rules import Fee, PayeeKind, RevenueKind, Share, SplitTerms, check_parts


@dataclass(frozen=True)
class PartSpec:
    """One party's part in a new agreement: basis points of the rest, or a fee per unit in rupiah off the top.

    `payee_id` None means the party that the sale names, such as the host of the very house.
    """

    kind: PayeeKind
    payee_id: int | None = None
    basis_points: int | None = None
    fee: Rupiah | None = None
    is_taker: bool = False


def create_payee(*, kind: PayeeKind, name: str, village_id: int | None, is_sample: bool = False) -> Payee:
    """A party that can be paid."""
    payee = Payee(kind=kind, name=name, village_id=village_id, is_sample=is_sample)
    db.session.add(payee)
    db.session.flush()
    return payee


def create_agreement(
    *,
    village_id: int,
    kind: RevenueKind,
    in_force_from: date,
    parts: Sequence[PartSpec],
    note: str | None = None,
    is_sample: bool = False,
) -> Agreement:
    """The next version of how a kind of revenue is divided. Old bookings keep the version they were sold under.

    Raises BadAgreement when the shares do not exhaust the amount, Conflict when it would not come after the last one.
    """
    shares = [part for part in parts if part.basis_points is not None]
    check_parts([part.basis_points or 0 for part in shares], [part.is_taker for part in shares])
    last = queries.find_last_agreement(village_id=village_id, kind=kind)
    if last is not None and in_force_from <= last.in_force_from:
        raise Conflict(_("A later agreement is in force already."))
    agreement = Agreement(
        village_id=village_id,
        kind=kind,
        version=1 if last is None else last.version + 1,
        in_force_from=in_force_from,
        approved_at=clock.now(),
        note=note,
        is_sample=is_sample,
        parts=[_part(position, part) for position, part in enumerate(parts)],
    )
    db.session.add(agreement)
    db.session.flush()
    return agreement


def _part(position: int, spec: PartSpec) -> AgreementPart:
    return AgreementPart(
        position=position,
        kind=spec.kind,
        payee_id=spec.payee_id,
        basis_points=spec.basis_points,
        fee=spec.fee,
        is_taker=spec.is_taker,
    )


def set_tax_rate(
    *, kind: RevenueKind, tax: str, basis_points: int, from_on: date, source: str, is_verified: bool
) -> TaxRate:
    """A tax rate from a date on, with where it was read."""
    rate = TaxRate(
        kind=kind, tax=tax, basis_points=basis_points, from_on=from_on, source=source, is_verified=is_verified
    )
    db.session.add(rate)
    db.session.flush()
    return rate


def terms_for(
    *, kind: RevenueKind, village_id: int, village_slug: str, on: date, payees: Mapping[PayeeKind, int]
) -> SplitTerms:
    """How a unit with this service date is divided: agreement and tax in force then, with the sale's own parties.

    Raises NotFound when no agreement is in force on that date, or a party is not named: then nothing may be sold.
    """
    return terms_by_date(
        kind=kind, village_id=village_id, village_slug=village_slug, dates=[on], payees=payees
    )[on]


def terms_by_date(
    *,
    kind: RevenueKind,
    village_id: int,
    village_slug: str,
    dates: Collection[date],
    payees: Mapping[PayeeKind, int],
) -> dict[date, SplitTerms]:
    """How units with these service dates are divided, by date; asked for all of them at once.

    Raises NotFound like `terms_for`.
    """
    first, last = min(dates), max(dates)
    agreed: dict[date, list[Row[Any]]] = defaultdict(list)
    for row in queries.parts_in_force(village_id=village_id, kind=kind, first=first, last=last):
        agreed[row.in_force_from].append(row)
    rates = queries.tax_rates(kind=kind, until=last)
    sellers = {key: (key, name) for key, name in queries.payee_names(list(payees.values())).items()}
    named = {role: sellers[key] for role, key in payees.items() if key in sellers}
    known: dict[tuple[int, int], SplitTerms] = {}
    terms: dict[date, SplitTerms] = {}
    for on in dates:
        agreement, rate = _last(list(agreed), on), _last([from_on for from_on, _tax, _points in rates], on)
        if agreement < 0:
            raise NotFound(_("No agreement on sharing covers this date yet, so it cannot be sold."))
        if (agreement, rate) not in known:
            tax, points = rates[rate][1:] if rate >= 0 else ("none", 0)
            parts = list(agreed.values())[agreement]
            known[agreement, rate] = _split_terms(parts, named, f"tax:{village_slug}:{tax}", points)
        terms[on] = known[agreement, rate]
    return terms


def _last(begins: Sequence[date], on: date) -> int:
    """The place of the last one that has begun on a date; -1: none has."""
    return bisect_right(begins, on) - 1


def _split_terms(
    parts: Sequence[Row[Any]], named: Mapping[PayeeKind, tuple[int, str]], tax_account: str, rate: int
) -> SplitTerms:
    """One agreement with the parties of a sale. Raises NotFound where it names none and the sale neither."""
    payees = [(part.payee_id, part.name) if part.payee_id else named.get(part.kind) for part in parts]
    if None in payees:
        raise NotFound(_("The agreement names a party that is not there, so it cannot be sold."))
    who = [(part, payee) for part, payee in zip(parts, payees, strict=True) if payee is not None]
    shares = [(part, payee) for part, payee in who if part.basis_points is not None]
    return SplitTerms(
        agreement_id=parts[0].id,
        version=parts[0].version,
        tax_account=tax_account,
        tax_rate=rate,
        fees=tuple(Fee(key, part.kind, name, part.fee) for part, (key, name) in who if part.fee is not None),
        shares=tuple(Share(key, part.kind, name, part.basis_points) for part, (key, name) in shares),
        taker=next(place for place, (part, _payee) in enumerate(shares) if part.is_taker),
    )
