"""QR codes as drawings: an SVG path that a template frames, so that nothing is inline and nothing is fetched."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import groupby

import segno

QUIET_EDGE = 4
PNG_SCALE = 8


@dataclass(frozen=True)
class Drawn:
    """A code of `size` times `size` unit squares, its quiet edge among them; `path` draws the dark ones."""

    size: int
    path: str


def draw(text: str) -> Drawn:
    """The QR code of a text; a seventh of it may be smudged."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=QUIET_EDGE))
    return Drawn(len(rows), "".join(_row(y, [bool(dark) for dark in row]) for y, row in enumerate(rows)))


def svg(text: str) -> str:
    """The QR code of a text as an SVG file without its quiet edge, for paper that is white around it."""
    file = io.BytesIO()
    segno.make(text, error="m", micro=False).save(file, kind="svg", border=0)
    return file.getvalue().decode()


def png(text: str) -> bytes:
    """The QR code of a text as a PNG picture, quiet edge and all: to be shown, or saved and opened in another app."""
    file = io.BytesIO()
    segno.make(text, error="m", micro=False).save(file, kind="png", scale=PNG_SCALE, border=QUIET_EDGE)
    return file.getvalue()


def _row(y: int, squares: list[bool]) -> str:
    path, x = "", 0
    for is_dark, run in groupby(squares):
        length = len(list(run))
        path += f"M{x} {y}h{length}v1h-{length}z" if is_dark else ""
        x += length
    return path
