"""Translates constraints to GBNF, the grammars of llama.cpp, which vLLM's xgrammar takes as well.

Reads the part of llguidance's Lark that this program writes. What GBNF cannot express (one pattern
and not another) is left out: then the grammar allows more than the constraint, and says so.
Reference: grammars/README.md of llama.cpp.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.engine.base import Constraint
from assistant.engine.server.patterns import Unsupported, literal, pattern

_RULE = re.compile(r"^([A-Za-z_]\w*)\s*:(.*)$")
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<pattern>/(?:[^/\\\n]|\\.)*/)"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<count>\{\d+(?:,\d*)?\})|(?P<sign>[|&~()?*+]))"""
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Grammar:
    text: str
    exact: bool
    """It allows what the constraint allows, and nothing else."""


def gbnf(constraint: Constraint) -> Grammar | None:
    """None for JSON schemas, which servers take as they are, and for what cannot be translated."""
    try:
        match constraint.kind:
            case "regex":
                return Grammar(f"root ::= {pattern(constraint.text)}\n", exact=True)
            case "lark":
                return _translated(constraint.text)
            case _:
                return None
    except Unsupported:
        return None


def _translated(text: str) -> Grammar:
    lines, exact = [], True
    for name, body in _rules(text):
        expression = _Expression(body)
        lines.append(f"{_name(name)} ::= {expression.text}")
        exact = exact and expression.exact
    return Grammar("\n".join(lines) + "\n", exact)


def _rules(text: str) -> Iterator[tuple[str, str]]:
    name, body = "", ""
    for line in text.splitlines():
        if found := _RULE.match(line):
            if name:
                yield name, body
            name, body = found[1], found[2]
        elif line.strip():
            if not name:
                raise Unsupported(line)
            body += f" {line.strip()}"
    if name:
        yield name, body


class _Expression:
    """The right side of a rule."""

    def __init__(self, body: str) -> None:
        self.exact = True
        parts: list[str] = []
        skip = False
        for kind, value in _tokens(body):
            if value == "&":
                # Leaving out what else must hold, or must not, allows more.
                self.exact = False
                skip = True
            elif value == "~":
                if not skip:
                    raise Unsupported(body)
            elif skip:
                if kind not in ("pattern", "string", "name"):
                    raise Unsupported(body)
                skip = False
            else:
                parts.append(_part(kind, value))
        self.text = " ".join(parts)


def _part(kind: str, value: str) -> str:
    match kind:
        case "string":
            return literal(_unescaped(value[1:-1]))
        case "pattern":
            return f"({pattern(value[1:-1])})"
        case "name":
            return _name(value)
        case _:
            return value


def _tokens(body: str) -> Iterator[tuple[str, str]]:
    at = 0
    while body[at:].strip():
        found = _TOKEN.match(body, at)
        if found is None or found.lastgroup is None:
            raise Unsupported(body[at:])
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)


def _name(name: str) -> str:
    return "root" if name == "start" else name.replace("_", "-")
