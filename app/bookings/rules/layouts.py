"""How banks name the columns of a statement. Another bank is another entry here, and nothing else.

None of these could be held against a real file yet: names are as banks' help pages and open parsers write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "mei": 5, "jun": 6, "jul": 7, "aug": 8, "agu": 8, "ags": 8,
    "agt": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "des": 12,
}  # fmt: skip

KINDS = ("type", "jenis", "db/cr", "cr/db", "d/k", "d/c", "dr/cr")
"""How a column is called that says whether money came or went."""


@dataclass(frozen=True)
class Layout:
    """Names of columns, in small letters. Either credit and debit, or an amount with a mark CR or DB beside or in it;
    `kind_follows`: the mark stands in the column after the amount, which has no name.
    """

    key: str
    bank: str
    date: tuple[str, ...]
    text: tuple[str, ...]
    credit: tuple[str, ...] = ()
    debit: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    kind_follows: bool = False
    pending: tuple[str, ...] = ("pend", "pending")

    def columns(self, header: Sequence[str]) -> dict[str, list[int]] | None:
        """Where each column stands in a header; None where it is not the header of this layout."""
        names = [" ".join(cell.replace("\ufeff", "").lower().split()).strip("'\" .") for cell in header]
        found = {
            part: [at for at, name in enumerate(names) if name in getattr(self, part)]
            for part in ("date", "text", "credit", "debit", "amount", "kind")
        }
        has_money = bool(found["amount"]) or bool(found["credit"] and found["debit"])
        if not (found["date"] and found["text"] and has_money):
            return None
        if self.kind_follows and found["amount"] and not found["kind"]:
            beside = found["amount"][0] + 1
            if beside < len(names) and not names[beside]:
                found["kind"] = [beside]
        found["date"] = found["date"][:1]
        return found


LAYOUTS = (
    Layout(
        key="bca",
        bank="BCA",
        date=("tanggal transaksi", "tanggal", "tgl"),
        text=("keterangan",),
        amount=("jumlah", "mutasi"),
        kind=KINDS,
        kind_follows=True,
    ),
    Layout(
        key="bri",
        bank="BRI",
        date=("tanggal", "tanggal transaksi", "tgl_tran", "transaction date"),
        text=("uraian transaksi", "transaksi", "desk_tran", "remark"),
        credit=("kredit", "credit", "mutasi_kredit"),
        debit=("debet", "debit", "mutasi_debet"),
    ),
    Layout(
        key="mandiri",
        bank="Mandiri",
        date=("date", "tgl", "tanggal", "posting date"),
        text=("description", "additional desc", "rincian transaksi", "keterangan", "remarks"),
        credit=("credit", "kredit", "credit amount"),
        debit=("debit", "debet", "debit amount"),
    ),
    Layout(
        key="generic",
        bank="",
        date=(
            "date",
            "tanggal",
            "tgl",
            "value date",
            "transaction date",
            "tanggal transaksi",
            "booking date",
        ),
        text=(
            "description",
            "text",
            "keterangan",
            "uraian",
            "details",
            "narration",
            "remark",
            "berita",
            "memo",
        ),
        credit=("credit", "kredit", "in", "masuk", "deposit"),
        debit=("debit", "debet", "out", "keluar", "withdrawal"),
        amount=("amount", "jumlah", "nominal", "nilai"),
        kind=KINDS,
    ),
)
