"""The way out: one function that hands a mail to the mail server of MAIL_URL. Without one, mails are only kept.

MAIL_URL is `smtp://user:password@host:port` (STARTTLS, except on this very machine; `?tls=off` for an own network) or
`smtps://…` (TLS from the first byte). User and password are percent-encoded.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from app.notifications.services import Letter
from config import ConfigError

TIMEOUT = 20
"""Seconds to wait for one answer of the mail server."""

LOCAL = {"localhost", "127.0.0.1", "::1"}
PORTS = {("smtp", True): 587, ("smtp", False): 25, ("smtps", True): 465}


class NotTaken(Exception):
    """The server does not take this mail; `is_final` when it says that it never will."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


class ServerAway(Exception):
    """Nothing can be sent at all just now: no connection, no sign-in, or the line went dead."""


@dataclass(frozen=True)
class MailServer:
    """Where mail goes, read from MAIL_URL; and who we are."""

    scheme: str
    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    domain: str


def read_mail_url(url: str, *, sender: str, base_url: str) -> MailServer:
    """The mail server of a MAIL_URL. Raises ConfigError when it cannot be read."""
    try:
        parts = urlsplit(url)
        host, port, wanted = (
            parts.hostname,
            parts.port,
            parse_qs(parts.query, strict_parsing=bool(parts.query)),
        )
    except ValueError:
        raise ConfigError("MAIL_URL cannot be read: smtp://user:password@host:port") from None
    if parts.scheme not in {"smtp", "smtps"} or not host or set(wanted) - {"tls"}:
        raise ConfigError("MAIL_URL must look like smtp://user:password@host:port or smtps://…")
    word = wanted.get("tls", ["off" if parts.scheme == "smtp" and host in LOCAL else "on"])[-1]
    if word not in {"on", "off"} or (parts.scheme == "smtps" and word == "off"):
        raise ConfigError("tls in MAIL_URL is on or off, and smtps:// cannot go without")
    tls = word == "on"
    return MailServer(
        scheme=parts.scheme,
        host=host,
        port=port or PORTS[parts.scheme, tls],
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        sender=sender,
        domain=urlsplit(base_url).hostname or "localhost",
    )


def send(letter: Letter, server: MailServer) -> None:
    """Hand one mail to the server. Raises NotTaken for this mail, ServerAway for all of them.

    A mail sent twice carries the same Message-ID, made from its event.
    """
    try:
        mail = compose(letter, sender=server.sender, domain=server.domain)
    except (ValueError, UnicodeError, IndexError) as error:
        raise NotTaken(f"not an address: {error}", is_final=True) from error
    try:
        _hand_over(mail, server, to=_ascii_address(letter.recipient))
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise NotTaken(f"{code} {answer!r}", is_final=code >= 500) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise NotTaken(f"{error.smtp_code} {error.smtp_error!r}") from error
    except OSError as error:
        raise ServerAway(f"{type(error).__name__}: {error}") from error


def compose(letter: Letter, *, sender: str, domain: str) -> EmailMessage:
    """The mail itself: text and HTML, UTF-8, seven bits on the way. Raises ValueError for an address that is none."""
    mail = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(letter.recipient_name, addr_spec=_ascii_address(letter.recipient))
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.created_at)
    mail["Message-ID"] = message_id(letter.event_key, domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text, cte="quoted-printable")
    if letter.html:
        mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = letter.language
    return mail


def message_id(event_key: str, domain: str) -> str:
    """The name of a mail in the world: the same event gives the same name, so that a second copy is recognised."""
    return f"<{hashlib.sha256(event_key.encode()).hexdigest()[:40]}@{domain}>"


def _ascii_address(address: str) -> str:
    """As every mail server understands it. Raises UnicodeError where the name before the @ is in other letters."""
    local, mark, domain = address.rpartition("@")
    return f"{local.encode('ascii').decode()}{mark}{domain.encode('idna').decode()}"


def _hand_over(mail: EmailMessage, server: MailServer, *, to: str) -> None:
    line = _connection(server)
    try:
        # Not send_message(), which writes ">From" where a line of the text begins with "From".
        line.sendmail(parseaddr(server.sender)[1], [to], mail.as_bytes())
    finally:
        # It is sent, or it is not: a server that does not say goodbye changes nothing.
        with suppress(OSError):
            line.quit()
        line.close()


def _connection(server: MailServer) -> smtplib.SMTP:
    """An open line, encrypted and signed in as MAIL_URL says. Raises ServerAway: nothing here is a mail's own fault."""
    line: smtplib.SMTP | None = None
    try:
        line = _dial(server)
        if server.user is not None:
            line.login(server.user, server.password or "")
    except (OSError, ValueError) as error:
        # SMTPException is an OSError; a ValueError here is a password that cannot be sent.
        if line is not None:
            line.close()
        raise ServerAway(f"{type(error).__name__}: {error}") from error
    return line


def _dial(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context() if server.tls else None
    place = (server.host, server.port, server.domain)
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(*place, timeout=TIMEOUT, context=context)
    line = smtplib.SMTP(*place, timeout=TIMEOUT)
    if context is not None:
        try:
            line.starttls(context=context)
        except OSError:
            line.close()
            raise
    return line
