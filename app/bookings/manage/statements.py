"""A bank statement comes in: first what it would do, line by line, then it is posted, each line once."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bookings import queries
from app.bookings.manage import bp
from app.bookings.manage.forms import StatementForm
from app.bookings.manage.sight import Sight, look_at, scope_of
from app.bookings.manage.statement_words import fault_words, verdict_words
from app.bookings.manage.words import account_name
from app.bookings.models import BankFile, BankLine
from app.bookings.queries import Match
from app.bookings.queries.bank_fees import booked_fees
from app.bookings.rules import MOST_BYTES, Statement, StatementLine, StatementRefused
from app.bookings.services import add_bank_file, finish_file, post_line, statement_of
from app.core.access import requires
from app.core.db import transaction
from app.core.errors import DomainError
from app.core.limits import WRITES, limiter
from app.core.uploads import content_of
from app.core.words import gettext as _
from app.core.words import ngettext
from app.payments.models import Receipt
from app.users.rules import Permission, Scope
from app.villages.queries import list_bank_accounts

ID = "<int(max=9223372036854775807):file_id>"
MOST_POSTED = 200
"""How many lines one press of the button posts, each in a transaction of its own; the rest waits for the next one."""


@dataclass(frozen=True)
class Row:
    """A line of a statement as it would be posted, or as it was."""

    line: StatementLine | BankLine
    verdict: tuple[str, str, str]
    code: str | None
    sight: Sight | None
    others: tuple[str, ...] = ()
    posted: bool = False


@bp.get("/statements")
@requires(Permission.MONEY_REFUND)
def statements() -> str:
    """Send in a statement, and those that were sent in lately."""
    return _upload_page(StatementForm(formdata=None, accounts=_accounts()))


@bp.post("/statements")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def add_statement() -> ResponseReturnValue:
    """Keep the file for a dry run. Nothing is posted."""
    form = StatementForm(accounts=_accounts())
    given = request.files.get("file")
    content = content_of("file", MOST_BYTES)
    if not form.validate_on_submit() or given is None:
        return _upload_page(form), 422
    try:
        with transaction():
            file = add_bank_file(
                account=form.account.data,
                name=given.filename or "-",
                content=content,
                layout=form.layout.data or None,
                by_user_id=current_user.id,
            )
            file_id = file.id
    except StatementRefused as refused:
        form.file.errors = [fault_words(refused.fault)]
        return _upload_page(form), 422
    return redirect(url_for(".statement", file_id=file_id), 303)


@bp.get(f"/statements/{ID}")
@requires(Permission.MONEY_REFUND)
def statement(file_id: int) -> str:
    """What posting it would do, line by line; once it is posted, what it did."""
    scope = scope_of(Permission.MONEY_REFUND)
    file = queries.get_bank_file(file_id, scope)
    said = statement_of(file=file)
    rows = _foreseen(file, said, scope) if said else [_done(*one) for one in queries.list_lines_of(file.id)]
    return render_template(
        "bookings/manage_statement.html",
        file=file,
        said=said,
        account=dict(_accounts()).get(file.account, file.account),
        rows=rows,
        elsewhere=queries.count_posted_elsewhere(file.account, said.lines) if said else 0,
        left=sum(not row.posted for row in rows),
        left_sum=sum(row.line.amount for row in rows if not row.posted),
        fees=said.fees if said else (),
        fees_booked=_booked(file, said),
        for_a_person=sum(row.verdict[0] == "wait" and not row.posted for row in rows),
    )


@bp.post(f"/statements/{ID}/post")
@requires(Permission.MONEY_REFUND)
@limiter.limit(WRITES)
def post_statement(file_id: int) -> ResponseReturnValue:
    """Post what is left of it, each line in a transaction of its own: killed in between, the rest is still to do."""
    scope = scope_of(Permission.MONEY_REFUND)
    file = queries.get_bank_file(file_id, scope)
    said = statement_of(file=file)
    if said is not None:
        _post(file, said, scope)
    return redirect(url_for(".statement", file_id=file_id), 303)


def _post(file: BankFile, said: Statement, scope: Scope) -> None:
    known = queries.lines_by_fingerprint([line.fingerprint(file.account) for line in said.lines])
    left = [line for line in said.lines if line.fingerprint(file.account) not in known]
    count = 0
    try:
        for line in left[:MOST_POSTED]:
            with transaction():
                count += post_line(file=file, line=line, by_user_id=current_user.id, scope=scope) is not None
        # Fees that nobody has booked yet keep the file: its text goes after a week all the same.
        if len(left) <= MOST_POSTED and len(_booked(file, said)) == len(said.fees):
            with transaction():
                finish_file(file_id=file.id, by_user_id=current_user.id, scope=scope)
    except DomainError as error:
        flash(_("%(why)s What was posted stays posted; go on with the rest.", why=error.message), "error")
    if count:
        flash(ngettext("Posted: %(num)d line.", "Posted: %(num)d lines.", count), "success")
    else:
        flash(_("Nothing was posted: all of these lines were posted before."), "info")


def _foreseen(file: BankFile, said: Statement, scope: Scope) -> list[Row]:
    posted = queries.lines_by_fingerprint([line.fingerprint(file.account) for line in said.lines])
    new = [line for line in said.lines if line.fingerprint(file.account) not in posted]
    known = queries.look_up(file.account, new, scope)
    rows = []
    for line in said.lines:
        if (before := posted.get(line.fingerprint(file.account))) is not None:
            words = verdict_words(before.verdict)
            rows.append(Row(line, (words[0], _("Posted before"), words[1]), None, None, posted=True))
        else:
            rows.append(_row(line, queries.match_line(line, known)))
    return rows


def _row(line: StatementLine, found: Match) -> Row:
    code = found.receipt.reference.partition(":")[2] if found.receipt else None
    sight = look_at(found.booking) if found.booking else None
    return Row(line, verdict_words(found.verdict), sight.booking.code if sight else code, sight, found.others)


def _done(line: BankLine, receipt: Receipt) -> Row:
    kind, _colon, code = receipt.reference.partition(":")
    return Row(line, verdict_words(line.verdict), code if kind == "booking" else None, None, posted=True)


def _booked(file: BankFile, said: Statement | None) -> set[int]:
    """Rows of the file that were booked as fees of the bank."""
    prints = {line.fingerprint(file.account): line.row for line in said.fees} if said else {}
    return {prints[one] for one in booked_fees(prints)} if prints else set()


def _accounts() -> list[tuple[str, str]]:
    reach = scope_of(Permission.MONEY_REFUND)
    return [(account.code, account_name(account)) for account in list_bank_accounts(reach)]


def _upload_page(form: StatementForm) -> str:
    files = queries.list_bank_files(scope_of(Permission.MONEY_REFUND))
    return render_template(
        "bookings/manage_statements.html", form=form, files=files, accounts=dict(_accounts())
    )
