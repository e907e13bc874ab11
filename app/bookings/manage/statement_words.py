"""Words for what a line of a statement is, why a file is not read, and what was decided on money under review."""

from __future__ import annotations

from app.bookings.rules import Decision, StatementFault, Verdict
from app.core.words import gettext as _


def verdict_words(verdict: Verdict) -> tuple[str, str, str]:
    """What a line is: the kind of message, a short word, and what is done with the money."""
    return {
        Verdict.EXACT: ("ok", _("As asked"), _("The booking becomes certain, or its rest is paid.")),
        Verdict.SHORT: ("ok", _("Too little"), _("The guest is asked for what is missing.")),
        Verdict.OVER: ("ok", _("Too much"), _("What was asked is paid; the rest stands apart for review.")),
        Verdict.LATE: (
            "ok",
            _("Late"),
            _("Taken again if all of it is still free; if not, all of the money goes back."),
        ),
        Verdict.LATE_SHORT: ("ok", _("Too little, and late"), _("All of it goes back to the guest.")),
        Verdict.DOUBLE: ("ok", _("A second time"), _("Nothing was due: all of it stands apart for review.")),
        Verdict.ENDED: ("ok", _("The booking had ended"), _("All of it goes back to the guest.")),
        Verdict.RECORDED: ("info", _("Recorded by hand"), _("Only noted: no money is posted again.")),
        Verdict.AMBIGUOUS: ("wait", _("May be for several"), _("It stands apart until somebody decides.")),
        Verdict.UNKNOWN: ("wait", _("Not known"), _("It stands apart until somebody decides.")),
    }[verdict]


def fault_words(fault: StatementFault) -> str:
    """Why a file is not read, and what to do."""
    return {
        StatementFault.TOO_LARGE: _("This file is too large. Send at most 2,000 lines at a time."),
        StatementFault.NO_CSV: _("This is no CSV file. Save the statement as CSV and send that."),
        StatementFault.BROKEN: _("This file is damaged. Download it from the bank once more."),
        StatementFault.NO_HEADER: _(
            "No row with the names of the columns was found: day, text, and credit or amount. Choose the bank, or "
            "look whether it is a statement."
        ),
        StatementFault.EMPTY: _("This file is empty."),
    }[fault]


def decision_words(decision: Decision) -> str:
    """What was decided, in words."""
    return {
        Decision.ASSIGNED: _("It is for a booking"),
        Decision.OWED_BACK: _("It goes back to who sent it"),
        Decision.NOT_OURS: _("It is other income of the account's owner"),
    }[decision]
