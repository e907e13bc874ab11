"""The desk's list: WhatsApp texts to send with one tap, and mails that could not be delivered."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.access import requires
from app.core.db import transaction
from app.core.limits import WRITES, limiter
from app.core.paging import decode_cursor, encode_cursor
from app.core.words import gettext as _
from app.notifications import queries, services
from app.notifications.rules import whatsapp_link
from app.users.rules import Permission

bp = Blueprint("notifications_manage", __name__, url_prefix="/manage/messages")

PAGE = 20
ID = "<int:message_id>"


@bp.get("")
@requires(Permission.MESSAGES_SEND)
def waiting() -> ResponseReturnValue:
    """What waits for a hand, oldest first, and what failed."""
    scope = current_user.scope(Permission.MESSAGES_SEND)
    found = queries.list_waiting(scope, after=_after(), limit=PAGE + 1)
    shown = found[:PAGE]
    more = url_for(".waiting", cursor=encode_cursor(shown[-1].id)) if len(found) > PAGE else None
    return render_template(
        "notifications/waiting.html",
        messages=[(message, whatsapp_link(message.recipient, message.text)) for message in shown],
        delayed=queries.list_delayed(scope),
        failed=queries.list_failed(scope),
        more_url=more,
    )


@bp.post(f"/{ID}/sent")
@requires(Permission.MESSAGES_SEND)
@limiter.limit(WRITES)
def mark_sent(message_id: int) -> ResponseReturnValue:
    """The text has been sent, or the person was told otherwise."""
    with transaction():
        message = services.mark_sent_by_hand(
            message_id=message_id,
            scope=current_user.scope(Permission.MESSAGES_SEND),
            by_user_id=current_user.id,
        )
    flash(_("Noted: %(name)s has been told.", name=message.recipient_name), "success")
    return redirect(url_for(".waiting"), 303)


@bp.post(f"/{ID}/again")
@requires(Permission.MESSAGES_SEND)
@limiter.limit(WRITES)
def send_again(message_id: int) -> ResponseReturnValue:
    """Try a failed mail anew."""
    with transaction():
        message = services.try_again(
            message_id=message_id,
            scope=current_user.scope(Permission.MESSAGES_SEND),
            by_user_id=current_user.id,
        )
    flash(_("The mail to %(name)s goes out again within a minute.", name=message.recipient_name), "success")
    return redirect(url_for(".waiting"), 303)


def _after() -> int:
    cursor = request.args.get("cursor")
    values = decode_cursor(cursor) if cursor else [0]
    number = values[0] if len(values) == 1 else None
    return number if type(number) is int and 0 <= number < 2**63 else 0
