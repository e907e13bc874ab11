"""Where the card provider knocks."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, jsonify, request

from app.core.access import public
from app.core.db import transaction
from app.core.errors import DomainError, NotFound
from app.core.words import gettext as _
from app.payments.gateway import BadSignature, gateway
from app.webhooks.services import take_event

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")
log = structlog.get_logger()


@bp.post("/stripe")
@public
def stripe() -> Response:
    """An event, proved by its signature. 200 once it is done or was done before, 4xx for what is not the provider's;
    anything else makes the provider tell it again.
    """
    provider = gateway()
    if provider is None:
        raise NotFound(_("Nothing is received here."))
    # The signature is over the bytes as they came: the body is read before anything else looks at it.
    payload = request.get_data(cache=False)
    try:
        event = provider.read_event(payload, request.headers.get("Stripe-Signature", ""))
    except BadSignature as error:
        log.warning("event refused", why=str(error))
        raise DomainError(_("This cannot be proved to come from the payment provider.")) from None
    if event.live != provider.live:
        log.warning("event refused", why="it is of the other mode", event_id=event.id)
        raise DomainError(_("This event is not meant for this installation."))
    with transaction():
        outcome = take_event(event=event)
    log.info("event", event_id=event.id, type=event.type, outcome=outcome or "seen")
    return jsonify(received=True)
