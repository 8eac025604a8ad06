"""Reads from failures what the code lacks: a member of a class, a name of a module, a parameter.

The messages are those of the interpreters and compilers of the languages that the program parses.
A failure that says that something is missing asks for an insertion, not for a rewrite of the code
that was running.
"""

import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from assistant.checks.results import Failure


class MissingKind(Enum):
    MEMBER = auto()
    """A method, field or attribute of a type."""
    NAME = auto()
    """A definition of a module or package."""
    PARAMETER = auto()
    """A parameter of a function."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that a failure reports as absent."""

    kind: MissingKind
    name: str
    """Empty for a parameter that was passed by position."""
    owner: str = ""
    """The type, module or function without it, as the message names it; may be empty."""


def missing_from(failures: Iterable[Failure]) -> tuple[Missing, ...]:
    """What the failures report as missing, each once, in order."""
    return tuple(dict.fromkeys(found for each in failures for found in _read(each.message)))


def _read(message: str) -> Iterator[Missing]:
    for kind, pattern in _MESSAGES:
        for match in re.finditer(pattern, message, re.MULTILINE):
            found = match.groupdict()
            yield Missing(kind, found.get("name") or "", _bare(found.get("owner") or ""))
    for name, pattern in _PROTOCOLS:
        for match in re.finditer(pattern, message, re.MULTILINE):
            if match["owner"] not in BUILT_IN:
                yield Missing(MissingKind.MEMBER, name, match["owner"])


def _bare(owner: str) -> str:
    """A type without pointer, reference, quotes and qualification; a module keeps its dots, and a
    path of one the folders that are not relative."""
    owner = owner.strip("*&'`\" ")
    if "/" in owner:
        return re.sub(r"^(?:\.{0,2}/)+|\.[cm]?[jt]sx?$", "", owner)
    return owner if re.fullmatch(r"[\w.]+", owner) else re.split(r"[^\w]+", owner)[-1]


_M, _N, _P = MissingKind.MEMBER, MissingKind.NAME, MissingKind.PARAMETER

_MESSAGES: tuple[tuple[MissingKind, str], ...] = (
    # Python
    (_M, r"'(?P<owner>\w+)' object has no attribute '(?P<name>\w+)'"),
    (_M, r"type object '(?P<owner>\w+)' has no attribute '(?P<name>\w+)'"),
    (_N, r"module '(?P<owner>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    (_N, r"cannot import name '(?P<name>\w+)' from '(?P<owner>[\w.]+)'"),
    (_N, r"NameError: name '(?P<name>\w+)' is not defined"),
    (_P, r"(?P<owner>[\w.]+)\(\) got an unexpected keyword argument '(?P<name>\w+)'"),
    (_P, r"(?P<owner>[\w.]+)\(\) takes .*positional arguments? but \d+ w"),
    # JavaScript and TypeScript
    (_M, r"TypeError: [\w.]*\.(?P<name>\w+) is not a (?:function|constructor)"),
    (_M, r"Property '(?P<name>\w+)' does not exist on type '(?P<owner>[\w.<>, ]+)'"),
    (_N, r"ReferenceError: (?P<name>\w+) is not defined"),
    (_N, r"Module '\"(?P<owner>[^\"]+)\"' has no exported member '(?P<name>\w+)'"),
    # Go
    (_M, r"type (?P<owner>[*\w.]+) has no field or method (?P<name>\w+)"),
    (_N, r"undefined: (?P<name>\w+)$"),
    # Rust
    (_M, r"no (?:method|field) (?:named )?`(?P<name>\w+)` .*?`(?P<owner>[&\w:]+)"),
    (_N, r"cannot find (?:function|value|type|struct) `(?P<name>\w+)`"),
    # Java
    (
        _M,
        r"symbol:\s+(?:method|variable) (?P<name>\w+)(?:\(.*\))?\n"
        r"\s*location:.*?(?:of type|class) (?P<owner>\w+)",
    ),
    # C and C++
    (
        _M,
        r"['‘](?:class |struct )?(?P<owner>[\w:]+)['’]"
        r" has no member named ['‘](?P<name>\w+)",
    ),
    (_M, r"no member named '(?P<name>\w+)' in '(?P<owner>[\w:]+)'"),
    # Ruby
    (
        _M,
        r"undefined method [`'](?P<name>\w+[?!]?)' for"
        r" (?:an instance of )?(?P<owner>[\w:#<]+)",
    ),
)

_PROTOCOLS: tuple[tuple[str, str], ...] = (
    ("__match_args__", r"(?P<owner>\w+)\(\) accepts 0 positional sub-patterns"),
    ("__getitem__", r"'(?P<owner>\w+)' object is not subscriptable"),
    ("__setitem__", r"'(?P<owner>\w+)' object does not support item assignment"),
    ("__delitem__", r"'(?P<owner>\w+)' object (?:does not|doesn't) support item deletion"),
    ("__iter__", r"'(?P<owner>\w+)' object is not iterable"),
    ("__contains__", r"argument of type '(?P<owner>\w+)' is not (?:iterable|a container)"),
    ("__len__", r"object of type '(?P<owner>\w+)' has no len\(\)"),
    ("__call__", r"'(?P<owner>\w+)' object is not callable"),
    ("__enter__", r"'(?P<owner>\w+)' object does not support the context manager"),
    ("__aenter__", r"'(?P<owner>\w+)' object does not support the asynchronous context"),
    ("__aiter__", r"requires an object with __aiter__ method, got (?P<owner>\w+)"),
    ("__hash__", r"unhashable type: '(?P<owner>\w+)'"),
    ("__lt__", r"'[<>]=?' not supported between instances of '(?P<owner>\w+)'"),
)
"""The special method without which a type does not support an operation of Python."""

BUILT_IN = frozenset(
    {"NoneType", "function", "method", "module", "type", "generator", *dir(builtins)}
)
"""Types that belong to no repository."""
