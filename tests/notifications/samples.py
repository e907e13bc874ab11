"""One sample of what each template is given: nothing here is a real person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

LINE = {
    "kind": "stay",
    "title": "Rumah Contoh",
    "detail": "Kopel, 2 adults",
    "village": "Karanganyar",
    "arrival": date(2027, 5, 1),
    "departure": date(2027, 5, 3),
    "nights": 2,
    "starts_at": datetime(2027, 5, 1, 7, 0, tzinfo=UTC),
    "rooms": 1,
    "quantity": 1,
    "people": 2,
    "price": 900_000,
}
CLASS = LINE | {"kind": "package", "title": "Kelas Contoh", "detail": "Bu Contoh", "quantity": 2, "rooms": 2}
CRISPS = LINE | {
    "kind": "product",
    "title": "Keripik Contoh",
    "detail": "Bu Contoh",
    "quantity": 3,
    "people": 0,
}
PLACE = {
    "name": "Omah Contoh",
    "village": "Wanurejo",
    "minutes": 9,
    "total": 400_000,
    "url": "https://sample.example/bookings/new?line=x",
}
NEAR = PLACE | {"minutes": 0}
BASE = {"code": "HX3K9PT", "url": "https://sambang.example/bookings/HX3K9PT?token=t0k3n", "lines": [LINE]}
UNTIL = datetime(2027, 4, 20, 7, 42, tzinfo=UTC)
HELD = BASE | {"total": 900_000, "due_now": 900_000, "hold_until": UNTIL}
SHARES = [
    {"name": "Tuan rumah Contoh", "kind": "host", "amount": 630_000},
    {"name": "BUMDes Karanganyar", "kind": "bumdes", "amount": 180_000},
    {"name": "tax", "kind": "tax", "amount": 90_000},
]
ACCOUNT = {"bank": "Bank Contoh", "number": "000-111-222", "owner_name": "BUMDes Contoh"}
TRANSFER = {"amount": 900_000, "unique_code": 123, "amount_with_code": 900_123, "account": ACCOUNT}

CONTEXTS: dict[str, list[dict[str, Any]]] = {
    "booking_held": [
        HELD | TRANSFER | {"method": "transfer"},
        HELD | {"method": "cash", "desk_phone": "+6281200000001"},
        HELD | {"method": "card", "due_now": 300_000, "balance": 600_000},
    ],
    "booking_confirmed": [
        BASE
        | {"total": 900_000, "shares": SHARES, "welcome": "Sugeng rawuh <3", "desk_phone": "+6281200000001"},
        BASE | {"total": 900_000, "shares": SHARES, "balance": 600_000, "balance_on": date(2027, 4, 24)},
    ],
    "payment_received_partly": [
        BASE | {"amount": 400_000, "balance": 500_000, "hold_until": UNTIL, "account": ACCOUNT},
        BASE | {"amount": 400_000, "balance": 500_000},
    ],
    "balance_due": [BASE | {"balance": 600_000, "balance_on": date(2027, 4, 24)}],
    "balance_today": [BASE | {"balance": 600_000, "balance_on": date(2027, 4, 24)}],
    "booking_link": [BASE | {"lines": [LINE, LINE | {"rooms": 3, "title": "Rumah Kedua"}]}],
    "hold_expired": [BASE, BASE | {"amount": 400_000}, BASE | {"claimed": True}],
    "late_refund": [BASE | {"amount": 900_123}],
    "refund_sent": [
        BASE | {"amount": 900_123},
        BASE | {"amount": 900_123, "method": "cash"},
        BASE | {"amount": 900_123, "method": "card"},
    ],
    "refund_account": [
        BASE | {"amount": 900_123},
        BASE | {"amount": 900_123, "reason": "the number has a digit too few"},
    ],
    "booking_cancelled": [
        BASE | {"lines": [LINE, CLASS, CRISPS], "amount": 700_000, "kept": 200_000},
        BASE | {"amount": None, "kept": None},
    ],
    "line_cancelled": [
        BASE | {"lines": [CLASS], "stays": [LINE, CRISPS], "amount": 700_000, "kept": 200_000},
        BASE | {"stays": [CLASS], "asked": 400_123, "balance": 900_000, "kept": None},
        BASE | {"stays": [CLASS], "balance": 900_000, "kept": None},
    ],
    "part_cancelled": [
        BASE | {"was": [LINE], "amount": 700_000, "kept": 200_000},
        BASE | {"was": [CLASS], "lines": [CLASS | {"people": 1}], "asked": 400_123, "balance": 900_000},
        BASE | {"was": [CRISPS], "lines": [CRISPS | {"quantity": 2}], "balance": 900_000},
    ],
    "dates_changed": [
        BASE | {"was": [CLASS], "back": 100_000, "kept": 200_000},
        BASE | {"was": [LINE], "balance": 900_000, "balance_on": date(2027, 4, 24)} | TRANSFER,
        BASE | {"was": [LINE], "balance": 900_000, "hold_until": UNTIL},
    ],
    "host_dates_changed": [
        BASE | {"guest_name": "Tamu Contoh", "lines": [line], "was": [line]} for line in (LINE, CLASS)
    ],
    "paid_too_much": [BASE | {"amount": 900_123}],
    "refund_returned": [BASE | {"amount": 900_123, "desk_phone": "+6281200000001"}],
    "money_trouble": [
        {"code": "HX3K9PT", "url": "https://sambang.example/manage/disputes", "amount": 900_000} | more
        for more in (
            {"trouble": "dispute_opened", "expires_at": UNTIL},
            {"trouble": "dispute_opened"},
            {"trouble": "dispute_won"},
            {"trouble": "dispute_lost"},
            {"trouble": "refund_returned"},
        )
    ],
    "house_cancelled": [
        BASE | {"stays": [], "others": [], "reason": "the roof leaks"},
        BASE | {"stays": [], "others": [PLACE], "reason": "ash", "amount": 700_000},
        BASE | {"stays": [CLASS], "others": [NEAR, PLACE], "reason": "ash", "asked": 400_123},
        BASE | {"stays": [CLASS], "others": [], "reason": "ash", "balance": 900_000},
    ],
    "host_house_cancelled": [
        BASE | {"guest_name": "Tamu Contoh", "reason": "ash", "lines": [line]}
        for line in (LINE, CLASS, CRISPS)
    ],
    "left_early": [BASE | {"lines": [LINE], "amount": 400_000, "kept": 200_000}, BASE | {"kept": None}],
    "no_show": [BASE | {"freed": True, "amount": 400_000}, BASE | {"freed": False}],
    "given_back": [BASE | {"amount": 250_000, "reason": "cold water"}],
    "booking_released": [BASE | {"reason": "plans changed"}],
    "host_new_booking": [
        BASE | {"guest_name": "Tamu Contoh", "amount": 630_000, "lines": [line]}
        for line in (LINE, CLASS, CRISPS)
    ],
    "host_booking_ended": [
        BASE | {"guest_name": "Tamu Contoh", "reason": "not paid in time", "lines": [line]}
        for line in (LINE, CLASS, CRISPS)
    ],
    "host_part_cancelled": [
        BASE | {"guest_name": "Tamu Contoh", "was": [line], "lines": [line]} for line in (LINE, CLASS, CRISPS)
    ],
    "transfer_not_found": [
        BASE | {"reason": "the statement until noon", "hold_until": UNTIL},
        BASE | {"reason": "the statement until noon"},
    ],
    "transfer_unlooked": [
        BASE | {"village": "Karanganyar", "since": UNTIL, "amount": 900_123, "hold_until": UNTIL},
        BASE | {"village": "Karanganyar", "since": UNTIL, "amount": 900_123},
    ],
    "hold_ending": [HELD | TRANSFER | {"method": "transfer"}, HELD | {"method": "qris"}],
    "before_arrival": [BASE | {"lines": [LINE, CLASS]}, BASE | {"balance": 600_000}],
    "after_stay": [BASE | {"village": "Karanganyar"}],
    "contact_corrected": [{"code": "HX3K9PT"}, {"code": "HX3K9PT", "desk_phone": "+6281200000001"}],
    "account_link": [
        {"url": "https://sambang.example/a/t0k3n", "village": "Karanganyar", "expires_at": UNTIL}
    ],
    "account_come_in": [{"url": "https://sambang.example/account/come-in/t0k3n", "expires_at": UNTIL}],
    "account_come_in_by_desk": [
        {"url": "https://sambang.example/account/come-in/t0k3n", "expires_at": UNTIL}
    ],
    "address_moved": [{"address": "sample@sample.example"}],
    "password_reset": [{"url": "https://sambang.example/r/t0k3n", "expires_at": UNTIL}],
}
"""Per template, each way in which it is used."""
