"""From a choice to a held booking."""

from __future__ import annotations

from itertools import islice
from uuid import uuid4

from flask import g, redirect, render_template, request, url_for
from werkzeug import Response

from app.bookings.forms import GuestForm
from app.bookings.line_texts import Choice, read_line, with_names, write_line
from app.bookings.rules import LineKind, Plan
from app.bookings.sellables import SELLABLES
from app.bookings.services import Guest, Quote, hold_trip, quote_trip
from app.bookings.services.discount import FIELD
from app.bookings.views import bp
from app.bookings.views.pay import to_payment_page
from app.bookings.views.show import open_door
from app.bookings.views.trip import forget
from app.core import clock, idempotency
from app.core.access import public
from app.core.db import transaction
from app.core.errors import Conflict, DomainError, Invalid, PriceChanged, SoldOut, TooMany
from app.core.filters import date_time, long_date, rupiah
from app.core.limits import WRITES, limiter, note_wrong_code, wrong_codes
from app.core.words import LANGUAGES, current_language
from app.core.words import gettext as _
from app.payments.rules import PaymentMethod
from app.tours.inventory import PackageChoice
from app.villages.rules import steps_ahead

ROUTE = "web:bookings"
MOST_DIGITS = 16


@bp.get("/new")
@public
def new() -> Response | str:
    """A quote, who gets what, and the form. Nothing chosen leads to the trip, where it is said what there is."""
    if not request.args.getlist("line"):
        return redirect(url_for("trip.show"))
    quote = quote_trip(choices=_choices())
    return _page(quote, _form(quote))


