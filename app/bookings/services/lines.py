"""What is written down of one thing that is sold: everything that holds for it is copied in, unit by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.bookings.models import Booking, BookingLine, LineUnit, Participant
from app.bookings.services.quote_line import LineQuote
from app.core.errors import SoldOut
from app.core.money import Rupiah
from app.villages.rules import terms_to_data


def add_line(*, booking: Booking, position: int, quote: LineQuote) -> BookingLine:
    """A line of a booking with price, terms, agreement and tax copied in; its units follow once its places are had."""
    draft = quote.draft
    line = BookingLine(
        position=position,
        kind=draft.kind,
        village_id=draft.village.id,
        village=draft.village,
        payee_id=draft.payee_id,
        title=draft.title,
        detail=draft.detail,
        **draft.item,
        arrival=draft.arrival,
        departure=draft.departure,
        quantity=draft.quantity,
        adults=draft.adults,
        children=draft.children,
        price=quote.price,
        tax=quote.tax,
        starts_at=draft.starts_at,
        terms=terms_to_data(draft.terms),
        splits=[terms.to_data() for terms in quote.splits],
        units=[],
        participants=[
            Participant(position=place, name=name) for place, name in enumerate(draft.participants)
        ],
    )
    booking.lines.append(line)
    return line


def add_units(
    *,
    line: BookingLine,
    quote: LineQuote,
    unit_ids: Sequence[int] | None,
    least: Mapping[int, Rupiah] | None = None,
) -> None:
    """Write down each unit of a line with its price; `unit_ids` are where it lies, None for what is only counted,
    `least` by position what of a unit does not come back any more, in rupiah.
    """
    line.units.extend(
        LineUnit(
            position=position,
            on=on,
            unit_id=unit_ids[position % line.quantity] if unit_ids else None,
            price=price - quote.off(position),
            discount=quote.off(position),
            split_index=quote.split_of_unit[position],
            least=(least or {}).get(position, 0),
        )
        for position, (on, price) in enumerate(quote.draft.unit_prices)
    )


def named_full(*, full: SoldOut, lines: Sequence[BookingLine]) -> list[dict[str, object]]:
    """What was full as the guest knows it: by its place in the trip, with how many are left."""
    left = full.extra.get("lines", {})
    return [
        {"line": line.position, "title": line.title, "detail": line.detail, "left": left[line.id]}
        for line in lines
        if line.id in left
    ]
