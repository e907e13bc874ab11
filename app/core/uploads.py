"""Files that people send: how large they may be, and photos without where and when they were taken."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request

from app.core.errors import Invalid
from app.core.words import gettext as _

UPLOAD_MARK = "__most_bytes__"
MOST_PHOTO = 6 * 1024 * 1024
PHOTO_KINDS = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}

_JPEG_KEPT = {0xE0, 0xEE}  # JFIF and Adobe: how the colours are to be read
_PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"sBIT", b"iCCP"
}  # fmt: skip
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_FLAGS = 0x0C  # says that EXIF and XMP follow, which they do no longer

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Photo:
    """A photo of a kind that browsers show (`PHOTO_KINDS`), without data on place, time and device."""

    kind: str
    content: bytes


def takes_files(most_bytes: int) -> Callable[[F], F]:
    """This view takes so many bytes at once, more than others do."""

    def mark(view: F) -> F:
        setattr(view, UPLOAD_MARK, most_bytes)
        return view

    return mark


def init_app(app: Flask) -> None:
    """Let views that take files have larger requests. To be called before anything that reads a request's form."""
    app.before_request(_allow_more)


def _allow_more() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if (most := getattr(view, UPLOAD_MARK, None)) is not None:
        request.max_content_length = most


def content_of(name: str, most_bytes: int) -> bytes:
    """A file that came with the request, one byte more than `most_bytes` of a larger one; nothing where none came."""
    given = request.files.get(name)
    if given is None:
        return b""
    try:
        return bytes(given.read(most_bytes + 1))
    finally:
        given.close()


def answer_photo(photo: Photo) -> Response:
    """A photo as an answer: shown as a picture and as nothing else, and kept by nobody on the way."""
    answer = Response(photo.content, mimetype=PHOTO_KINDS[photo.kind])
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def read_photo(content: bytes) -> Photo:
    """A photo as somebody sent it, with all that is not picture taken out. Raises Invalid for what is none."""
    try:
        if content.startswith(b"\xff\xd8"):
            return Photo("jpeg", _bare_jpeg(content))
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return Photo("png", _bare_png(content))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return Photo("webp", _bare_webp(content))
    except (struct.error, IndexError, ValueError):
        pass
    message = _("This is no photo that we can read. Send a JPEG or PNG, for example a screenshot.")
    raise Invalid(message, errors=[("photo", message)])


def _bare_jpeg(content: bytes) -> bytes:
    kept, at = bytearray(content[:2]), 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("no segment where one must be")
        marker = content[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == 0xD9:
            return bytes(kept + content[at : at + 2])
        end = at + 2 + struct.unpack_from(">H", content, at + 2)[0]
        if end > len(content) or end < at + 4:
            raise ValueError("a segment longer than the file")
        is_note = marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in _JPEG_KEPT)
        if not is_note:
            kept += content[at:end]
        at = end
        if marker == 0xDA:
            scan = _end_of_scan(content, at)
            kept += content[at:scan]
            at = scan


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next segment begins after the picture's own bytes."""
    while True:
        at = content.index(b"\xff", at)
        following = content[at + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7 and following != 0xFF:
            return at
        at += 1 if following == 0xFF else 2


def _bare_png(content: bytes) -> bytes:
    kept = bytearray(content[:8])
    at = 8
    while True:
        size, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + size
        if end > len(content):
            raise ValueError("a chunk longer than the file")
        if name in _PNG_KEPT:
            kept += content[at:end]
        if name == b"IEND":
            return bytes(kept)
        at = end


def _bare_webp(content: bytes) -> bytes:
    kept = bytearray()
    for name, chunk in _webp_chunks(content):
        if name == b"VP8X":
            kept += chunk[:8] + bytes([chunk[8] & ~_WEBP_FLAGS]) + chunk[9:]
        elif name in _WEBP_KEPT:
            kept += chunk
    if not kept:
        raise ValueError("no picture in it")
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + bytes(kept)


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        end = at + 8 + size + size % 2
        if end > len(content):
            raise ValueError("a chunk longer than the file")
        yield name, content[at:end]
        at = end
