"""What the pages say, in the two languages of the guests."""

from __future__ import annotations

LANGUAGES = ("id", "en")

WORDS = {
    "simulator": (
        "Simulator pembayaran: tidak ada uang yang berpindah.",
        "Payment simulator: no money moves here.",
    ),
    "honest": (
        "Halaman ini menggantikan halaman kartu Stripe di demo. Jangan mengetik nomor kartu sungguhan.",
        "This page stands in for Stripe's card page in the demo. Never type the number of a real card.",
    ),
    "pay_title": ("Bayar dengan kartu", "Pay by card"),
    "to_pay": ("Yang dibayar", "To pay"),
    "until": ("Halaman ini terbuka sampai", "This page is open until"),
    "card_number": ("Nomor kartu uji", "Test card number"),
    "expiry": ("Berlaku sampai (BB/TT)", "Expiry (MM/YY)"),
    "cvc": ("CVC", "CVC"),
    "pay": ("Bayar", "Pay"),
    "or_choose": ("Atau pilih kartu uji", "Or choose a test card"),
    "card_pays": ("Kartu yang membayar", "A card that pays"),
    "card_declines": ("Kartu yang ditolak", "A card that is declined"),
    "card_asks": (
        "Kartu yang minta konfirmasi bank (3-D Secure)",
        "A card whose bank asks first (3-D Secure)",
    ),
    "back": ("Kembali tanpa membayar", "Go back without paying"),
    "go_back": ("Kembali ke situs", "Back to the site"),
    "declined": (
        "Kartu ditolak. Belum ada yang dibayar; coba kartu lain.",
        "The card was declined. Nothing is paid yet; try another card.",
    ),
    "unknown": (
        "Hanya kartu uji yang berlaku di sini. Nomor yang diketik tidak disimpan.",
        "Only test cards work here. The number you typed was not kept.",
    ),
    "bank_title": ("Konfirmasi dari bank", "Your bank asks"),
    "bank_text": (
        "Beginilah bank pemilik kartu akan bertanya. Apakah pembayaran ini Anda setujui?",
        "This is how a card's bank would ask. Do you agree to this payment?",
    ),
    "confirm": ("Setujui", "Agree"),
    "refuse": ("Tolak", "Refuse"),
    "done_title": ("Sudah dibayar", "Paid"),
    "done_text": ("Pembayaran uji ini sudah selesai.", "This test payment is complete."),
    "over_title": ("Halaman pembayaran sudah ditutup", "This payment page is closed"),
    "over_text": (
        "Waktunya habis atau situs menutupnya. Kembali ke situs untuk membuka yang baru.",
        "Its time is over, or the site closed it. Go back to the site to open a new one.",
    ),
    "none_title": ("Tidak ada halaman pembayaran di sini", "There is no payment page here"),
    "none_text": ("Alamatnya mungkin salah ketik.", "The address may be mistyped."),
    "home_title": ("Simulator Stripe", "Stripe simulator"),
    "home_text": (
        "Program ini menggantikan penyedia pembayaran kartu selama demo berjalan. Tidak ada uang yang berpindah.",
        "This program stands in for the card payment provider while the demo runs. No money moves.",
    ),
    "situations": ("Yang bisa dicoba", "What can be tried"),
    "control": (
        "Nomor kartu diketik di halaman kartu. Panggilan /_control memakai kunci rahasia sebagai bearer token.",
        "Card numbers are typed on the card page. Calls to /_control take the secret key as a bearer token.",
    ),
    "other_language": ("English", "Bahasa Indonesia"),
}


def words(language: str) -> dict[str, str]:
    """Every text in one language."""
    place = LANGUAGES.index(language)
    return {name: texts[place] for name, texts in WORDS.items()}


def other(language: str) -> str:
    """The language that this is not."""
    return LANGUAGES[1 - LANGUAGES.index(language)]


def amount(hundredths: int, currency: str, language: str) -> str:
    """An amount as guests read it: Rp150.000 with dots in both languages; other money with its code."""
    whole, rest = divmod(hundredths, 100)
    if currency == "idr" and not rest:
        return "Rp" + f"{whole:,}".replace(",", ".")
    figure = f"{whole:,}.{rest:02}"
    if language == "id" or currency == "idr":
        figure = figure.translate(str.maketrans(",.", ".,"))
    return f"{currency.upper()} {figure}"
