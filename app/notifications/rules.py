"""When a mail is tried again, what may not lie around, and how a WhatsApp link is made. Plain values."""

from __future__ import annotations

import re
from datetime import timedelta
from unicodedata import category
from urllib.parse import quote

LEASE = timedelta(minutes=5)
"""How long a mail belongs to whoever took it; after a crash somebody else takes it when this is over."""

MOST_ATTEMPTS = 20
"""About three days of trying, see `wait_before_next`; then a person has to look."""

LONGEST_WAIT = timedelta(hours=6)
SECRET_TEMPLATES = frozenset({"account_link", "password_reset", "account_come_in"})
"""Messages with a link that opens an account: they go to their owner only, and staff never see what they say."""

_BREAKS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's controls, halves of characters, line and paragraph marks."""

KEEP_SECRETS = timedelta(days=7)
KEEP_TEXTS = timedelta(days=400)


def wait_before_next(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts: 1, 2, 4, … minutes, at most 6 hours; None when it is over."""
    if attempts >= MOST_ATTEMPTS:
        return None
    minutes = 2 ** min(max(attempts, 1) - 1, 9)
    return min(timedelta(minutes=minutes), LONGEST_WAIT)


def whatsapp_link(number: str, text: str) -> str:
    """A link that opens WhatsApp with the text ready to send. The number is E.164."""
    return f"https://wa.me/{re.sub(r'[^0-9]', '', number)}?text={quote(text, safe='')}"


def one_line(text: str, most: int) -> str:
    """A text as a single line of at most so many characters: nothing in it can begin another mail header."""
    line = " ".join("".join(" " if category(char) in _BREAKS else char for char in text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def tidy(text: str) -> str:
    """Plain text with at most one blank line in a row and no space at the ends of lines."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"
