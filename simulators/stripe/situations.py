"""What can be made to happen on demand, for the simulator's first page: by a test card, or at the control door."""

from __future__ import annotations

SITUATIONS: tuple[tuple[str, str, str], ...] = (
    ("4242 4242 4242 4242", "Membayar.", "Pays."),
    ("4000 0000 0000 0002", "Ditolak.", "Is declined."),
    (
        "4000 0025 0000 3155",
        "Bank bertanya dulu (3-D Secure): setuju, tolak, atau tutup halamannya.",
        "The bank asks first (3-D Secure): agree, refuse, or leave the page.",
    ),
    ("4000 0000 0000 7726", "Uang kembalinya baru sampai belakangan.", "Its refunds arrive later."),
    (
        "4000 0000 0000 5126",
        "Uang kembalinya terkirim, lalu ditolak bank pemiliknya.",
        "Its refunds are sent, and later returned by the guest's bank.",
    ),
    (
        "4000 0000 0000 0259",
        "Membayar, lalu pemiliknya menyanggah pembayaran ini lewat banknya.",
        "Pays, and a little later its owner disputes the payment at the bank.",
    ),
    (
        "4000 0000 0000 1976",
        "Membayar, lalu banknya hanya bertanya; uang tidak diambil.",
        "Pays, and a little later the bank only asks; no money is taken.",
    ),
    (
        "POST /_control/charges/<pi_…>/dispute {amount, inquiry}",
        "Sanggahan atas seluruh pembayaran, atau sebagian (dalam perseratus rupiah).",
        "A dispute of all of a payment, or of a part (in hundredths of a rupiah).",
    ),
    (
        "POST /_control/disputes/<du_…>/close {status: won | lost}",
        "Bank memutuskan. Seperti di mode uji Stripe, bukti winning_evidence atau losing_evidence juga memutuskan.",
        "The bank decides. As in Stripe's test mode, the evidence winning_evidence or losing_evidence decides too.",
    ),
    (
        "POST /_control/refunds/<re_…>/fail | succeed",
        "Uang kembali ditolak bank tamu, berapa hari pun kemudian, atau sampai.",
        "A refund is returned by the guest's bank, however many days later, or arrives.",
    ),
    (
        "POST /_control/webhooks {hold: true}, /_control/deliver {events, reversed, times}",
        "Kabar ditahan, lalu dikirim dalam urutan mana pun dan berapa kali pun.",
        "Events are held back, then delivered in any order and as often as one likes.",
    ),
    (
        "POST /_control/webhooks {url}",
        "Kabar dikirim ke alamat lain. Yang tidak diterima ada di GET /v1/events?delivery_success=false.",
        "Events go to another address. What nobody took is listed by GET /v1/events?delivery_success=false.",
    ),
    (
        "POST /_control/sessions/<cs_…>/deny",
        "Kabar bahwa halaman sudah ditutup, juga bila sudah dibayar.",
        "It tells that a page expired, also of one that was paid.",
    ),
    (
        "POST /_control/sessions/<cs_…>/spoil {amount_total, currency, livemode}",
        "Jumlah, mata uang, atau mode lain daripada yang diminta.",
        "Another amount, currency or mode than was asked for.",
    ),
    (
        "POST /_control/charges/<pi_…>/settle, /_control/account {settlement_currency, exchange_rate}",
        "Biaya langsung diketahui, dalam mata uang dan kurs rekening.",
        "The fee is known at once, in the account's own money and at its rate.",
    ),
    (
        "POST /_control/trouble {away, lose_answers, refunds_fail}",
        "Tidak menjawab, jawaban hilang di jalan, uang kembali gagal belakangan.",
        "It does not answer, answers are lost on the way, refunds fail later.",
    ),
    (
        "POST /_control/payouts, /_control/payouts/<po_…>/fail",
        "Saldo dikirim ke bank, atau kembali dari sana.",
        "The balance goes to the bank, or comes back from it.",
    ),
    (
        "POST /_control/clock {advance: seconds}",
        "Waktu maju: halaman tutup, kunci lupa setelah sehari.",
        "Time passes: pages close, keys are forgotten after a day.",
    ),
)
"""What to type or call, and what it does in Indonesian and in English."""


def situations(language: str) -> list[tuple[str, str]]:
    """What to type or call, and what it does."""
    return [(call, text_id if language == "id" else text_en) for call, text_id, text_en in SITUATIONS]
