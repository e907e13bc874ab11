"""Photos keep their picture and lose where, when and by what they were taken; what is no photo is refused."""

from __future__ import annotations

import struct
import zlib

import pytest
from flask import Flask

from app.core.errors import Invalid
from app.core.uploads import read_photo

PLACE = b"-7.607,110.204"


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
JFIF, TABLE = segment(0xE0, b"JFIF\x00\x01\x01"), segment(0xDB, b"\x00" * 65)
JPEG = (
    b"\xff\xd8" + JFIF + segment(0xE1, b"Exif\x00\x00" + PLACE) + segment(0xFE, PLACE) + TABLE + SCAN
    + b"\xff\xd9" + PLACE
)  # fmt: skip
BARE_JPEG = b"\xff\xd8" + JFIF + TABLE + SCAN + b"\xff\xd9"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


MAGIC = b"\x89PNG\r\n\x1a\n"
IHDR, IDAT, IEND = chunk(b"IHDR", b"\x00" * 13), chunk(b"IDAT", b"\x01\x02"), chunk(b"IEND", b"")
PNG = MAGIC + IHDR + chunk(b"eXIf", PLACE) + chunk(b"tEXt", PLACE) + IDAT + IEND + PLACE
BARE_PNG = MAGIC + IHDR + IDAT + IEND


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        struct.pack("<4sI", name, len(inner)) + inner + b"\x00" * (len(inner) % 2) for name, inner in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


WEBP = webp((b"VP8X", b"\x0c" + b"\x00" * 9), (b"VP8 ", b"\x01\x02\x03"), (b"EXIF", PLACE), (b"XMP ", PLACE))
BARE_WEBP = webp((b"VP8X", b"\x00" * 10), (b"VP8 ", b"\x01\x02\x03"))


@pytest.mark.parametrize(
    ("sent", "kind", "kept"),
    [(JPEG, "jpeg", BARE_JPEG), (PNG, "png", BARE_PNG), (WEBP, "webp", BARE_WEBP)],
)
def test_only_the_picture_is_kept(sent: bytes, kind: str, kept: bytes) -> None:
    photo = read_photo(sent)
    assert (photo.kind, photo.content) == (kind, kept)
    assert PLACE not in photo.content


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.4",
        b"\xff\xd8",
        b"\xff\xd8\xff\xe1\xff\xff",
        JPEG[:60],
        b"\xff\xd8" + segment(0xE1, PLACE),
        b"\xff\xd8\xff\xe0\x00\x00",
        MAGIC,
        MAGIC + struct.pack(">I", 2**31) + b"IHDR",
        PNG[: len(MAGIC + IHDR) + 4],
        webp(),
        webp((b"EXIF", PLACE)),
        b"RIFF\x00\x00\x00\x00WEBPVP8 \xff\xff\xff\xff",
    ],
)
def test_what_is_no_photo_is_refused(app: Flask, sent: bytes) -> None:
    with app.test_request_context(), pytest.raises(Invalid):
        read_photo(sent)
