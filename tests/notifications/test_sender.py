"""Mails over a real SMTP server: they arrive as written, nothing can be smuggled in, refusals are told apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.notifications.sender import MailServer, NotTaken, ServerAway, message_id, read_mail_url, send
from config import ConfigError
from tests.machinery.servers import free_port
from tests.notifications import postbox
from tests.notifications.postbox import PEM, Postbox, letter

SENDER = "Sambang Désa <pesan@sambang.example>"


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox.opened() as opened:
        yield opened


def server_of(url: str) -> MailServer:
    return read_mail_url(url, sender=SENDER, base_url="https://sambang.example/")


def test_a_mail_arrives_as_it_was_written(box: Postbox) -> None:
    text = "Hélló 旅人,\n\n" + "panjang " * 300 + "\n.\nFrom titik\n"
    send(
        letter(text=text, html="<p>Sugeng rawuh ☕</p>", subject="Kamar “Melati” · 旅館"), server_of(box.url)
    )
    (mail,) = box.mails
    assert mail["From"] == SENDER
    assert mail["To"] == "Tamu Contoh <tamu@contoh.example>"
    assert mail["Subject"] == "Kamar “Melati” · 旅館"
    assert mail["Date"].datetime.isoformat() == "2027-04-20T07:42:00+00:00"
    assert mail["Content-Language"] == "id"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == text
    assert html.get_content().strip() == "<p>Sugeng rawuh ☕</p>"
    assert box.envelopes[0].mail_from == "pesan@sambang.example"
    assert box.envelopes[0].rcpt_tos == ["tamu@contoh.example"]
    assert max(map(len, box.envelopes[0].content.split(b"\r\n"))) < 999


def test_a_mail_without_html_is_plain(box: Postbox) -> None:
    send(letter(html=None), server_of(box.url))
    assert box.mails[0].get_content_type() == "text/plain"


def test_a_second_copy_is_recognisable(box: Postbox) -> None:
    for event in ("booking:A:held", "booking:A:held", "booking:A:confirmed"):
        send(letter(event_key=event), server_of(box.url))
    first, again, other = (mail["Message-ID"] for mail in box.mails)
    assert first == again == message_id("booking:A:held", "sambang.example")
    assert other != first


@pytest.mark.parametrize(
    "name",
    [
        "Raden Ayu " + "Kusumawardhani " * 7,
        "محمد بن عبد الله",
        "शर्मा 🙏🏽",
        'Tamu, "Contoh" <a@b.example>',
        "Tamu\r\nBcc: semua@contoh.example",
        "Tamu\u2028Bcc: semua@contoh.example",
    ],
)
def test_no_name_breaks_the_mail(box: Postbox, name: str) -> None:
    from app.notifications.rules import one_line

    send(letter(recipient_name=one_line(name, 120), subject=one_line(name, 200)), server_of(box.url))
    (mail,) = box.mails
    assert box.envelopes[0].rcpt_tos == ["tamu@contoh.example"]
    assert mail["Bcc"] is None
    (address,) = mail["To"].addresses
    assert address.addr_spec == "tamu@contoh.example"
    assert address.display_name == one_line(name, 120)
    assert mail["Subject"] == one_line(name, 200)


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "tamu@contoh.example\r\nBcc: semua@contoh.example"},
        {"recipient": "tamu@contoh.example, semua@contoh.example"},
        {"recipient": "tamu"},
        {"recipient": "tämu@contoh.example"},
        {"recipient": "tamu@" + "a" * 70 + ".example"},
        {"recipient_name": "Tamu\r\nBcc: semua@contoh.example"},
        {"subject": "Kamar\r\nBcc: semua@contoh.example"},
    ],
)
def test_what_would_smuggle_is_refused_for_good(box: Postbox, changes: dict[str, str]) -> None:
    with pytest.raises(NotTaken) as refusal:
        send(letter(**changes), server_of(box.url))
    assert refusal.value.is_final
    assert box.mails == []


def test_a_domain_in_other_letters_is_written_in_ascii(box: Postbox) -> None:
    send(letter(recipient="gast@münchen.example"), server_of(box.url))
    assert box.envelopes[0].rcpt_tos == ["gast@xn--mnchen-3ya.example"]


@pytest.mark.parametrize(
    ("answer", "is_final"),
    [
        (("RCPT", "550 no such user"), True),
        (("RCPT", "451 later"), False),
        (("DATA", "552 too much"), False),
        (("DATA", "451 later"), False),
    ],
)
def test_a_refusal_is_of_this_mail(box: Postbox, answer: tuple[str, str], is_final: bool) -> None:
    box.answers.append(answer)
    with pytest.raises(NotTaken, match=answer[1][:3]) as refusal:
        send(letter(), server_of(box.url))
    assert refusal.value.is_final is is_final
    send(letter(), server_of(box.url))
    assert len(box.mails) == 1


def test_a_server_that_hangs_up_is_away(box: Postbox) -> None:
    box.answers.append(("HANG UP", ""))
    with pytest.raises(ServerAway):
        send(letter(), server_of(box.url))


def test_nobody_listening_is_away() -> None:
    with pytest.raises(ServerAway, match="Connection refused"):
        send(letter(), server_of(f"smtp://127.0.0.1:{free_port()}"))


def test_name_and_password_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    with postbox.opened(user=("pesan@sambang", "r@h:a/sia?"), tls="starttls") as box:
        place = f"localhost:{box.port}?tls=on"
        send(letter(), server_of(f"smtp://pesan%40sambang:r%40h%3Aa%2Fsia%3F@{place}"))
        assert len(box.mails) == 1
        with pytest.raises(ServerAway, match="SMTPAuthenticationError"):
            send(letter(), server_of(f"smtp://pesan%40sambang:salah@{place}"))
        with pytest.raises(ServerAway, match="UnicodeEncodeError"):
            send(letter(), server_of(f"smtp://pesan%40sambang:r%C3%A4t@{place}"))
        with pytest.raises(NotTaken, match="530"):
            send(letter(), server_of(f"smtp://{place}"))
        assert len(box.mails) == 1


@pytest.mark.parametrize(("tls", "scheme"), [("starttls", "smtp"), ("smtps", "smtps")])
def test_encrypted_to_a_server_that_proves_itself(
    monkeypatch: pytest.MonkeyPatch, tls: str, scheme: str
) -> None:
    with postbox.opened(tls=tls) as box:
        url = f"{scheme}://localhost:{box.port}?tls=on"
        with pytest.raises(ServerAway, match="CERTIFICATE_VERIFY_FAILED"):
            send(letter(), server_of(url))
        monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
        send(letter(), server_of(url))
        assert len(box.mails) == 1


def test_nothing_is_sent_in_the_clear_where_encryption_was_asked_for(box: Postbox) -> None:
    with pytest.raises(ServerAway, match="STARTTLS"):
        send(letter(), server_of(box.url + "?tls=on"))
    assert box.mails == []


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example", "mail.example", 587, True),
        ("smtp://mail.example:2525?tls=off", "mail.example", 2525, False),
        ("smtp://localhost", "localhost", 25, False),
        ("smtp://[::1]:2525", "::1", 2525, False),
        ("smtps://a:b@mail.example", "mail.example", 465, True),
    ],
)
def test_mail_url(url: str, host: str, port: int, tls: bool) -> None:
    server = server_of(url)
    assert (server.host, server.port, server.tls) == (host, port, tls)


def test_the_password_is_not_shown() -> None:
    assert "rahasia" not in repr(server_of("smtp://a:rahasia@mail.example"))


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:port",
        "smtp://mail.example?tls=maybe",
        "smtp://mail.example?starttls=1",
        "smtps://mail.example?tls=off",
    ],
)
def test_a_mail_url_that_cannot_be_read_stops_the_start(url: str) -> None:
    with pytest.raises(ConfigError, match="MAIL_URL"):
        server_of(url)
