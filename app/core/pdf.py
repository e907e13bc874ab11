"""Documents as PDF. Texts enter as data and are never run: a guest's name with a # in it stays a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

APP = Path(__file__).parent.parent
FONTS = APP / "static" / "fonts"
"""Our own fonts only: on every machine the same, and reading a system's whole folder takes five times as long."""


def make_pdf(template: str, facts: Mapping[str, Any], drawings: Mapping[str, str]) -> bytes:
    """A PDF of a template (its path under the templates) that reads `facts`, with drawings (SVG) by their name.

    Letters that our fonts do not have, such as Chinese ones, are drawn as boxes.
    """
    return typst.compile(
        APP / "templates" / template,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(facts), **drawings},
        format="pdf",
    )
