"""A mail server that really speaks SMTP, and says no when it is told to."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Semaphore
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from app.notifications.services import Letter
from tests.machinery.servers import free_port

PEM = Path(__file__).parent / "localhost.pem"


class Postbox:
    """What arrived, in order; `answers` are refusals to give instead: ("RCPT", "DATA" or "HANG UP", answer)."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Any] = []
        self.answers: list[tuple[str, str]] = []
        self.port = free_port()
        self._arrived = Semaphore(0)

    @property
    def url(self) -> str:
        """Its MAIL_URL, without encryption."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Take a recipient, or refuse."""
        if self.answers and self.answers[0][0] == "RCPT":
            return self.answers.pop(0)[1]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail, refuse, or hang up in the middle."""
        if self.answers and self.answers[0][0] == "DATA":
            return self.answers.pop(0)[1]
        if self.answers and self.answers[0][0] == "HANG UP":
            self.answers.pop(0)
            server.transport.close()
            return "250 OK"
        self.envelopes.append(envelope)
        self.mails.append(cast(EmailMessage, message_from_bytes(envelope.content, policy=policy.default)))
        self._arrived.release()
        return "250 OK"

    def wait_for(self, count: int) -> bool:
        """Until so many more mails have arrived; False when they do not."""
        return all(self._arrived.acquire(timeout=60) for _ in range(count))


@contextmanager
def opened(*, user: tuple[str, str] | None = None, tls: str = "") -> Iterator[Postbox]:
    """A running server: `tls` is "", "starttls" or "smtps"; with `user`, only that name and password may send."""
    box = Postbox()
    extra: dict[str, Any] = {}
    if user is not None:

        def check(
            _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword
        ) -> AuthResult:
            pair = (given.login.decode(), given.password.decode())
            return AuthResult(success=pair == user, handled=False)

        extra |= {"authenticator": check, "auth_required": True}
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    if tls == "starttls":
        extra |= {"tls_context": context, "require_starttls": True}
    elif tls == "smtps":
        extra |= {"ssl_context": context}
    server = Controller(box, hostname="127.0.0.1", port=box.port, **extra)
    server.start()
    try:
        yield box
    finally:
        server.stop()


def letter(**changes: Any) -> Letter:
    """A mail as it comes out of the outbox."""
    given: dict[str, Any] = {
        "id": 1,
        "event_key": "booking:HX3K9PT:held",
        "template": "booking_held",
        "recipient": "tamu@contoh.example",
        "recipient_name": "Tamu Contoh",
        "language": "id",
        "subject": "Bayar sebelum 14.42",
        "text": "Halo Tamu Contoh,\n\nKamar ini milik Anda.\n",
        "html": "<p>Kamar ini milik Anda.</p>",
        "created_at": datetime(2027, 4, 20, 7, 42, tzinfo=UTC),
    }
    return Letter(**given | changes)
