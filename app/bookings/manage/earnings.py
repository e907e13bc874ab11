"""What a host, guide or maker earned and will earn: by month, and by booking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask import render_template, request

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.sight import scope_of
from app.bookings.manage.words import month_asked, month_values, months_around, short_month
from app.core import clock
from app.core.access import requires
from app.core.dates import next_month
from app.core.money import Rupiah
from app.revenue.queries import payee_earnings, payee_names
from app.users.rules import Permission

BACK, AHEAD = 3, 3


@dataclass
class Month:
    """A month of one's earnings, in rupiah: earned, paid by guests who have not stayed yet, and not paid yet."""

    month: date
    earned: Rupiah = 0
    held: Rupiah = 0
    expected: Rupiah = 0

    @property
    def total(self) -> Rupiah:
        """All of it."""
        return self.earned + self.held + self.expected

    @property
    def value(self) -> str:
        """As it stands in an address."""
        return f"{self.month:%Y-%m}"

    @property
    def label(self) -> str:
        """Its short name."""
        return short_month(self.month)


@bp.get("/earnings")
@requires(Permission.EARNINGS_SEE)
def earnings() -> str:
    """The months around today, and the bookings of one of them."""
    payees = scope_of(Permission.EARNINGS_SEE).payees
    month = month_asked(request.args.get("month"), clock.today())
    months = months_of(payees, months_around(month, back=BACK, ahead=AHEAD))
    return render_template(
        "bookings/manage_earnings.html",
        names=sorted(payee_names(list(payees)).values()),
        months=months,
        this=months[BACK],
        bars=[{"label": one.label, "solid": one.earned, "dashed": one.held + one.expected} for one in months],
        rows=queries.earnings_by_booking(payees, month, next_month(month)),
        **month_values(month),
        shows_names=not scope_of(Permission.GUESTS_SEE).is_empty,
    )


def months_of(payees: Collection[int], months: list[date]) -> list[Month]:
    """What payees earned, hold and expect in each of some consecutive months."""
    start, end = months[0], next_month(months[-1])
    found: dict[date, Month] = defaultdict(lambda: Month(start))
    for month in months:
        found[month] = Month(month)
    for row in payee_earnings(payees, start, end):
        found[row.month].earned += row.earned
        found[row.month].held += row.held
    for month, amount in queries.expected_earnings(payees, start, end).items():
        found[month].expected += amount
    return [found[month] for month in months]
