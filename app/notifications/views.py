"""The development page: every message that was written, to be read without a mail server. Never in production."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.notifications import queries

bp = Blueprint("notifications", __name__, url_prefix="/dev/mail")

ID = "<int:message_id>"
FRAMING = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "frame-src 'self'"
)
FRAMED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@bp.get("")
@public
def mailbox() -> ResponseReturnValue:
    """The newest messages."""
    return render_template("notifications/mailbox.html", messages=queries.list_newest())


@bp.get(f"/{ID}")
@public
def message(message_id: int) -> ResponseReturnValue:
    """One message: the text with links that can be followed, and the HTML as a mail program shows it."""
    page = render_template("notifications/message.html", message=queries.get_message(message_id))
    return _with_policy(page, FRAMING)


@bp.get(f"/{ID}/html")
@public
def message_html(message_id: int) -> ResponseReturnValue:
    """The HTML part alone, with inline styles allowed and everything else forbidden."""
    html = queries.get_message(message_id).html
    if html is None:
        raise NotFound(_("This message has no HTML."))
    return _with_policy(html, FRAMED)


def _with_policy(page: str, policy: str) -> Response:
    response = make_response(page)
    response.headers["Content-Security-Policy"] = policy
    return response
