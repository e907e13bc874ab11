"""Bank statements as files: reading what banks write, line by line, without believing that it is well-formed."""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.bookings.rules.layouts import LAYOUTS, MONTHS, Layout
from app.core.money import Rupiah

MOST_BYTES = 512 * 1024
MOST_ROWS = 2_000
MOST_CELLS = 60
MOST_TEXT = 300
_HEADER_WITHIN = 30
_DELIMITERS = ",;\t|"
_OTHER_FILES = (b"PK", b"%PDF", b"\xd0\xcf\x11\xe0", b"<", b"\x89PNG", b"\xff\xd8")
_DAY_FIRST = re.compile(r"(\d{1,2})[/\-. ](\d{1,2}|[a-z]{3,9})(?:[/\-. ](\d{4}|\d{2}))?(?:\s.*)?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/\-.](\d{1,2})[/\-.](\d{1,2})(?:[t\s].*)?", re.ASCII)
_WHOLE_DAY = re.compile(r"\b(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4})\b", re.ASCII)
_AMOUNT = re.compile(r"(?:rp\.?|idr)?([+-]?)(?:rp\.?|idr)?([\d.,]+)([+-]?)(cr|db|dr|k|d)?", re.ASCII)
_FEE = re.compile(r"\b(?:biaya|bea|adm|admin|administrasi|fee|charge|charges|provisi|mdr)\b", re.IGNORECASE)
_IN, _OUT = {"cr", "c", "k", "kredit", "credit", "+"}, {"db", "dr", "d", "debet", "debit", "-"}


class StatementFault(StrEnum):
    """Why a file is not read at all."""

    TOO_LARGE = "too_large"
    NO_CSV = "no_csv"
    BROKEN = "broken"
    NO_HEADER = "no_header"
    EMPTY = "empty"


