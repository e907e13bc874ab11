"""What the door's list says: its script has no words of its own. Holes are in braces, for the script fills them in."""

from __future__ import annotations

from app.bookings.rules import Obstacle
from app.bookings.services import obstacle_words
from app.core.words import gettext as _


def door_words() -> dict[str, str]:
    """Every text of the page's script, by its name there."""
    obstacles = {str(one): obstacle_words(obstacle=one) for one in Obstacle}
    return obstacles | _answers() | _network()


def _answers() -> dict[str, str]:
    """What is said of what somebody shows, its heading and what is said besides (`_more`)."""
    may_be_older = _("So the list says. It may be older than what has happened since.")
    return {
        "cancelled_more": may_be_older,
        "departure_cancelled_more": may_be_older,
        "not_paid_more": may_be_older,
        "let_in": _("Let in: {people}"),
        "product_let_in": _("Handed over: {people}"),
        "good": _("{name}: {people}"),
        "good_more": _("By the booking code: ask for the name."),
        "let": _("Let in {people}"),
        "hand_over": _("Hand over {people}"),
        "before": _("Let in before: {since}"),
        "product_before": _("Handed over before: {since}"),
        "other_day": _("Not today: it begins {time}"),
        "unlisted": _("A true ticket, but not on this list"),
        "unlisted_more": _("Booked after the list was made, or for another door or day."),
        "unchecked": _("Not on this list, and not to be checked here"),
        "unchecked_more": _(
            "This browser cannot check seals. Whether the ticket is true shows when it is sent."
        ),
        "unknown": _("This code is not on the list"),
        "unknown_more": _("Booked after the list was made, or for another door or day, or mistyped."),
        "false": _("No ticket of ours"),
        "false_more": _("Or it was not read whole: scan it again, or type the booking code."),
        "not_kept": _("This phone could not write it down: its memory is full. Write it on paper."),
        "all_the_same": _("Let in all the same"),
        "look": _("Look"),
        "since": _("in since {since}"),
    }


def _network() -> dict[str, str]:
    """What is said of the list, of the network and of what waits to be sent."""
    return {
        "network_unknown": "",
        "network_there": _("With network."),
        "network_away": _("Without network."),
        "network_signed_out": _(
            "You are signed out. Sign in again and open this page: what you let in is kept."
        ),
        "network_over": _("Your office does not let guests in any more, so the list is gone."),
        "list_of": _("List of {time}. It ends {ends}."),
        "page_kept": _("Ready to be used without network."),
        "page_lost": _("This browser cannot keep the page: leave it open."),
        "checks_seal": _("Tickets are checked by their seal."),
        "checks_list": _("This browser cannot check seals: tickets are held against the list only."),
        "clock_off": _("The clock of this phone is off by {minutes} minutes."),
        "nobody": _("Nobody comes today or tomorrow."),
        "waiting": _("Not sent yet: {many}."),
        "others": _("Some were let in by somebody else: they are sent when that person signs in here."),
        "nothing_waits": _("Nothing waits to be sent."),
        "all_sent": _("All is sent."),
    }
