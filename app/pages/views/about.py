"""What stands in the footer: how money is divided, the terms, privacy, complaints."""

from __future__ import annotations

from flask import current_app, render_template

from app.core.access import public
from app.core.words import gettext as _
from app.core.words import ngettext
from app.pages import queries
from app.pages.views.base import bp
from app.villages.rules import TERMS, Keeps, Terms, TermStep


@bp.get("/how-money-is-divided")
@public
def money() -> str:
    """Where the money goes, with a stay worked through to the rupiah."""
    return render_template("pages/how_money_is_divided.html", example=queries.find_example())


@bp.get("/terms")
@public
def terms() -> str:
    """The contract in plain words: who with, what, price, payment, cancelling, complaints."""
    settings = current_app.config["SETTINGS"]
    return render_template(
        "pages/terms.html", settings=settings, sets=[(name_of(t), steps_of(t)) for t in TERMS]
    )


@bp.get("/privacy")
@public
def privacy() -> str:
    """What is kept of whom, why and how long, and what everybody may ask for."""
    return render_template("pages/privacy.html", settings=current_app.config["SETTINGS"])


@bp.get("/complaints")
@public
def complaints() -> str:
    """Where to complain, how it goes on, and by when it is answered."""
    return render_template("pages/complaints.html", settings=current_app.config["SETTINGS"])


def name_of(terms: Terms) -> str:
    """What a set of cancellation terms is called."""
    return {
        Terms.FLEXIBLE: _("Flexible"),
        Terms.MODERATE: _("Moderate"),
        Terms.FIRM: _("Firm"),
        Terms.STRICT: _("Strict"),
        Terms.NON_REFUNDABLE: _("Non-refundable"),
        Terms.UNTIL_READY: _("Products"),
    }[terms]


def steps_of(terms: Terms) -> list[dict[str, str]]:
    """A set of terms as steps in words, counted back from check-in, or from the start of a package."""
    if terms == Terms.UNTIL_READY:
        # No date ends this: the desk does, by putting the piece aside for the guest.
        return [
            {"until": _("Until the desk has put it aside for you"), "text": _kept(Keeps.NOTHING)},
            {"until": _("After that"), "text": _kept(Keeps.ALL)},
        ]
    steps = TERMS[terms]
    return [{"until": _until(step, len(steps) == 1), "text": _kept(step.keeps)} for step in steps]


def _until(step: TermStep, alone: bool) -> str:
    if step.before is None:
        return _("At any time") if alone else _("After that")
    if step.before.days < 2:
        hours = int(step.before.total_seconds()) // 3600
        return ngettext("Up to %(num)d hour before it begins", "Up to %(num)d hours before it begins", hours)
    return ngettext(
        "Up to %(num)d day before it begins", "Up to %(num)d days before it begins", step.before.days
    )


def _kept(keeps: Keeps) -> str:
    return {
        Keeps.NOTHING: _("All your money comes back."),
        Keeps.FIRST_NIGHT: _("The first night is kept, the rest comes back. Of a package nothing does."),
        Keeps.HALF: _("Half comes back."),
        Keeps.ALL: _("Nothing comes back."),
    }[keeps]