class StatementRefused(ValueError):
    """A file that is not read at all, and why."""

    def __init__(self, fault: StatementFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class StatementLine:
    """Money that came in: its row in the file, its day, whole rupiah, the bank's text, and which one of equal lines."""

    row: int
    booked_on: date
    amount: Rupiah
    text: str
    number: int = 1

    def fingerprint(self, account: str) -> str:
        """What makes it this very line of the account, whichever file it stands in."""
        parts = (account, self.booked_on.isoformat(), str(self.amount), self.text.upper(), str(self.number))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Statement:
    """What a file says: money in; how many rows are of money out, or not booked yet; rows that could not be read; and
    of the money out what reads like a fee of the bank.
    """

    layout: str
    lines: tuple[StatementLine, ...]
    outgoing: int = 0
    pending: int = 0
    unreadable: tuple[tuple[int, str], ...] = ()
    fees: tuple[StatementLine, ...] = ()


@dataclass
class _Found:
    lines: list[StatementLine] = field(default_factory=list)
    outgoing: int = 0
    pending: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    fees: list[StatementLine] = field(default_factory=list)


def decode(content: bytes) -> str:
    """A file's text, in UTF-8 or 16 with or without a mark, else in Latin-1. Raises StatementRefused."""
    if len(content) > MOST_BYTES:
        raise StatementRefused(StatementFault.TOO_LARGE)
    if content.lstrip().startswith(_OTHER_FILES):
        raise StatementRefused(StatementFault.NO_CSV)
    try:
        is_wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise StatementRefused(StatementFault.NO_CSV)
    return text


def read_statement(text: str, today: date, layout: str | None = None) -> Statement:
    """The lines of a statement, in a named layout or whichever fits. Raises StatementRefused."""
    wanted = [one for one in LAYOUTS if layout in {None, one.key}]
    for delimiter in _DELIMITERS:
        rows = _rows(text, delimiter)
        for one in wanted:
            for at, row in enumerate(rows[:_HEADER_WITHIN]):
                if (columns := one.columns(row)) is not None:
                    return _read(one, columns, rows, at, today)
    raise StatementRefused(StatementFault.NO_HEADER if text.strip() else StatementFault.EMPTY)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error as error:
        raise StatementRefused(StatementFault.BROKEN) from error
    if len(rows) > MOST_ROWS or any(len(row) > MOST_CELLS for row in rows):
        raise StatementRefused(StatementFault.TOO_LARGE)
    return rows


def _read(
    layout: Layout, columns: dict[str, list[int]], rows: list[list[str]], at: int, today: date
) -> Statement:
    period = _period(rows[:at], today)
    found = _Found()
    for place, row in enumerate(rows[at + 1 :], at + 2):
        cells = {name: [_tidy(row[i]) for i in where if i < len(row)] for name, where in columns.items()}
        _take(cells, layout, place, period, found)
    return Statement(
        layout.key,
        tuple(_numbered(found.lines)),
        found.outgoing,
        found.pending,
        tuple(found.unreadable),
        tuple(_numbered(found.fees)),
    )


def _take(
    cells: dict[str, list[str]], layout: Layout, row: int, period: tuple[date, date], found: _Found
) -> None:
    day, text = " ".join(cells["date"]), " ".join(filter(None, cells["text"]))[:MOST_TEXT]
    if not any(cells[name] and any(cells[name]) for name in ("credit", "debit", "amount")):
        return  # a heading or nothing
    if day.lower() in layout.pending:
        found.pending += 1
        return
    if not any(char.isdigit() for char in day):
        return  # a sum below the lines
    try:
        amount = _incoming(cells)
        booked_on = read_day(day, period)
    except ValueError:
        found.unreadable.append((row, " · ".join(filter(None, [day, text]))[:MOST_TEXT]))
        return
    if amount <= 0:
        found.outgoing += 1
        if amount < 0 and _FEE.search(text):
            found.fees.append(StatementLine(row, booked_on, -amount, text))
    else:
        found.lines.append(StatementLine(row, booked_on, amount, text))


def _incoming(cells: dict[str, list[str]]) -> Rupiah:
    """What came in, in rupiah; 0 or less where money went out. Raises ValueError."""
    credit, debit = (next(filter(None, cells[name]), "") for name in ("credit", "debit"))
    if credit or debit:
        came = read_amount_cell(credit) if credit else 0
        return came or (-abs(read_amount_cell(debit)) if debit else 0)
    amount = read_amount_cell(next(filter(None, cells["amount"]), ""))
    kind = next(filter(None, cells["kind"]), "").lower()
    if kind in _OUT:
        return -abs(amount)
    if kind and kind not in _IN:
        raise ValueError(kind)
    return amount


def read_amount_cell(text: str) -> Rupiah:
    """An amount as banks write it: 1.500.000,00, 1,500,000.00, 150000, 150,000.00 CR, (150.000). Money out is below 0.

    Raises ValueError for what is no amount, or no whole rupiah.
    """
    compact = re.sub(r"[\s']", "", text.lower())
    is_bracketed = compact.startswith("(") and compact.endswith(")")
    matched = _AMOUNT.fullmatch(compact.strip("()"))
    if matched is None:
        raise ValueError(text)
    before, digits, after, kind = matched.groups()
    amount = _whole(digits)
    is_out = is_bracketed or "-" in (before, after) or (kind in _OUT if kind else False)
    return -amount if is_out else amount


def _whole(digits: str) -> Rupiah:
    """Thousands in threes, then perhaps two noughts: whichever mark a bank uses for which."""
    matched = re.fullmatch(r"(\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+|\d{1,13})(?:([.,])0{1,2})?", digits)
    if matched is None or len(digits) > 20:
        raise ValueError(digits)
    whole, mark = matched.groups()
    if mark and mark in whole:
        raise ValueError(digits)
    return int(whole.replace(".", "").replace(",", ""))


def read_day(text: str, period: tuple[date, date]) -> date:
    """A day as banks write it, the day before the month; one without a year lies within the period, which no day lies
    after. Raises ValueError.
    """
    low = text.strip().lstrip("'").lower()
    if (matched := _YEAR_FIRST.fullmatch(low)) is not None:
        year, month, day = (int(part) for part in matched.groups())
        return _until(date(year, month, day), period)
    if (matched := _DAY_FIRST.fullmatch(low)) is None:
        raise ValueError(text)
    day_text, month_text, year_text = matched.groups()
    month = int(month_text) if month_text.isdigit() else MONTHS.get(month_text[:3], 0)
    if year_text is None:
        return _in_period(int(day_text), month, period)
    year = int(year_text) + (2000 if len(year_text) == 2 else 0)
    return _until(date(year, month, int(day_text)), period)


def _until(day: date, period: tuple[date, date]) -> date:
    if day > period[1] or day.year < 2000:
        raise ValueError(day)
    return day


def _in_period(day: int, month: int, period: tuple[date, date]) -> date:
    for year in (period[1].year, period[1].year - 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if period[0] <= found <= period[1]:
            return found
    raise ValueError(day, month)


def _period(head: Iterable[Sequence[str]], today: date) -> tuple[date, date]:
    """From when to when the lines are, by what stands above them, else of the year before today."""
    days = []
    for day, month, year in _WHOLE_DAY.findall(" ".join(" ".join(row) for row in head)):
        try:
            days.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    if len(days) < 2:
        return date(today.year - 1, today.month, min(today.day, 28)), today
    return min(days), min(max(days), today)


def _numbered(lines: Iterable[StatementLine]) -> list[StatementLine]:
    """Equal lines are counted: the second of a day is not the first one again."""
    seen: Counter[tuple[date, Rupiah, str]] = Counter()
    numbered = []
    for line in lines:
        key = (line.booked_on, line.amount, line.text.upper())
        seen[key] += 1
        numbered.append(StatementLine(line.row, line.booked_on, line.amount, line.text, seen[key]))
    return numbered


def _tidy(cell: str) -> str:
    """One line without control characters, marks of direction and doubled blanks; it is shown, never worked out."""
    kept = (
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", cell)
        if char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    )
    tidy = " ".join("".join(kept).split())
    return "" if tidy == "-" else tidy
