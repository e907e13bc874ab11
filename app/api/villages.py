"""The twenty villages."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api import queries
from app.api.door import bp, refuses
from app.api.fields import Answer
from app.api.paging import PageQuery, bad_cursor, cut, read_cursor
from app.core.access import public
from app.villages.models import Village
from app.villages.queries import get_village, list_villages

TAGS = ["Villages"]


class CountsAnswer(Answer):
    """How much is on sale."""

    homestays = fields.Integer()
    rooms = fields.Integer()
    packages = fields.Integer()
    products = fields.Integer()


class VillageAnswer(Answer):
    """A village. What nobody knows is null; texts are in the language of `Accept-Language`."""

    slug = fields.String()
    name = fields.String()
    bumdes = fields.String()
    sponsor = fields.String(allow_none=True)
    theme = fields.String(allow_none=True)
    latitude = fields.Float()
    longitude = fields.Float()
    products = fields.String(allow_none=True)
    counts = fields.Nested(CountsAnswer)
    is_sample = fields.Boolean(metadata={"description": "The BUMDes' name is a sample, not a fact."})


class VillagesAnswer(Answer):
    """A page of villages by name."""

    items = fields.List(fields.Nested(VillageAnswer))
    next = fields.String(allow_none=True)


@bp.get("/villages", tags=TAGS)
@public
@bp.arguments(PageQuery, location="query")
@bp.response(200, VillagesAnswer)
@refuses()
def villages(query: dict[str, Any]) -> dict[str, Any]:
    """All villages by name."""
    counts = queries.counts_by_village()
    known = sorted(list_villages(), key=_place)
    after = read_cursor(query["cursor"])
    if after is not None and len(after) != 2:
        raise bad_cursor()
    page = cut(known, place=_place, limit=query["limit"], after=after)
    return page | {"items": [_shown(village, counts) for village in page["items"]]}


@bp.get("/villages/<slug>", tags=TAGS)
@public
@bp.response(200, VillageAnswer)
@refuses(404)
def village(slug: str) -> dict[str, Any]:
    """One village."""
    return _shown(get_village(slug), queries.counts_by_village())


def _place(village: Village) -> tuple[str, str]:
    return village.name, village.slug


def _shown(village: Village, counts: dict[int, queries.Counts]) -> dict[str, Any]:
    return {
        "slug": village.slug,
        "name": village.name,
        "bumdes": village.bumdes,
        "sponsor": village.sponsor,
        "theme": village.theme or None,
        "latitude": village.latitude,
        "longitude": village.longitude,
        "products": village.products or None,
        "counts": counts.get(village.id, queries.NOTHING),
        "is_sample": village.bumdes_is_sample,
    }
