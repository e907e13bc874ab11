"""What happens to a booking, one file per verb."""

from app.bookings.services.after_stay import agree_to_refund, drop_refund, refund_after_stay, returnable
from app.bookings.services.calendar import calendar_link, calendar_of, calendar_secret
from app.bookings.services.cancel import (
    Cancellation,
    LineCancellation,
    cancel_booking,
    cancellation_of,
)
from app.bookings.services.cancel_line import (
    PartCancellation,
    cancel_line,
    line_cancellation_of,
    list_line_cancellations,
)
from app.bookings.services.card import Heard, Hearing, hear_refund, hear_session
from app.bookings.services.check_in import Entrance, find_entrances, let_in
from app.bookings.services.closures import (
    Affected,
    Place,
    affected_by,
    close_free_nights,
    draft_closure,
    drop_closure,
    reopen_closure,
    run_closure_step,
    start_closure,
)
from app.bookings.services.earn import complete_services
from app.bookings.services.expire import expire_holds
from app.bookings.services.fees import hear_charge, hear_fee
from app.bookings.services.hold import Guest, hold_trip
from app.bookings.services.house_cancel import Ending, HouseWord, cancel_by_house, cancel_endings, ending_of
from app.bookings.services.leave_early import EarlyEnd, early_end_of, leave_early, may_leave_early
from app.bookings.services.link import send_link_again
from app.bookings.services.no_show import mark_no_show, missing_of, undo_no_show
from app.bookings.services.other_places import OtherPlace, link_to, list_other_places
from app.bookings.services.pay import payment_methods, start_payment
from app.bookings.services.payouts import hear_failed_payout, hear_payout, hear_payout_parts
from app.bookings.services.pickup import hand_over, mark_ready
from app.bookings.services.quote import LineQuote, PaymentOption, Quote, quote_trip
from app.bookings.services.receive import receive_payment, vouch_booking
from app.bookings.services.refund import send_refund
from app.bookings.services.release import release_hold
from app.bookings.services.remind import remind_balances
from app.bookings.services.ticket import SHOWN_AT, open_ticket, ticket_of

__all__ = [
    "SHOWN_AT",
    "Affected",
    "Cancellation",
    "EarlyEnd",
    "Ending",
    "Entrance",
    "Guest",
    "Heard",
    "Hearing",
    "HouseWord",
    "LineCancellation",
    "LineQuote",
    "OtherPlace",
    "PartCancellation",
    "PaymentOption",
    "Place",
    "Quote",
    "affected_by",
    "agree_to_refund",
    "calendar_link",
    "calendar_of",
    "calendar_secret",
    "cancel_booking",
    "cancel_by_house",
    "cancel_endings",
    "cancel_line",
    "cancellation_of",
    "close_free_nights",
    "complete_services",
    "draft_closure",
    "drop_closure",
    "drop_refund",
    "early_end_of",
    "ending_of",
    "expire_holds",
    "find_entrances",
    "hand_over",
    "hear_charge",
    "hear_failed_payout",
    "hear_fee",
    "hear_payout",
    "hear_payout_parts",
    "hear_refund",
    "hear_session",
    "hold_trip",
    "leave_early",
    "let_in",
    "line_cancellation_of",
    "link_to",
    "list_line_cancellations",
    "list_other_places",
    "mark_no_show",
    "mark_ready",
    "may_leave_early",
    "missing_of",
    "open_ticket",
    "payment_methods",
    "quote_trip",
    "receive_payment",
    "refund_after_stay",
    "release_hold",
    "remind_balances",
    "reopen_closure",
    "returnable",
    "run_closure_step",
    "send_link_again",
    "send_refund",
    "start_closure",
    "start_payment",
    "ticket_of",
    "undo_no_show",
    "vouch_booking",
]
