"""Frozen values as JSON and back, by their type hints.

Text may hold surrogate escapes, and bytes are kept exactly; both rule out the usual libraries.
Large bytes, and the files that many candidates share, are stored once under their digest: `keep`
stores some bytes and returns their name, `fetch` returns them again.

Reading forgives what a later version may write: unknown fields are ignored, and missing ones take
their default. Anything else that does not fit is `Damaged`.
"""

import json
import types
import typing
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from assistant.context.bundle import ContextFile

Value = TypeVar("Value")
Keep = Callable[[bytes], str]
Fetch = Callable[[str], bytes]

INLINE = 256
"""Bytes up to which content is not stored apart."""
_APART = (ContextFile,)
"""Values that are equal in many candidates of a proposal."""
_CONTENT = "content"


class Damaged(ValueError):
    """The data is not what the type says."""


def encoded(value: object, keep: Keep) -> Any:
    """The value as what `json` writes."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        if len(value) > INLINE:
            return {_CONTENT: keep(value)}
        return b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return [encoded(each, keep) for each in value]
    if isinstance(value, frozenset):
        return sorted(encoded(each, keep) for each in value)
    if is_dataclass(value):
        data = {each.name: encoded(getattr(value, each.name), keep) for each in fields(value)}
        return {_CONTENT: keep(json.dumps(data).encode())} if isinstance(value, _APART) else data
    raise TypeError(f"no way to write {type(value).__name__}")


def decoded(kind: type[Value], data: object, fetch: Fetch) -> Value:
    """The inverse of `encoded`. Raises Damaged, or what `fetch` raises."""
    value: Value = _decoded(kind, data, fetch)
    return value


def _decoded(kind: Any, data: Any, fetch: Fetch) -> Any:
    origin = typing.get_origin(kind)
    if origin is tuple:
        return _tuple(typing.get_args(kind), data, fetch)
    if origin is frozenset:
        (each,) = typing.get_args(kind)
        return frozenset(_decoded(each, item, fetch) for item in _require(list, data))
    if origin in (types.UnionType, typing.Union):
        return _optional(typing.get_args(kind), data, fetch)
    if origin is typing.Literal:
        return _one_of(typing.get_args(kind), data)
    if kind is bytes:
        return _bytes(data, fetch)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(_one_of([each.value for each in kind], data))
    if is_dataclass(kind):
        return _dataclass(kind, data, fetch)
    return _plain(kind, data)


def _plain(kind: Any, data: Any) -> Any:
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return data
    if kind is int and isinstance(data, bool):
        raise Damaged("a number is missing")
    return _require(kind, data)


def _require(kind: Any, data: Any) -> Any:
    if not isinstance(data, kind):
        raise Damaged(f"{type(data).__name__} in the place of {kind.__name__}")
    return data


def _one_of(values: Collection[Any], data: Any) -> Any:
    if not isinstance(data, str) or data not in values:
        raise Damaged("an unknown value")
    return data


def _tuple(kinds: tuple[Any, ...], data: Any, fetch: Fetch) -> tuple[Any, ...]:
    items = _require(list, data)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decoded(kinds[0], item, fetch) for item in items)
    if len(items) != len(kinds):
        raise Damaged("a tuple of another length")
    return tuple(_decoded(kind, item, fetch) for kind, item in zip(kinds, items, strict=True))


def _optional(kinds: tuple[Any, ...], data: Any, fetch: Fetch) -> Any:
    """Our values have no unions but those with None."""
    if data is None:
        return None
    (kind,) = (each for each in kinds if each is not type(None))
    return _decoded(kind, data, fetch)


def _bytes(data: Any, fetch: Fetch) -> bytes:
    if isinstance(data, dict):
        return fetch(_require(str, data.get(_CONTENT)))
    try:
        return b64decode(_require(str, data), validate=True)
    except ValueError as error:
        raise Damaged("bytes that are not base64") from error


def _dataclass(kind: Any, data: Any, fetch: Fetch) -> Any:
    found = _require(dict, data)
    if kind in _APART:
        found = _require(dict, _json(fetch(_require(str, found.get(_CONTENT)))))
    hints = _hints(kind)
    values = {}
    for each in fields(kind):
        if each.name in found:
            values[each.name] = _decoded(hints[each.name], found[each.name], fetch)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise Damaged(f"no {each.name}")
    return kind(**values)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Damaged("no JSON") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
