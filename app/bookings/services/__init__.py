"""What happens to a booking, one file per verb."""

from app.bookings.services.account_link import send_account_link
from app.bookings.services.after_stay import agree_to_refund, drop_refund, refund_after_stay, returnable
from app.bookings.services.bank_fee import book_bank_fee
from app.bookings.services.bank_import import (
    add_bank_file,
    finish_file,
    forget_transfer_papers,
    post_line,
    statement_of,
)
from app.bookings.services.book_dispute import take_up_disputes
from app.bookings.services.calendar import calendar_link, calendar_of, calendar_secret
from app.bookings.services.cancel import (
    Cancellation,
    LineCancellation,
    cancel_booking,
    cancellation_of,
    check_not_ended,
)
from app.bookings.services.cancel_line import (
    PartCancellation,
    cancel_line,
    cancel_lines,
    check_open,
    line_at,
    line_cancellation_of,
    lines_cancellation_of,
    list_line_cancellations,
)
from app.bookings.services.cancel_part import Reduction, cancel_part, may_give_up, part_cancellation_of
from app.bookings.services.card import Heard, Hearing, hear_refund, hear_session
from app.bookings.services.cash import Taker, drop_handover, hand_cash, take_cash
from app.bookings.services.change_claims import nights_near, runs_for
from app.bookings.services.change_dates import change_dates
from app.bookings.services.change_quote import Dates
from app.bookings.services.check_in import Entrance, find_entrances, let_in, obstacle_words
from app.bookings.services.claim import accept_transfer, alarm_claims, answer_not_found, claim_transfer
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
from app.bookings.services.contact import correct_contact
from app.bookings.services.correct_paper import correct_receipt
from app.bookings.services.disputes import hear_dispute
from app.bookings.services.earn import complete_services
from app.bookings.services.expire import expire_holds
from app.bookings.services.extend import extend_hold, extendable_until
from app.bookings.services.fees import hear_charge, hear_fee
from app.bookings.services.giving import (
    VoucherTerms,
    credit_instead_of_refund,
    make_voucher,
    sell_gift,
    stop_credit,
    stop_voucher,
)
from app.bookings.services.hand_account import (
    RefundAccount,
    ask_for_accounts,
    forget_accounts,
    give_account,
    relock_accounts,
    remind_of_refund,
    show_account,
    show_holder,
)
from app.bookings.services.hand_refund import (
    approve_refund,
    ask_anew,
    confirm_refund,
    hand_over_cash,
    note_transfer,
)
from app.bookings.services.hold import Guest, hold_trip
from app.bookings.services.house_cancel import Ending, HouseWord, cancel_by_house, cancel_endings, ending_of
from app.bookings.services.leave_early import EarlyEnd, early_end_of, leave_early, may_leave_early
from app.bookings.services.link import send_link_again
from app.bookings.services.no_show import mark_no_show, missing_of, undo_no_show
from app.bookings.services.offline_scans import ToldScan, forget_shown_texts, take_scan
from app.bookings.services.other_places import OtherPlace, link_to, list_other_places
from app.bookings.services.pay import payment_methods, start_payment
from app.bookings.services.payment_options import PaymentOption
from app.bookings.services.payouts import hear_failed_payout, hear_payout, hear_payout_parts
from app.bookings.services.pickup import hand_over, mark_ready
from app.bookings.services.preview_change import DateChange, change_of, check_changeable, may_change_dates
from app.bookings.services.qris import settle_qris
from app.bookings.services.quote import Quote, quote_trip
from app.bookings.services.quote_line import LineQuote
from app.bookings.services.receive import receive_payment, vouch_booking
from app.bookings.services.release import release_hold
from app.bookings.services.remind import remind_balances
from app.bookings.services.remind_guests import remind_guests
from app.bookings.services.review import decide_review, send_line_refund
from app.bookings.services.take_along import Party, list_parties
from app.bookings.services.ticket import SHOWN_AT, open_ticket, ticket_of
from app.bookings.services.unpaid import cancel_unpaid, is_overdue

__all__ = [
    "SHOWN_AT",
    "Affected",
    "Cancellation",
    "DateChange",
    "Dates",
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
    "Party",
    "PaymentOption",
    "Place",
    "Quote",
    "Reduction",
    "RefundAccount",
    "Taker",
    "ToldScan",
    "VoucherTerms",
    "accept_transfer",
    "add_bank_file",
    "affected_by",
    "agree_to_refund",
    "alarm_claims",
    "answer_not_found",
    "approve_refund",
    "ask_anew",
    "ask_for_accounts",
    "book_bank_fee",
    "calendar_link",
    "calendar_of",
    "calendar_secret",
    "cancel_booking",
    "cancel_by_house",
    "cancel_endings",
    "cancel_line",
    "cancel_lines",
    "cancel_part",
    "cancel_unpaid",
    "cancellation_of",
    "change_dates",
    "change_of",
    "check_changeable",
    "check_not_ended",
    "check_open",
    "claim_transfer",
    "close_free_nights",
    "complete_services",
    "confirm_refund",
    "correct_contact",
    "correct_receipt",
    "credit_instead_of_refund",
    "decide_review",
    "draft_closure",
    "drop_closure",
    "drop_handover",
    "drop_refund",
    "early_end_of",
    "ending_of",
    "expire_holds",
    "extend_hold",
    "extendable_until",
    "find_entrances",
    "finish_file",
    "forget_accounts",
    "forget_shown_texts",
    "forget_transfer_papers",
    "give_account",
    "hand_cash",
    "hand_over",
    "hand_over_cash",
    "hear_charge",
    "hear_dispute",
    "hear_failed_payout",
    "hear_fee",
    "hear_payout",
    "hear_payout_parts",
    "hear_refund",
    "hear_session",
    "hold_trip",
    "is_overdue",
    "leave_early",
    "let_in",
    "line_at",
    "line_cancellation_of",
    "lines_cancellation_of",
    "link_to",
    "list_line_cancellations",
    "list_other_places",
    "list_parties",
    "make_voucher",
    "mark_no_show",
    "mark_ready",
    "may_change_dates",
    "may_give_up",
    "may_leave_early",
    "missing_of",
    "nights_near",
    "note_transfer",
    "obstacle_words",
    "open_ticket",
    "part_cancellation_of",
    "payment_methods",
    "post_line",
    "quote_trip",
    "receive_payment",
    "refund_after_stay",
    "release_hold",
    "relock_accounts",
    "remind_balances",
    "remind_guests",
    "remind_of_refund",
    "reopen_closure",
    "returnable",
    "run_closure_step",
    "runs_for",
    "sell_gift",
    "send_account_link",
    "send_line_refund",
    "send_link_again",
    "send_refund",
    "settle_qris",
    "show_account",
    "show_holder",
    "start_closure",
    "start_payment",
    "statement_of",
    "stop_credit",
    "stop_voucher",
    "take_cash",
    "take_scan",
    "take_up_disputes",
    "ticket_of",
    "undo_no_show",
    "vouch_booking",
]
