"""The control door: what a test, or a curious person, may do to the simulator. JSON in and out, with the secret key."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulators.stripe import checkout, disputes, payments, payouts, refunds
from simulators.stripe.api import the_world
from simulators.stripe.delivery import send_and_note
from simulators.stripe.errors import ApiError, missing
from simulators.stripe.later import catch_up

bp = Blueprint("control", __name__, url_prefix="/_control")
TROUBLES = ("away", "lose_answers", "refunds_fail")
SPOILABLE = ("amount_total", "currency", "livemode")


@bp.before_request
def need_the_key() -> Response | None:
    """Only who has the secret key may turn the knobs."""
    given = request.authorization
    if given and hmac.compare_digest((given.token or "").encode(), the_world().options.secret_key.encode()):
        return None
    return _refusal(ApiError("The control door wants the secret key as a bearer token.", status=401))


@bp.errorhandler(ApiError)
def _refusal(error: ApiError) -> Response:
    response = jsonify(error.body)
    response.status_code = error.status
    return response


@bp.post("/reset")
def reset() -> Response:
    """Forget everything, also what was set here."""
    with the_world().store.turn():
        the_world().store.clear()
    return jsonify({})


@bp.post("/trouble")
def trouble() -> Response:
    """`away`: the next N calls are answered 503. `lose_answers`: the work of the next N is done, the line goes dead.
    `refunds_fail`: the next N refunds succeed and fail a little later."""
    with the_world().store.turn():
        for name, count in _given(*TROUBLES).items():
            the_world().store.note(name, int(count))
    return jsonify({})


@bp.post("/clock")
def clock() -> Response:
    """`shift`: how many seconds the simulator is ahead of the machine; `advance`: so many more. What is due is done."""
    world, given = the_world(), _given("shift", "advance")
    with world.store.turn():
        shift = given.get("shift", world.store.fact("shift", 0)) + given.get("advance", 0)
        world.store.note("shift", shift)
        catch_up(world)
        return jsonify({"shift": shift, "now": world.now(), "pages": len(world.store.list("session"))})


@bp.post("/webhooks")
def webhooks() -> Response:
    """`url`: where events go (null: nowhere); `hold`: keep them back until `deliver`, or until this is false again."""
    with the_world().store.turn():
        for name, value in _given("url", "hold").items():
            the_world().store.note({"url": "webhook_url"}.get(name, name), value)
    return jsonify({})


@bp.get("/events")
def events() -> Response:
    """Every event, oldest first; `?pending=1` only those that nobody has taken."""
    world = the_world()
    with world.store.turn():
        catch_up(world)
        waiting = {one["event"] for one in world.pending()}
        listed = world.store.list("event")
    return jsonify([event for event in listed if "pending" not in request.args or event["id"] in waiting])


@bp.post("/events/<identity>/taken")
def taken(identity: str) -> Response:
    """Somebody carried an event over by hand; `status` is what they were answered."""
    with the_world().store.turn():
        the_world().note_try(identity, int(_given("status").get("status", 200)))
    return jsonify({})


@bp.post("/deliver")
def deliver() -> Response:
    """Post events now: `events` by id in that order, also ones taken before, or else all that wait (`reversed` if so
    asked), each `times` times. Gives the answers' statuses."""
    world, given = the_world(), _given("events", "reversed", "times")
    with world.store.turn():
        catch_up(world)
        url = world.store.fact("webhook_url", world.options.webhook_url)
        chosen = given.get("events") or [one["event"] for one in world.pending()]
        found = [(identity, world.store.find(identity, "event")) for identity in chosen]
    if not url:
        raise ApiError("There is nowhere to deliver to.", param="url")
    order = found[::-1] if given.get("reversed") else found
    statuses = []
    for identity, event in order:
        if event is None:
            raise missing("event", identity)
        statuses += [send_and_note(world, event, url) for _ in range(given.get("times", 1))]
    return jsonify(statuses)


@bp.post("/sessions/<identity>/pay")
def pay(identity: str) -> Response:
    """Try a card without the page: `number`, and for 3-D Secure `confirmed`."""
    given = _given("number", "confirmed")
    world = the_world()
    with world.store.turn():
        catch_up(world)
        outcome = checkout.pay(world, identity, given["number"], confirmed=given.get("confirmed"))
    return jsonify({"outcome": outcome})


@bp.post("/sessions/<identity>/spoil")
def spoil(identity: str) -> Response:
    """Make a session lie from now on, in itself and in its events: `amount_total`, `currency`, `livemode`."""
    changes = _given(*SPOILABLE)
    with the_world().store.turn():
        session = checkout.get(the_world(), identity) | changes
        return jsonify(the_world().store.put("session", session))


@bp.post("/sessions/<identity>/deny")
def deny(identity: str) -> Response:
    """Tell that a page has expired, although it may have been paid."""
    with the_world().store.turn():
        return jsonify(checkout.deny(the_world(), identity))


@bp.post("/account")
def account() -> Response:
    """`settlement_currency`, `exchange_rate`: what the account is kept in from now on, and its money per rupiah."""
    with the_world().store.turn():
        for name, value in _given("settlement_currency", "exchange_rate").items():
            the_world().store.note(name, value)
    return jsonify({})


@bp.post("/charges/<identity>/settle")
def settle(identity: str) -> Response:
    """Let the fee of a charge (or of a payment intent's) be known at once."""
    world = the_world()
    with world.store.turn():
        intent = world.store.find(identity, "payment_intent")
        charge = intent["latest_charge"] if intent else identity
        world.keep_promise("settle", charge)
        return jsonify(payments.settle(world, charge))


@bp.post("/charges/<identity>/dispute")
def dispute(identity: str) -> Response:
    """The guest has the bank take the payment back: all, or `amount` hundredths; `inquiry`: the bank only asks."""
    given = _given("amount", "inquiry")
    amount, inquiry = given.get("amount"), bool(given.get("inquiry"))
    with the_world().store.turn():
        return jsonify(disputes.open_one(the_world(), identity, amount=amount, inquiry=inquiry))


@bp.post("/disputes/<identity>/close")
def close_dispute(identity: str) -> Response:
    """The bank decides: `status` is `won` or `lost`."""
    with the_world().store.turn():
        return jsonify(disputes.close(the_world(), identity, _given("status").get("status", "lost")))


@bp.post("/payouts")
def pay_out() -> Response:
    """What has gathered on the account goes to its bank, and arrives at once."""
    world = the_world()
    with world.store.turn():
        catch_up(world)
        return jsonify(payouts.pay_out(world))


@bp.post("/payouts/<identity>/fail")
def fail_payout(identity: str) -> Response:
    """The bank sends a payout back."""
    with the_world().store.turn():
        return jsonify(payouts.fail(the_world(), identity))


@bp.post("/refunds/<identity>/<any(fail, succeed):outcome>")
def finish_refund(identity: str, outcome: str) -> Response:
    """A refund fails at the guest's bank, or arrives."""
    world = the_world()
    with world.store.turn():
        for what in ("fail", "succeed"):
            world.keep_promise(what, identity)
        return jsonify((refunds.fail if outcome == "fail" else refunds.succeed)(world, identity))


def _given(*names: str) -> dict[str, Any]:
    """The JSON body, which may hold these names and no other."""
    given: Any = request.get_json(silent=True) or {}
    if not isinstance(given, dict) or set(given) - set(names):
        raise ApiError(f"Only {', '.join(names)} can be set here.")
    return dict(given)
