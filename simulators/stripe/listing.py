"""Lists by page, and references shown in full: what every resource of the API shares."""

from __future__ import annotations

from typing import Any

from simulators.stripe.errors import ApiError
from simulators.stripe.store import Thing
from simulators.stripe.world import World

PAGING = frozenset({"limit", "starting_after", "ending_before", "expand", "created"})
DEFAULT_LIMIT, MOST = 10, 100


def page(things: list[Thing], given: dict[str, Any], url: str) -> Thing:
    """A page of a list, newest first, with the filters that were asked for. Raises ApiError."""
    limit = given.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MOST:
        raise ApiError("Limit must be between 1 and 100", param="limit", code="parameter_invalid_integer")
    found = [thing for thing in reversed(things) if _fits(thing, given)]
    places = {thing["id"]: place for place, thing in enumerate(found)}
    for name in ("starting_after", "ending_before"):
        if name in given and given[name] not in places:
            raise ApiError(f"No such object: '{given[name]}'", code="resource_missing", param=name)
    if "ending_before" in given:
        rest = found[: places[given["ending_before"]]]
        shown, more = rest[-limit:], len(rest) > limit
    else:
        rest = found[places[given["starting_after"]] + 1 :] if "starting_after" in given else found
        shown, more = rest[:limit], len(rest) > limit
    return {"object": "list", "data": shown, "has_more": more, "url": url}


def _fits(thing: Thing, given: dict[str, Any]) -> bool:
    same = all(thing.get(name) == value for name, value in given.items() if name not in PAGING)
    return same and _in_span(thing["created"], given.get("created", {}))


def _in_span(created: int, span: int | dict[str, int]) -> bool:
    if isinstance(span, int):
        return created == span
    tests = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    return all(tests[name](created, value) for name, value in span.items())


def expand(world: World, thing: Thing, paths: list[str]) -> Thing:
    """The thing with the references that were asked for in full. Raises ApiError for what cannot be."""
    for path in paths:
        _expand(world, thing, path.split("."), path)
    return thing


def _expand(world: World, thing: Any, path: list[str], whole: str) -> None:
    name, rest = path[0], path[1:]
    if isinstance(thing, list):
        for one in thing:
            _expand(world, one, path, whole)
        return
    if not isinstance(thing, dict) or name not in thing:
        raise ApiError(f"This property cannot be expanded ({whole}).", param="expand")
    if isinstance(thing[name], str):
        thing[name] = world.store.find(thing[name])
        if thing[name] is None:
            raise ApiError(f"This property cannot be expanded ({whole}).", param="expand")
    if rest and thing[name] is not None:
        _expand(world, thing[name], rest, whole)
