"""What the sample houses say about themselves, in both languages. Invented; no house and no person is real."""

from __future__ import annotations

from typing import NamedTuple


class Both(NamedTuple):
    """A text in Indonesian and in English."""

    indonesian: str
    english: str


HOST_NAMES = (
    "Bu Asih", "Bu Budi", "Bu Darmi", "Bu Endang", "Bu Hesti", "Bu Inah", "Bu Karti", "Bu Lestari", "Bu Marni",
    "Bu Narti", "Bu Painem", "Bu Ratmi", "Bu Sri", "Bu Tini", "Bu Umi", "Bu Warsi", "Bu Yanti", "Bu Yem", "Pak Agus",
    "Pak Darto", "Pak Giman", "Pak Harno", "Pak Jumadi", "Pak Karyo", "Pak Marno", "Pak Ngadi", "Pak Parno",
    "Pak Rusdi", "Pak Slamet", "Pak Sugeng", "Pak Tarno", "Pak Udin", "Pak Wagiman", "Pak Yanto", "Mbah Karso",
    "Mbah Surip", "Mbak Dewi", "Mbak Ika", "Mbak Nur", "Mas Bayu", "Mas Eko", "Mas Joko",
)  # fmt: skip
"""Hosts of resident homes: forms of address with a first name, as one is introduced in a village."""

HOUSE_NAMES = (
    "Omah Kantil", "Omah Kenanga", "Omah Melati", "Omah Mawar", "Omah Cempaka", "Omah Sawo", "Omah Duku", "Omah Jati",
    "Omah Nangka", "Omah Pinggir Kali", "Omah Kidul", "Omah Lor", "Omah Wetan", "Omah Kulon", "Omah Tengah Sawah",
    "Omah Pring", "Omah Lumbung", "Omah Sumur", "Omah Salam", "Omah Pelem", "Omah Jambu", "Omah Tanjung",
    "Omah Gayam", "Omah Waru", "Omah Soka", "Omah Turi", "Omah Sirih", "Omah Kelapa", "Omah Asem", "Omah Laos",
    "Omah Jahe", "Omah Kopi",
)  # fmt: skip

ROOM_NAMES = ("Melati", "Mawar", "Kenanga", "Kantil", "Cempaka", "Soka", "Tanjung", "Wijayakusuma")

HOME_STORIES = (
    Both(
        "Rumah kayu tua dengan teras lebar. Keluarga tinggal di bagian belakang, tamu di kamar depan.",
        "An old wooden house with a wide veranda. The family lives at the back, guests have the front rooms.",
    ),
    Both(
        "Rumah di tepi sawah. Pagi-pagi terdengar air di parit dan itik yang digiring ke ladang.",
        "A house beside the rice fields. In the morning you hear water in the ditch and ducks on their way out.",
    ),
    Both(
        "Rumah bata di ujung gang, halamannya teduh oleh pohon rambutan. Dapur boleh dipakai bersama.",
        "A brick house at the end of the lane, its yard shaded by rambutan trees. The kitchen is shared.",
    ),
    Both(
        "Rumah limasan milik tiga generasi. Nenek masih menumbuk jamu sendiri dan senang ditemani.",
        "A limasan house of three generations. Grandmother still pounds her own jamu and likes company.",
    ),
    Both(
        "Rumah kecil di lereng. Dari jendela kamar tampak punggung Menoreh bila langit cerah.",
        "A small house on the slope. On a clear day the window looks at the ridge of the Menoreh hills.",
    ),
)

BALKONDES_STORIES = (
    Both(
        "Penginapan milik desa, dijalankan warga lewat BUMDes. Ada pendopo, rumah makan, dan halaman untuk duduk lama.",
        "The village's own lodging, run by residents through the BUMDes. There is a pendopo, a restaurant, and a yard "
        "to sit in for a long time.",
    ),
    Both(
        "Balkondes desa ini: rumah-rumah kecil mengelilingi pendopo. Yang menyapu, memasak, dan menjaga malam adalah "
        "tetangga.",
        "This village's Balkondes: small houses around a pendopo. Those who sweep, cook and keep watch at night are "
        "neighbours.",
    ),
    Both(
        "Tempat desa menerima tamu. Siang dipakai warga berkumpul, malam sunyi dan hanya terdengar jangkrik.",
        "Where the village receives its guests. By day residents meet here, at night it is quiet but for the crickets.",
    ),
)

HOUSE_OF_ROOMS = Both(
    "Omah adalah rumah utuh; senthong adalah satu kamar di dalamnya.",
    "An omah is a whole house; a senthong is one room in it.",
)

HOME_WELCOMES = (
    Both(
        "Kami menunggu Anda dengan teh panas di teras. Kabari jam tiba, nanti kami jemput di gapura.",
        "We wait for you with hot tea on the veranda. Tell us when you come and we meet you at the village gate.",
    ),
    Both(
        "Datanglah sebelum magrib, supaya sempat keliling kampung selagi terang.",
        "Come before dusk, so that there is time to walk round the hamlet in daylight.",
    ),
    Both(
        "Kunci kamar kami serahkan di dapur, di sana selalu ada orang. Teh hangat menunggu, kapan pun Anda bangun.",
        "You get your key in the kitchen, where somebody always is. Hot tea waits until you are up.",
    ),
)

BALKONDES_WELCOMES = (
    Both(
        "Meja penerima tamu di pendopo, ada orang sampai pukul 21.00. Sesudah itu tekan bel di gerbang.",
        "The desk is in the pendopo, with somebody there until 21:00. After that ring the bell at the gate.",
    ),
    Both(
        "Petugas desa mengantar Anda ke kamar dan menunjukkan jalan ke warung terdekat.",
        "Somebody from the village takes you to your room and shows you the way to the nearest food stall.",
    ),
)

COUPLES = Both("Pasangan diminta menunjukkan buku nikah.", "Couples are asked to show that they are married.")
GATE = Both("Gerbang ditutup pukul 22.00.", "The gate closes at 22:00.")
CALL_TO_PRAYER = Both(
    "Ada masjid di dekat sini; azan subuh terdengar sekitar pukul 04.15.",
    "A mosque is close by; the call to the early prayer is heard at about 04:15.",
)
ROOSTERS = Both(
    "Ayam jago tetangga bangun lebih dulu daripada tamu.", "The neighbours' roosters rise before guests do."
)
BATHROOM_OUTSIDE = Both(
    "Kamar mandi di luar kamar, dipakai bersama, dengan WC jongkok.",
    "The bathroom is outside the room and shared, with a squat toilet.",
)
WEAK_SIGNAL = Both(
    "Sinyal ponsel lemah di dalam rumah, lebih baik di teras.",
    "The phone signal is weak indoors and better on the veranda.",
)
BUS = Both("Bus besar bisa masuk dan parkir.", "A large bus can come in and park.")
NARROW_LANE = Both(
    "Gangnya sempit: mobil sampai depan rumah, bus tidak.",
    "The lane is narrow: a car gets to the door, a bus does not.",
)


def together(texts: list[Both]) -> Both:
    """Several sentences as one text in each language."""
    return Both(" ".join(text.indonesian for text in texts), " ".join(text.english for text in texts))
