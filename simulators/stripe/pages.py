"""The hosted page: plain forms, two languages, and on every page that nothing here is real."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from simulators.stripe import cards, checkout
from simulators.stripe.api import the_world
from simulators.stripe.later import catch_up
from simulators.stripe.situations import situations
from simulators.stripe.store import Thing
from simulators.stripe.words import LANGUAGES, amount, other, words

bp = Blueprint("pages", __name__, template_folder="templates")
VILLAGE_TIME = timezone(timedelta(hours=7))
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)


@bp.after_request
def protect(response: Response) -> Response:
    """No script and nothing from elsewhere; the way back to the site is a redirect, so forms are left free."""
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/")
def home() -> str:
    """What this program is, and what it can be made to do."""
    language = _language(None)
    told = situations(language)
    return _render("notice.html", language, title="home_title", text="home_text", link=None, situations=told)


@bp.get("/c/pay/<identity>")
def show(identity: str) -> AnyResponse:
    """The page to pay on, or why it cannot be paid on any more."""
    session = _session(identity)
    if session is None or session["status"] != "open":
        return _closed(session)
    return _form(session, problem=None)


@bp.post("/c/pay/<identity>")
def try_card(identity: str) -> AnyResponse:
    """A card is tried: a test card's button, or a number typed in."""
    number = request.form.get("card") or request.form.get("number", "")
    return _after(identity, _try(identity, number, confirmed=None))


@bp.get("/c/pay/<identity>/3ds")
def ask(identity: str) -> AnyResponse:
    """The bank asks the card's owner."""
    session = _session(identity)
    if session is None or session["status"] != "open":
        return _closed(session)
    if not _asked_number(session):
        return _again(identity)
    return make_response(_render("bank.html", _language(session), session=session, **_facts(session)))


@bp.post("/c/pay/<identity>/3ds")
def told(identity: str) -> AnyResponse:
    """The card's owner has told the bank yes or no."""
    session = _session(identity)
    number = _asked_number(session) if session else None
    if not number:
        return _again(identity)
    return _after(identity, _try(identity, number, confirmed=request.form.get("answer") == "confirm"))


def _try(identity: str, number: str, *, confirmed: bool | None) -> str:
    world = the_world()
    with world.store.turn():
        catch_up(world)
        if world.store.find(identity, "session") is None:
            return "closed"
        return checkout.pay(world, identity, number, confirmed=confirmed)


def _after(identity: str, outcome: str) -> AnyResponse:
    """Where an attempt leads: back to the site, to the bank's question, or to the form again."""
    session = _session(identity)
    if session is None or outcome == "closed":
        return _closed(session)
    if outcome == "paid":
        return redirect(_way_back(session, "success_url") or "/", 303)
    if outcome == "asked":
        return redirect(url_for("pages.ask", identity=identity, lang=request.args.get("lang")), 303)
    return _form(session, problem=outcome)


def _form(session: Thing, *, problem: str | None) -> AnyResponse:
    choices = [("card_pays", cards.PAYS), ("card_declines", cards.DECLINES), ("card_asks", cards.ASKS)]
    page = _render(
        "pay.html", _language(session), session=session, problem=problem, choices=choices, **_facts(session)
    )
    return make_response(page, 402 if problem else 200)


def _closed(session: Thing | None) -> AnyResponse:
    name = "none" if session is None else "done" if session["status"] == "complete" else "over"
    link = _way_back(session, "success_url" if name == "done" else "cancel_url") if session else None
    page = _render("notice.html", _language(session), title=f"{name}_title", text=f"{name}_text", link=link)
    return make_response(page, {"none": 404, "over": 410}.get(name, 200))


def _way_back(session: Thing, name: str) -> str | None:
    """One of the site's two addresses, with the session's id where the site wants it."""
    address: str | None = session[name]
    return address and address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _again(identity: str) -> AnyResponse:
    return redirect(url_for("pages.show", identity=identity, lang=request.args.get("lang")), 303)


def _session(identity: str) -> Thing | None:
    world = the_world()
    with world.store.turn():
        catch_up(world)
        return world.store.find(identity, "session")


def _asked_number(session: Thing) -> str | None:
    """The card whose bank is asking, if one is."""
    world = the_world()
    with world.store.turn():
        intent = world.store.find(session["payment_intent"] or "", "payment_intent")
        if intent is None or intent["status"] != "requires_action":
            return None
        number: str = world.store.fact(f"asking:{intent['id']}", "")
        return number


def _facts(session: Thing) -> dict[str, object]:
    world = the_world()
    with world.store.turn():
        names = world.store.fact(f"names:{session['id']}", [])
    until = datetime.fromtimestamp(session["expires_at"], VILLAGE_TIME)
    total = amount(session["amount_total"], session["currency"], _language(session))
    return {"names": names, "total": total, "until": until.strftime("%H.%M WIB")}


def _language(session: Thing | None) -> str:
    """What the link says, else what the site asked for, else what the browser prefers, else Indonesian."""
    for wanted in (request.args.get("lang"), session and session["locale"]):
        if wanted in LANGUAGES:
            return str(wanted)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _render(template: str, language: str, **values: object) -> str:
    links = {"language": language, "other": other(language)}
    return render_template(f"stripe/{template}", say=words(language), **links, **values)
