"""Parameters, as strictly as the library's own generated types: only their names, none missing, right values."""

from __future__ import annotations

import re
import sys
from functools import cache
from types import ModuleType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

from simulators.stripe.errors import ApiError

NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
OPTIONS = frozenset(RequestOptions.__annotations__)
"""How the library is called, never sent."""

METADATA_KEYS, METADATA_NAME, METADATA_VALUE = 50, 40, 500


def read(encoded: bytes, shape: type) -> dict[str, Any]:
    """The parameters of a request, checked against one of the library's classes. Raises ApiError."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded.decode(), keep_blank_values=True):
        parts = NAME.match(name)
        if not parts:
            raise ApiError(f"Invalid name of a parameter: {name}")
        _plant(tree, [parts[1], *re.findall(r"\[([^\[\]]*)\]", parts[2])], value)
    return _object(tree, shape, "")


def _plant(tree: dict[str, Any], path: list[str], value: str) -> None:
    """Put `a[b][0]=c` where it belongs; a list is a tree with numbers for names until its type is known."""
    for part in path[:-1]:
        inner = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(inner, dict):
            raise ApiError(f"Invalid {path[0]}: it is given as a value and as an object")
        tree = inner
    tree[path[-1] or str(len(tree))] = value


@cache
def _hints(shape: type) -> dict[str, Any]:
    own = {name: hint for name, hint in shape.__annotations__.items() if name not in OPTIONS}
    module: ModuleType = sys.modules[shape.__module__]
    holder = type("Holder", (), {"__annotations__": own})
    return get_type_hints(holder, globalns=vars(module))


def _object(tree: dict[str, Any], shape: type, path: str) -> dict[str, Any]:
    hints = _hints(shape)
    for name in tree:
        if name not in hints:
            full = f"{path}[{name}]" if path else name
            raise ApiError(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    for name in sorted(shape.__required_keys__ & hints.keys()):  # type: ignore[attr-defined]
        if name not in tree:
            require(path=path, name=name)
    return {
        name: _value(value, hints[name], f"{path}[{name}]" if path else name) for name, value in tree.items()
    }


def require(*, name: str, path: str = "") -> None:
    """Complain of a parameter that is not there."""
    full = f"{path}[{name}]" if path else name
    raise ApiError(f"Missing required param: {full}.", code="parameter_missing", param=full)


def _value(given: Any, hint: Any, path: str) -> Any:
    """A value as its type wants it. Of several types the first that takes it; `| str` beside words is the library's
    way of saying that more words may come one day, and not that any will do."""
    kinds = list(get_args(hint)) if get_origin(hint) in {Union, UnionType} else [hint]
    if any(get_origin(kind) is Literal for kind in kinds):
        kinds = [kind for kind in kinds if kind is not str]
    refusals: list[ApiError] = []
    for kind in kinds:
        try:
            return _of_kind(given, kind, path)
        except ApiError as error:
            refusals.append(error)
    raise max(refusals, key=lambda error: len(error.body["error"].get("param", "")))


def _of_kind(given: Any, kind: Any, path: str) -> Any:
    if isinstance(given, dict):
        return _of_tree(given, kind, path)
    if get_origin(kind) is Literal and given in get_args(kind):
        return given
    if kind is int and re.fullmatch(r"-?\d{1,18}", given):
        return int(given)
    if kind is bool and given in {"true", "false"}:
        return given == "true"
    if kind is str:
        return given
    words = {int: "Invalid integer", bool: "Invalid boolean"}.get(kind, "Invalid value")
    raise ApiError(f"{words}: {given}", param=path, code="parameter_invalid" if kind is not int else None)


def _of_tree(given: dict[str, Any], kind: Any, path: str) -> Any:
    origin = get_origin(kind)
    if _is_shape(kind):
        return _object(given, kind, path)
    if origin is list and all(name.isdigit() for name in given):
        (inner,) = get_args(kind)
        return [_value(given[name], inner, f"{path}[{name}]") for name in sorted(given, key=int)]
    if origin in {dict, UntypedStripeObject}:
        return _free(given, path)
    raise ApiError("Invalid object", param=path)


def _is_shape(kind: Any) -> bool:
    return hasattr(kind, "__required_keys__")  # the library's TypedDict need not be the one of `typing`


def _free(given: dict[str, Any], path: str) -> dict[str, str]:
    if len(given) > METADATA_KEYS:
        raise ApiError(f"You can have at most {METADATA_KEYS} metadata keys", param=path)
    for name, value in given.items():
        if not isinstance(value, str) or len(name) > METADATA_NAME or len(value) > METADATA_VALUE:
            raise ApiError(
                f"Metadata keys have up to {METADATA_NAME} and values up to {METADATA_VALUE} characters",
                param=f"{path}[{name}]",
            )
    return {name: value for name, value in given.items() if value}
