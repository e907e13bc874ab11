"""The first page under /manage, and the links that every page under it carries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_login import current_user

from app.bookings import queries as bookings
from app.bookings.manage.earnings import months_of
from app.bookings.manage.revenue import VillageMonth, village_months
from app.bookings.manage.sight import look_at, scope_of
from app.core import clock
from app.core.access import requires
from app.core.dates import month_of
from app.core.words import gettext as _
from app.dashboard.rules import Task, waiting
from app.notifications.queries import count_waiting
from app.revenue.rules import TAX
from app.users.rules import Permission
from app.villages.queries import list_own_villages

PUT_ASIDE_BEFORE = timedelta(days=1)
"""What is fetched by tomorrow is put aside today."""

bp = Blueprint("dashboard", __name__, url_prefix="/manage")


@bp.get("")
@requires(Permission.DASHBOARD_SEE)
def home() -> str:
    """What is next in one's offices; who holds several sees all of them."""
    today, villages = clock.today(), _villages()
    guests = scope_of(Permission.GUESTS_SEE)
    return render_template(
        "dashboard/home.html",
        today=today,
        month=month_of(today),
        offices=current_user.offices_in_force(),
        day=None if guests.is_empty else bookings.day_of(guests, today),
        tells_all=bool(guests.payees) or len(guests.villages) == 1,
        look_at=look_at,
        tasks=_tasks(),
        earnings=_earnings(),
        villages=villages,
        tax=sum(row.of(TAX) for row in villages),
        month_value=f"{today:%Y-%m}",
    )


def _tasks() -> list[Task]:
    """What waits for a hand of this person."""
    receive, refund = scope_of(Permission.MONEY_RECEIVE), scope_of(Permission.MONEY_REFUND)
    send, pickups = scope_of(Permission.MESSAGES_SEND), scope_of(Permission.PICKUPS_HAND_OVER)
    tasks = []
    if not pickups.is_empty:
        count = bookings.count_to_put_aside(pickups, clock.today() + PUT_ASIDE_BEFORE)
        tasks.append(Task("pickups", count, url_for("bookings_manage.pickups")))
    if not receive.is_empty:
        count = bookings.count_waiting_for_money(receive)
        claims = bookings.count_open_claims(receive)
        tasks.append(Task("claims", claims, url_for("bookings_manage.transfers")))
        tasks.append(Task("money", count, url_for("bookings_manage.money")))
    if not refund.is_empty:
        count, amount = bookings.count_refunds_to_send(refund)
        tasks.append(Task("refunds", count, url_for("bookings_manage.refunds"), amount))
        review = [one.amount for one in bookings.list_reviews(refund)]
        tasks.append(Task("review", len(review), url_for("bookings_manage.reviews"), sum(review)))
        count, amount = bookings.count_disputes_to_answer(refund)
        tasks.append(Task("disputes", count, url_for("bookings_manage.disputes"), amount))
    if not (approve := scope_of(Permission.REFUNDS_APPROVE)).is_empty:
        count = bookings.count_to_approve(approve)
        tasks.append(Task("approvals", count, url_for("bookings_manage.approvals")))
    if not send.is_empty:
        tasks.append(Task("messages", count_waiting(send), url_for("notifications_manage.waiting")))
    return waiting(tasks)


def _earnings() -> Any:
    """This month of whoever is paid; None for others."""
    payees = scope_of(Permission.EARNINGS_SEE).payees
    return months_of(payees, [month_of(clock.today())])[0] if payees else None


def _villages() -> list[VillageMonth]:
    """This month of the villages whose figures are theirs to see."""
    scope = scope_of(Permission.FIGURES_SEE)
    return [] if scope.is_empty else village_months(list_own_villages(scope), clock.today())


LINKS = {
    "day": (
        (Permission.DASHBOARD_SEE, "dashboard.home"),
        (Permission.GUESTS_SEE, "bookings_manage.guests"),
        (Permission.MANIFEST_SEE, "bookings_manage.departures"),
        (Permission.GUESTS_CHECK_IN, "bookings_manage.check_in"),
        (Permission.PICKUPS_HAND_OVER, "bookings_manage.pickups"),
        (Permission.BOOKINGS_SEE, "bookings_manage.bookings"),
    ),
    "offer": (
        (Permission.CALENDAR_SEE, "homestays_manage.houses"),
        (Permission.PACKAGES_CHANGE, "packages_manage.packages"),
        (Permission.PRODUCTS_CHANGE, "showcase_manage.products"),
        (Permission.PERIODS_CLOSE, "bookings_manage.closures"),
    ),
    "money": (
        (Permission.MONEY_RECEIVE, "bookings_manage.money"),
        (Permission.MONEY_REFUND, "bookings_manage.refunds"),
        (Permission.REFUNDS_APPROVE, "bookings_manage.approvals"),
        (Permission.REFUNDS_HAND_OVER, "bookings_manage.cash_back"),
        (Permission.MONEY_REFUND, "bookings_manage.disputes"),
        (Permission.CASH_SEE, "bookings_manage.cash"),
        (Permission.MONEY_SEE, "bookings_manage.qris"),
        (Permission.VOUCHERS_GIVE, "bookings_manage.vouchers"),
        (Permission.FIGURES_SEE, "bookings_manage.revenue"),
        (Permission.EARNINGS_SEE, "bookings_manage.earnings"),
    ),
    "people": (
        (Permission.MESSAGES_SEND, "notifications_manage.waiting"),
        (Permission.USERS_INVITE, "users_manage.people"),
        (Permission.VILLAGE_CHANGE, "villages_manage.villages"),
    ),
}


def desk_links() -> list[tuple[str, list[tuple[str, str]]]]:
    """The pages that one's offices open, group by group: the group's words, then address and words of each page."""
    groups = {
        "day": _("Every day"),
        "offer": _("On offer"),
        "money": _("Money"),
        "people": _("People and villages"),
    }
    words = _words_of_pages()
    opened = {
        group: [(url_for(page), words[page]) for permission, page in pages if current_user.can(permission)]
        for group, pages in LINKS.items()
    }
    return [(groups[group], links) for group, links in opened.items() if links]


def _words_of_pages() -> dict[str, str]:
    """What each page is called in the menu, by its endpoint."""
    return {
        "dashboard.home": _("Start"),
        "bookings_manage.guests": _("Guests"),
        "bookings_manage.departures": _("Departures"),
        "bookings_manage.check_in": _("Check-in"),
        "bookings_manage.pickups": _("Pickups"),
        "bookings_manage.bookings": _("Bookings"),
        "bookings_manage.closures": _("Close a period"),
        "bookings_manage.money": _("Money in"),
        "bookings_manage.refunds": _("Refunds"),
        "bookings_manage.approvals": _("Approve refunds"),
        "bookings_manage.cash_back": _("Cash to hand back"),
        "bookings_manage.disputes": _("Disputes"),
        "bookings_manage.cash": _("Cash"),
        "bookings_manage.qris": _("QRIS"),
        "bookings_manage.vouchers": _("Vouchers"),
        "bookings_manage.revenue": _("Revenue"),
        "bookings_manage.earnings": _("Earnings"),
        "homestays_manage.houses": _("Calendars"),
        "packages_manage.packages": _("Packages"),
        "showcase_manage.products": _("Products"),
        "notifications_manage.waiting": _("Messages"),
        "users_manage.people": _("People"),
        "villages_manage.villages": _("Villages"),
    }


@bp.app_context_processor
def _links_for_pages() -> dict[str, Any]:
    return {"desk_links": desk_links}
