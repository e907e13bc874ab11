"""The list that somebody takes to the door where there is no network; and what it let in, told afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, current_app, jsonify, make_response, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from app.bookings.manage import bp
from app.bookings.manage.check_in import doors
from app.bookings.manage.door_words import door_words
from app.bookings.manage.forms import ShownForm
from app.bookings.manage.scan_sheet import read_sheet
from app.bookings.models import OfflineScan
from app.bookings.queries.offline_scans import list_refused, list_scans
from app.bookings.rules import SHOWN_FOR, LineKind, ScanOutcome
from app.bookings.services import Party, list_parties, obstacle_words, take_scan
from app.core import clock, seals
from app.core.access import public, requires
from app.core.db import transaction
from app.core.filters import short_date_time
from app.core.limits import READS, WRITES, limiter
from app.core.words import gettext as _
from app.core.words import ngettext
from app.users.rules import Permission

LIST = "/check-in/list"


@bp.get(LIST)
@requires(Permission.GUESTS_CHECK_IN)
def take_along() -> Response:
    """The page that works without network once it was opened. It holds no guest: those come by `parties`."""
    form = ShownForm(formdata=None)
    response = make_response(
        render_template("bookings/manage_take_along.html", form=form, words=door_words())
    )
    response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    return response


@bp.get(f"{LIST}/worker.js")
@public
def take_along_worker() -> Response:
    """What answers for that page, and for no other, while there is no network."""
    with current_app.open_resource("static/js/door/worker.js") as file:
        response = Response(file.read(), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = url_for(".take_along")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get(f"{LIST}/parties")
@requires(Permission.GUESTS_CHECK_IN)
@limiter.limit(READS)
def parties() -> Response:
    """Who comes today and tomorrow within one's reach, and what checks tickets; with what a phone needs to send."""
    answer = jsonify(
        owner=str(current_user.id),
        csrf=generate_csrf(),
        made=_milliseconds(clock.now()),
        key=seals.public_key(),
        parties=[_told(one) for one in list_parties(doors=doors())],
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post(f"{LIST}/scans")
@requires(Permission.GUESTS_CHECK_IN)
@limiter.limit(WRITES)
def scans() -> Response:
    """What was let in without network. Each scan stands alone: what is refused of one leaves the others."""
    sheet = read_sheet(request.get_json())
    by, reach = current_user.id, doors()
    taken = []
    for told in sheet.scans:
        with transaction():
            scan = take_scan(told=told, device_now=sheet.device_now, doors=reach, by_user_id=by)
            taken.append({"id": told.key, "outcome": scan.outcome, "words": _words(scan)})
    return jsonify(scans=taken)


@bp.get("/check-in/scans")
@requires(Permission.GUESTS_CHECK_IN)
def offline_scans() -> str:
    """What was let in without network although it ought not, what was shown twice, and what one's own phone told that
    was nothing of one's doors.
    """
    since, reach = clock.now() - SHOWN_FOR, doors()
    seen = list_scans(reach, since=since)
    return render_template(
        "bookings/manage_offline_scans.html",
        although=[one for one in seen if one.scan.outcome == ScanOutcome.LET_IN],
        doubles=[one for one in seen if one.scan.outcome == ScanOutcome.DOUBLE],
        refused=list_refused(current_user.id, since=since),
        words=obstacle_words,
        days=SHOWN_FOR.days,
    )


def _told(one: Party) -> dict[str, Any]:
    begins, ends = one.between or (None, None)
    return {
        "code": one.code,
        "position": one.position,
        "version": one.version,
        "digest": one.digest,
        "kind": one.kind,
        "name": one.name,
        "people": _people(one),
        "what": one.what,
        "starts": _milliseconds(one.starts_at),
        "from": begins and _milliseconds(begins),
        "until": ends and _milliseconds(ends),
        "obstacle": one.obstacle,
        "since": one.since and _milliseconds(one.since),
    }


def _people(one: Party) -> str:
    if one.kind == LineKind.PRODUCT:
        return ngettext("%(num)d piece", "%(num)d pieces", one.many)
    return ngettext("%(num)d person", "%(num)d people", one.many)


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _words(scan: OfflineScan) -> str:
    """What became of a scan, for the phone that told it."""
    at = short_date_time(scan.at)
    if scan.first_at is not None:
        first = short_date_time(scan.first_at)
        return _("Let in before: %(first)s. Shown again: %(at)s.", first=first, at=at)
    why = obstacle_words(obstacle=scan.obstacle) if scan.obstacle else None
    if scan.outcome == ScanOutcome.REFUSED:
        return _("Kept, but counted for no guest: %(why)s", why=why)
    if why:
        return _("Let in %(at)s, although: %(why)s", at=at, why=why)
    return _("Let in %(at)s.", at=at)
