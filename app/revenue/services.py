"""Agreements come into force, payees come into being, and a sale is told how it is divided."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
    agreement = queries.find_agreement(village_id=village_id, kind=kind, on=on)
    if agreement is None:
        raise NotFound(_("No agreement on sharing covers this date yet, so it cannot be sold."))
    tax, rate = queries.tax_on(kind=kind, on=on)
    named = _named(agreement, payees)
    names = queries.payee_names(list(named.values()))
    fees = [part for part in agreement.parts if part.fee is not None]
    shares = [part for part in agreement.parts if part.basis_points is not None]
    return SplitTerms(
        agreement_id=agreement.id,
        version=agreement.version,
        tax_account=f"tax:{village_slug}:{tax}",
        tax_rate=rate,
        fees=tuple(
            Fee(named[part.position], part.kind, names[named[part.position]], part.fee or 0) for part in fees
        ),
        shares=tuple(
            Share(named[part.position], part.kind, names[named[part.position]], part.basis_points or 0)
            for part in shares
        ),
        taker=next(index for index, part in enumerate(shares) if part.is_taker),
    )


def terms_by_date(
    *,
    kind: RevenueKind,
    village_id: int,
    village_slug: str,
    dates: Collection[date],
    payees: Mapping[PayeeKind, int],
) -> dict[date, SplitTerms]:
    """How units with these service dates are divided, by date; asked once for each run without a change.

    Raises NotFound like `terms_for`.
    """
    first, last = min(dates), max(dates)
    changes = queries.changes_between(village_id=village_id, kind=kind, after=first, until=last)
    begins = [first, *changes]
    terms = [
        terms_for(kind=kind, village_id=village_id, village_slug=village_slug, on=on, payees=payees)
        for on in begins
    ]
    return {on: terms[bisect_right(begins, on) - 1] for on in dates}


def _named(agreement: Agreement, payees: Mapping[PayeeKind, int]) -> dict[int, int]:
    """The payee of each part by its position: the agreement's own, else the sale's. Raises NotFound."""
    named = {part.position: part.payee_id or payees.get(part.kind) for part in agreement.parts}
    known = {position: payee_id for position, payee_id in named.items() if payee_id is not None}
    if len(known) != len(named):
        raise NotFound(_("The agreement names a party that is not there, so it cannot be sold."))
    return known
