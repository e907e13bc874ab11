"""What banks write is read as it is meant, and what nobody meant is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from app.bookings.rules import StatementFault, StatementLine, StatementRefused, decode, read_statement
from app.bookings.rules.statements import MOST_BYTES, read_amount_cell, read_day

TODAY = date(2027, 5, 20)
PERIOD = (date(2026, 6, 1), TODAY)

BCA = """No. rekening : ,'0001112223
Nama : ,BUMDES CONTOH
Periode : ,01/12/2026 - 31/01/2027
Kode Mata Uang : ,IDR

Tanggal Transaksi,Keterangan,Cabang,Jumlah,,Saldo
'31/12,"TRSF E-BANKING CR 3112/FTSCY/WS95 HX3K9PT",'0000,"400,123.00",CR,"1,400,123.00"
'02/01,"BIAYA ADM",'0000,"15,000.00",DB,"1,385,123.00"
PEND,"TRSF E-BANKING CR",'0000,"5,000.00",CR,""
Saldo Awal,:,"1,000,000.00"
Mutasi Kredit,:,"400,123.00",1
"""
BRI = """Tanggal;Uraian Transaksi;Teller;Debet;Kredit;Saldo
31/12/2026 10:11:12;TRF DARI CONTOH;888;0,00;1.500.000,00;9
02/01/2027;ADM;888;5.000,00;0,00;9
"""
MANDIRI = """Account No\tDate\tVal. Date\tDescription\tDescription\tReference No.\tDebit\tCredit
123\t31/12/26\t31/12/26\tMCM InhouseTrf\tDARI CONTOH\tX1\t-\t250,000.00
123\t02/01/27\t02/01/27\tBiaya\t\tX2\t2,500.00\t-
"""
GENERIC = """Date,Description,Amount,Type
2026-12-31,"From Contoh, with a comma",400123,CR
2027-01-02,Out,-500,
"""


def tried(read: Callable[..., object], *given: object) -> object:
    """What is read, None where it is refused."""
    try:
        return read(*given)
    except ValueError:
        return None


def only(text: str, layout: str | None = None) -> StatementLine:
    (line,) = read_statement(text, TODAY, layout).lines
    return line


@pytest.mark.parametrize(
    ("text", "layout", "amount", "words"),
    [
        (BCA, "bca", 400_123, "TRSF E-BANKING CR 3112/FTSCY/WS95 HX3K9PT"),
        (BRI, "bri", 1_500_000, "TRF DARI CONTOH"),
        (MANDIRI, "mandiri", 250_000, "MCM InhouseTrf DARI CONTOH"),
        (GENERIC, "generic", 400_123, "From Contoh, with a comma"),
    ],
)
def test_each_bank_is_read(text: str, layout: str, amount: int, words: str) -> None:
    said = read_statement(text, TODAY)
    assert said.layout == layout
    assert said.outgoing == 1
    assert said.unreadable == ()
    line = only(text, layout)
    assert (line.booked_on, line.amount, line.text) == (date(2026, 12, 31), amount, words)


def test_what_the_bank_has_not_booked_yet_is_left_aside() -> None:
    assert read_statement(BCA, TODAY).pending == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    text = GENERIC.replace("Contoh", "Café")
    assert only(decode(text.encode(encoding))).text == "From Café, with a comma"


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1.500.000,00", 1_500_000),
        ("1,500,000.00", 1_500_000),
        ("150000", 150_000),
        ("150.000", 150_000),
        ("150,000", 150_000),
        ("150000.00", 150_000),
        ("150,000.00 CR", 150_000),
        ("150.000,00DB", -150_000),
        ("(150.000)", -150_000),
        ("-5.000", -5_000),
        ("5.000-", -5_000),
        ("Rp 150.000", 150_000),
        ("IDR150,000.0", 150_000),
        ("0,00", 0),
    ],
)
def test_amounts(cell: str, amount: int) -> None:
    assert read_amount_cell(cell) == amount


@pytest.mark.parametrize(
    "cell",
    ["", "abc", "1.5", "150.000,50", "1.2.3", "1,500.000,00", "=1+1", "@SUM(A1)", "1e9", "9" * 30, "٣"],
)
def test_what_is_no_whole_amount_is_not_guessed(cell: str) -> None:
    assert tried(read_amount_cell, cell) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01/05/2027", date(2027, 5, 1)),
        ("1-5-27", date(2027, 5, 1)),
        ("2027-05-01T10:00", date(2027, 5, 1)),
        ("01 Mei 2027", date(2027, 5, 1)),
        ("1 May 2027", date(2027, 5, 1)),
        ("'20/05", TODAY),
        ("21/05", None),
        ("31/02/2027", None),
        ("05/13/2027", None),
        ("21/05/2027", None),
        ("01/05/0027", None),
        ("soon", None),
        ("", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    """The day before the month; none ahead of today, none that there is not."""
    assert tried(read_day, text, PERIOD) == day


def test_equal_lines_are_counted() -> None:
    row = "2027-01-02,Same,5000,CR\n"
    lines = read_statement("Date,Description,Amount,Type\n" + row + row + row.upper(), TODAY).lines
    assert [line.number for line in lines] == [1, 2, 3]
    assert len({line.fingerprint("a") for line in lines}) == 3
    assert lines[0].fingerprint("a") != lines[0].fingerprint("b")


def test_a_line_that_cannot_be_read_is_named_and_left_aside() -> None:
    said = read_statement('Date,Description,Amount\n2027-01-02,Bunga,"1,5"\n2027-01-02,Fine,5000\n', TODAY)
    assert [line.text for line in said.lines] == ["Fine"]
    assert said.unreadable == ((2, "2027-01-02 · Bunga"),)


def test_formulas_are_words_and_hidden_marks_go() -> None:
    text = "Date,Description,Amount\n2027-01-02,=HYPERLINK(\u202eevil)\u200b,5000\n"
    assert only(text).text == "=HYPERLINK(evil)"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"x" * (MOST_BYTES + 1), StatementFault.TOO_LARGE),
        (b"PK\x03\x04zip", StatementFault.NO_CSV),
        (b"%PDF-1.7", StatementFault.NO_CSV),
        (b"<html><table>", StatementFault.NO_CSV),
        (b"Date,Description,Amount\n\0", StatementFault.NO_CSV),
        (b"hello,world\n1,2\n", StatementFault.NO_HEADER),
        (b"\xef\xbb\xbf  \n", StatementFault.EMPTY),
        (b"", StatementFault.EMPTY),
        (b"Date,Description,Amount\n" + b"2027-01-02,x,1\n" * 2_001, StatementFault.TOO_LARGE),
        (b"," * 100, StatementFault.TOO_LARGE),
        (b'Date,Description,Amount\n2027-01-02,"' + b"x" * 200_000 + b'",1\n', StatementFault.BROKEN),
    ],
)
def test_hostile_files_are_refused(content: bytes, fault: StatementFault) -> None:
    with pytest.raises(StatementRefused) as refused:
        read_statement(decode(content), TODAY)
    assert refused.value.fault == fault
