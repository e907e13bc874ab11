"""What checks a ticket: the public half of the key that seals them."""

from __future__ import annotations

from flask import Response

from app.bookings.views import bp
from app.core import seals
from app.core.access import public


@bp.get("/ticket-key.pem")
@public
def ticket_key() -> Response:
    """The public key, Ed25519. A ticket is `text.seal`: the seal, in base 32, signs the text before it."""
    response = Response(seals.public_key(), mimetype="application/x-pem-file")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
