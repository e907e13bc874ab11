"""The API door: keys, strict parameters, idempotency; then one function per verb."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request
from stripe import params

from simulators.stripe import checkout, disputes, payouts, refunds
from simulators.stripe.errors import ApiError, missing
from simulators.stripe.later import catch_up
from simulators.stripe.listing import expand, page
from simulators.stripe.options import API_VERSION
from simulators.stripe.parameters import read
from simulators.stripe.store import Thing
from simulators.stripe.world import World

bp = Blueprint("api", __name__, url_prefix="/v1")
Work = Callable[[World, dict[str, Any]], Thing]
EVENTS_KEPT = 30 * 86400
LONGEST_KEY = 255

READABLE = {
    "checkout/sessions": ("checkout.session", "session", params.checkout.SessionRetrieveParams),
    "payment_intents": ("payment_intent", "payment_intent", params.PaymentIntentRetrieveParams),
    "charges": ("charge", "charge", params.ChargeRetrieveParams),
    "balance_transactions": (
        "balance_transaction",
        "balance_transaction",
        params.BalanceTransactionRetrieveParams,
    ),
    "refunds": ("refund", "refund", params.RefundRetrieveParams),
    "payouts": ("payout", "payout", params.PayoutRetrieveParams),
    "disputes": ("dispute", "dispute", params.DisputeRetrieveParams),
    "events": ("event", "event", params.EventRetrieveParams),
}
"""Address → name in messages, kind in the store, the library's parameters."""

LISTABLE = {
    "checkout/sessions": ("session", params.checkout.SessionListParams),
    "charges": ("charge", params.ChargeListParams),
    "refunds": ("refund", params.RefundListParams),
    "balance_transactions": ("balance_transaction", params.BalanceTransactionListParams),
    "payouts": ("payout", params.PayoutListParams),
    "disputes": ("dispute", params.DisputeListParams),
    "events": ("event", params.EventListParams),
}


def the_world() -> World:
    """The simulated account behind this server."""
    world = current_app.extensions["world"]
    assert isinstance(world, World)
    return world


@bp.post("/checkout/sessions")
def create_session() -> Response:
    """Open a page to pay on."""
    return _answer(params.checkout.SessionCreateParams, checkout.create)


@bp.post("/checkout/sessions/<identity>/expire")
def expire_session(identity: str) -> Response:
    """Close a page to pay on."""
    return _answer(params.checkout.SessionExpireParams, lambda world, _: checkout.expire(world, identity))


@bp.post("/refunds")
def create_refund() -> Response:
    """Send money back."""
    return _answer(params.RefundCreateParams, refunds.create)


@bp.post("/disputes/<identity>")
def answer_dispute(identity: str) -> Response:
    """Give evidence."""
    return _answer(params.DisputeUpdateParams, lambda world, given: disputes.answer(world, identity, given))


@bp.post("/disputes/<identity>/close")
def accept_dispute(identity: str) -> Response:
    """Give in."""
    return _answer(params.DisputeCloseParams, lambda world, _: disputes.close(world, identity, "lost"))


@bp.get("/<path:address>")
def look(address: str) -> Response:
    """One thing, or a list of them."""
    if address in LISTABLE:
        kind, shape = LISTABLE[address]
        return _answer(shape, lambda world, given: _list(world, kind, given, f"/v1/{address}"))
    family, _, identity = address.rpartition("/")
    if family in READABLE:
        name, kind, shape = READABLE[family]
        return _answer(shape, lambda world, _: _one(world, name, kind, identity))
    return unknown(address)


@bp.route("/<path:address>", methods=["POST", "PUT", "DELETE", "PATCH"])
def unknown(address: str) -> Response:
    """There is no such address here."""
    error = ApiError(f"Unrecognized request URL ({request.method}: /v1/{address}).", status=404)
    return _reply(404, error.body)


def _one(world: World, name: str, kind: str, identity: str) -> Thing:
    thing = world.store.find(identity, kind)
    if thing is None:
        raise missing(name, identity)
    return thing


def _list(world: World, kind: str, given: dict[str, Any], url: str) -> Thing:
    payout = given.pop("payout", None)
    things = payouts.parts_of(world, payout) if payout else world.store.list(kind)
    if kind == "event":
        types = given.pop("types", None)
        success = given.pop("delivery_success", None)
        things = [
            event
            for event in things
            if event["created"] > world.now() - EVENTS_KEPT
            and (types is None or event["type"] in types)
            and (success is None or (event["pending_webhooks"] == 0) == success)
        ]
    return page(things, given, url)


# What every call shares


def _answer(shape: type, work: Work) -> Response:
    world = the_world()
    with world.store.turn():
        refusal = _at_the_door(world)
        if refusal:
            return refusal
        catch_up(world)
        response = _remembered(world, shape, work)
        lost = world.store.use_up("lose_answers")
    if lost:  # the work is done, and whoever asked never hears of it
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return response


def _at_the_door(world: World) -> Response | None:
    if world.store.use_up("away"):
        error = ApiError("The service is temporarily unavailable.", status=503, type="api_error")
        return _reply(503, error.body, {"Stripe-Should-Retry": "false"})
    given = request.authorization
    key = (given.token or given.username) if given else None
    if not key:
        return _reply(401, ApiError("You did not provide an API key.").body)
    if key != world.options.secret_key:
        return _reply(401, ApiError(f"Invalid API Key provided: {key[:8]}****{key[-4:]}").body)
    return None


def _remembered(world: World, shape: type, work: Work) -> Response:
    """Do the work, or give again what was answered under the same Idempotency-Key in the last day."""
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    try:
        given = read(request.query_string if request.method == "GET" else request.get_data(), shape)
        earlier = _earlier(world, key, given) if key else None
    except ApiError as error:
        return _reply(error.status, error.body)
    if earlier:
        return _reply(earlier["status"], earlier["body"], {"Idempotent-Replayed": "true"})
    status, keep = 200, True
    paths = given.pop("expand", [])
    try:
        body = expand(world, work(world, dict(given)), paths)
    except ApiError as error:
        status, body, keep = error.status, error.body, error.executed
    if key and keep:
        asked = given | {"expand": paths} if paths else given
        world.store.put(
            "key",
            {
                "id": f"key:{key}",
                "path": request.path,
                "given": asked,
                "status": status,
                "body": body,
                "at": world.now(),
            },
        )
    return _reply(status, body, {"Idempotency-Key": key} if key else {})


def _earlier(world: World, key: str, given: dict[str, Any]) -> Thing | None:
    if len(key) > LONGEST_KEY:
        raise ApiError("Idempotency keys can be at most 255 characters.", type="idempotency_error")
    earlier = world.store.find(f"key:{key}", "key")
    if earlier is None or earlier["at"] <= world.now() - world.options.keys_kept:
        return None
    if earlier["path"] != request.path:
        raise ApiError(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{request.path}' vs '{earlier['path']}').",
            type="idempotency_error",
        )
    if earlier["given"] != given:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with.",
            type="idempotency_error",
        )
    return earlier


def _reply(status: int, body: Thing, headers: dict[str, str] | None = None) -> Response:
    response = Response(json.dumps(body, indent=2), status, mimetype="application/json")
    response.headers["Request-Id"] = the_world().new_id("req_")
    response.headers["Stripe-Version"] = API_VERSION
    response.headers.update(headers or {})
    return response
