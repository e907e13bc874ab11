"""The blueprint of the public pages, and what several of them hand to the shared macros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from flask import Blueprint, url_for

from app.villages.models import Village

bp = Blueprint("pages", __name__)


class VillageLists(TypedDict):
    """The villages as the search bar (slug, name) and the lattice (slug, name, address) take them."""

    village_names: list[tuple[str, str]]
    marks: list[tuple[str, str, str]]


def village_lists(villages: Sequence[Village]) -> VillageLists:
    """The villages for the search bar and the lattice."""
    return {
        "village_names": [(village.slug, village.name) for village in villages],
        "marks": [
            (village.slug, village.name, url_for("pages.village", slug=village.slug)) for village in villages
        ],
    }