@bp.post("/new")
@public
@limiter.limit(WRITES)
@wrong_codes(scope="voucher", is_tried=lambda: bool(request.form.get("voucher", "").strip()))
def create() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Hold the trip. Whatever is in the way comes back with the form, everything typed still there."""
    g.page_path = request.path
    quote, wrong = _quote_with_code()
    form = _form(quote, fresh_total="use" in request.form)
    if wrong is not None:
        form.voucher.errors = [wrong.message]
        return _page(quote, form), 422
    if "use" in request.form or request.form.get("switch") in LANGUAGES:
        return _page(quote, form), 200
    if not form.validate():
        return _page(quote, form), 400 if form.csrf_token.errors else 422
    try:
        code = _hold(form)
    except PriceChanged as changed:
        return _page(quote, _form(quote, fresh_total=True), problem=changed), 409
    except (Conflict, Invalid, TooMany) as error:
        later = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
        return _page(quote, form, problem=error), error.status, later
    forget(request.args.getlist("line"))
    return open_door(code, to_payment_page(code))


def _quote_with_code() -> tuple[Quote, Invalid | None]:
    """The trip with the typed code, or without it and why it does nothing."""
    try:
        return quote_trip(choices=_choices(), voucher=request.form.get("voucher")), None
    except Invalid as wrong:
        if FIELD not in dict(wrong.errors):
            raise
        note_wrong_code()
        return quote_trip(choices=_choices()), wrong


def _hold(form: GuestForm) -> str:
    guest = Guest(
        form.name.data or "",
        form.email.data or None,
        form.phone.data or None,
        form.country.data,
        current_language(),
    )
    choices = _named_choices(form)
    digest = idempotency.digest_of(
        [repr(choices), guest.__dict__, form.payment.data, form.voucher.data or ""]
    )
    with transaction():
        known = _claimed(form, digest)
        if known is not None:
            return known
        booking = hold_trip(
            choices=choices,
            guest=guest,
            method=PaymentMethod(form.payment.data),
            expected_total=_seen_total(form),
            source="web",
            address=request.remote_addr,
            voucher=form.voucher.data,
        )
        idempotency.remember(route=ROUTE, key=form.key.data or "", reference=booking.code)
        return booking.code


def _claimed(form: GuestForm, digest: str) -> str | None:
    """The booking this very form made before, if any. One that made another booking gets a new key, and says so."""
    try:
        return idempotency.claim(route=ROUTE, key=form.key.data or "", digest=digest)
    except Conflict as used:
        form.key.data = str(uuid4())
        message = _(
            "You have booked with this form before, and that booking stands. Send it again to book once more."
        )
        raise Conflict(message, code=used.code) from used


def _seen_total(form: GuestForm) -> int | None:
    seen = form.expected_total.data or ""
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < MOST_DIGITS else None


def _form(quote: Quote, *, fresh_total: bool = False) -> GuestForm:
    words = {
        PaymentMethod.CARD: _("Card"),
        PaymentMethod.TRANSFER: _("Bank transfer"),
        PaymentMethod.QRIS: _("QRIS"),
        PaymentMethod.CASH: _("In cash when you arrive"),
    }
    ways = [(option.method.value, words[option.method]) for option in quote.options]
    if not quote.to_pay:
        ways = [(way, _("Nothing is left to pay")) for way, _words in ways[:1]]
    form = GuestForm(payments=ways, joining=_joining(quote))
    if fresh_total or not form.expected_total.data:
        form.expected_total.data = str(quote.total)
    if form.country.data is None and current_language() == "id":
        form.country.data = "ID"
    return form


def _page(quote: Quote, form: GuestForm, problem: DomainError | None = None) -> str:
    left = [SELLABLES[line.draft.kind].left(line.draft.choice) for line in quote.lines]
    is_full = [units < line.draft.quantity for line, units in zip(quote.lines, left, strict=True)]
    rest = [
        write_line(line.draft.choice) for line, full in zip(quote.lines, is_full, strict=True) if not full
    ]
    return render_template(
        "bookings/new.html",
        quote=quote,
        form=form,
        problem=problem,
        taken=_taken(quote, left, problem),
        rest_url=url_for("bookings.new", line=rest) if rest and any(is_full) else None,
        terms_of=[steps_ahead(line.terms, clock.now()) for line in quote.lines],
        shares=quote.shares,
        details=_details(quote),
        search_again=_search_again(quote),
        language_form="guest-form",
    )


def _taken(quote: Quote, left: list[int], problem: DomainError | None) -> list[str]:
    """What is not to be had as it was chosen, with what is left of it: as the hold found it, else as it is now."""
    lost = (
        {line["line"]: line["left"] for line in problem.extra["lines"]}
        if isinstance(problem, SoldOut)
        else {}
    )
    lost = lost or {at: left[at] for at, line in enumerate(quote.lines) if left[at] < line.draft.quantity}
    titles = [(quote.lines[at].draft.title, count) for at, count in sorted(lost.items())]
    return [
        _("%(title)s (%(left)d left)", title=title, left=count) if count else title for title, count in titles
    ]


def _details(quote: Quote) -> dict[str, str]:
    """What each way of paying means here, in words."""
    texts: dict[str, str] = {}
    if not quote.to_pay:
        return texts
    for option in quote.options:
        until, plan = date_time(option.hold_until), option.plan
        if option.method == PaymentMethod.CARD:
            texts[option.method.value] = _(
                "You go on to the page of our card service and come back here. Kept until %(time)s.",
                time=until,
            )
        elif plan.plan == Plan.ON_ARRIVAL:
            texts[option.method.value] = _("Kept until %(time)s. You pay at the house.", time=until)
        elif plan.plan == Plan.DEPOSIT and plan.balance_on:
            texts[option.method.value] = _(
                "%(deposit)s before %(time)s, the other %(rest)s by %(date)s.",
                deposit=rupiah(plan.due_now),
                time=until,
                rest=rupiah(plan.balance),
                date=long_date(plan.balance_on),
            )
        else:
            texts[option.method.value] = _("You have until %(time)s.", time=until)
    return texts


def _search_again(quote: Quote) -> str:
    draft = quote.lines[0].draft
    if draft.kind == LineKind.PACKAGE:
        return url_for("packages.search", village=draft.village.slug)
    if draft.kind == LineKind.PRODUCT:
        return url_for("showcase.search", village=draft.village.slug)
    return url_for(
        "homestays.search",
        arrival=quote.arrival,
        departure=quote.departure,
        adults=draft.adults,
        children=draft.children,
        village=draft.village.slug,
    )


def _choices() -> list[Choice]:
    """The trip in the address. Raises Invalid."""
    return [read_line(text) for text in request.args.getlist("line")]


def _named_choices(form: GuestForm) -> list[Choice]:
    """The trip with the names typed for those who join something, in the order in which they were asked for."""
    names = iter([field.data or "" for field in form.names])
    return [
        with_names(choice, list(islice(names, choice.party if isinstance(choice, PackageChoice) else 0)))
        for choice in _choices()
    ]


def _joining(quote: Quote) -> list[str]:
    """What to call each field for the name of somebody who joins something; the thing too where there are several."""
    parties = [line.draft for line in quote.lines if line.draft.kind == LineKind.PACKAGE]
    return [
        _("Person %(number)d, %(package)s", number=person, package=party.title)
        if len(parties) > 1
        else _("Person %(number)d", number=person)
        for party in parties
        for person in range(1, party.adults + party.children + 1)
    ]
