"""The lines of a trip: what is asked for, and what a quote or a booking says about each, kind by kind."""

from app.api.lines.given import (
    ShareAnswer,
    booked_lines,
    line_answers,
    line_terms,
    quoted_lines,
    shown_shares,
)
from app.api.lines.sent import TripRequest, choices_of, named_as_sent

__all__ = [
    "ShareAnswer",
    "TripRequest",
    "booked_lines",
    "choices_of",
    "line_answers",
    "line_terms",
    "named_as_sent",
    "quoted_lines",
    "shown_shares",
]
