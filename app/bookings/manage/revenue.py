"""A village's month by party, and all villages side by side. What is shown adds up, or says by how much it does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.sight import scope_of
from app.bookings.manage.words import (
    month_asked,
    month_values,
    months_around,
    short_month,
    village_choices,
)
from app.core import clock
from app.core.access import requires
from app.core.dates import next_month
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.revenue.queries import MonthShare, MonthTotal, monthly_income, monthly_shares, months_series
from app.users.rules import Permission
from app.villages.models import Village
from app.villages.queries import get_own_village, list_own_villages

BACK, AHEAD = 3, 2


@dataclass
class Party:
    """A kind of party in a month: what it has, and who they are."""

    kind: str
    shares: list[MonthShare] = field(default_factory=list)

    @property
    def earned(self) -> Rupiah:
        """Payable or paid out, in rupiah."""
        return sum(share.earned for share in self.shares)

    @property
    def held(self) -> Rupiah:
        """Waiting until guests have stayed, in rupiah."""
        return sum(share.held for share in self.shares)

    @property
    def amount(self) -> Rupiah:
        """Both together."""
        return self.earned + self.held


@dataclass(frozen=True)
class VillageMonth:
    """One village in the table of all."""

    village: Village
    bookings: int
    received: Rupiah
    parties: dict[str, Party]

    @property
    def earned(self) -> Rupiah:
        """Payable or paid out, tax inside, in rupiah."""
        return sum(party.earned for party in self.parties.values())

    @property
    def held(self) -> Rupiah:
        """Waiting until guests have stayed, in rupiah."""
        return sum(party.held for party in self.parties.values())

    @property
    def divided(self) -> Rupiah:
        """All that was divided, in rupiah."""
        return self.earned + self.held

    def of(self, *kinds: str) -> Rupiah:
        """What parties of these kinds have, in rupiah."""
        return sum(self.parties[kind].amount for kind in kinds if kind in self.parties)


@bp.get("/revenue")
@requires(Permission.FIGURES_SEE)
def revenue() -> ResponseReturnValue:
    """The villages of one's office side by side; who has one only, sees that."""
    villages = list_own_villages(scope_of(Permission.FIGURES_SEE))
    today = clock.today()
    month = month_asked(request.args.get("month"), today)
    if len(villages) == 1:
        return redirect(url_for(".village_revenue", slug=villages[0].slug, month=request.args.get("month")))
    if not villages:
        raise NotFound(_("There is no village of that name here."))
    rows = village_months(villages, month)
    return render_template(
        "bookings/manage_villages.html",
        rows=rows,
        bars=bars(villages, month),
        today=today,
        **month_values(month),
    )


@bp.get("/revenue/<slug>")
@requires(Permission.FIGURES_SEE)
def village_revenue(slug: str) -> str:
    """One village's month: by party, by payee, by booking, as far as one's office reaches."""
    scope = scope_of(Permission.FIGURES_SEE)
    village = get_own_village(slug, scope)
    month = month_asked(request.args.get("month"), clock.today())
    sees_money = scope_of(Permission.MONEY_SEE).has_village(village.id)
    guests = scope_of(Permission.GUESTS_SEE)
    return render_template(
        "bookings/manage_revenue.html",
        village=village,
        row=village_months([village], month)[0],
        income=monthly_income([village.id], month),
        bars=bars([village], month),
        sees_money=sees_money,
        sees_names=guests.has_village(village.id),
        bookings=queries.list_month_bookings(village.id, month) if sees_money else [],
        others=village_choices(scope),
        **month_values(month),
    )


def village_months(villages: Sequence[Village], month: date) -> list[VillageMonth]:
    """Each village's month from the books, beside what its bookings say was received."""
    ids = [village.id for village in villages]
    parties: dict[int, dict[str, Party]] = defaultdict(dict)
    for share in monthly_shares(ids, month):
        parties[share.village_id].setdefault(share.kind, Party(share.kind)).shares.append(share)
    received = queries.received_in_month(ids, month)
    nothing = queries.MonthReceived(0, 0, 0)
    found = []
    for village in villages:
        of_month = received.get(village.id, nothing)
        found.append(VillageMonth(village, of_month.bookings, of_month.received, parties[village.id]))
    return found


def bars(villages: Sequence[Village], month: date) -> list[dict[str, object]]:
    """Months around one, for the chart: solid is earned, dashed still held for guests."""
    months = months_around(month, back=BACK, ahead=AHEAD)
    totals: dict[date, list[MonthTotal]] = defaultdict(list)
    for total in months_series([village.id for village in villages], months[0], next_month(months[-1])):
        totals[total.month].append(total)
    return [
        {
            "label": short_month(one),
            "solid": sum(total.earned for total in totals[one]),
            "dashed": sum(total.held for total in totals[one]),
        }
        for one in months
    ]
