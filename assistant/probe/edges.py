"""Builds calls with the edge cases that a task mentions: zero, empty and negative inputs.

Tasks often mention them in passing, and candidates that are right otherwise raise an error there.
Calls are text here and never run, and the value that they should return is unknown.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from assistant.probe.assertions import call_of, takes_literals
from assistant.repo.python_trees import parsed_expression

MOST_EDGES = 32


class Edge(StrEnum):
    """A kind of input that is easily forgotten."""

    ZERO = "zero"
    EMPTY = "empty"
    """An empty string or collection."""
    NEGATIVE = "negative"


_NO_NEGATION = r"(?<!non)(?<!non-)(?<!not )(?<!not be )(?<!never )(?<!no )"
_MENTIONED: Mapping[Edge, re.Pattern[str]] = {
    Edge.ZERO: re.compile(
        rf"\b{_NO_NEGATION}(?:zero|(?:is|be|equals?|than|or|with|including) 0)\b(?![.,]\d)", re.I
    ),
    Edge.EMPTY: re.compile(rf"\b{_NO_NEGATION}(?:empty|blank)\b", re.I),
    Edge.NEGATIVE: re.compile(
        rf"\b{_NO_NEGATION}negative\b|\b(?:below|less than) (?:zero|0)\b", re.I
    ),
}
_REFUSING = re.compile(
    r"\b(?:rais(?:e|es|ing)|throws?|errors?|exceptions?|invalid|refus\w+|reject\w*|fails?|illegal)\b",
    re.I,
)


def edges_mentioned(text: str) -> frozenset[Edge]:
    """The edge cases that an English text mentions."""
    return frozenset(edge for edge, pattern in _MENTIONED.items() if pattern.search(text))


def errors_mentioned(text: str) -> frozenset[str]:
    """The names of exceptions in a text."""
    return frozenset(re.findall(r"\b[A-Z]\w*(?:Error|Exception)\b", text))


def asks_for_errors(text: str) -> bool:
    """Whether an English text wants some inputs rejected."""
    return bool(errors_mentioned(text)) or _REFUSING.search(text) is not None


def edge_calls(assertions: Iterable[str], edges: frozenset[Edge]) -> tuple[str, ...]:
    """The calls that assertions compare with a value, each with one literal replaced by an edge
    case.

    Without duplicates, and without calls that the assertions themselves make.
    """
    made = [call for each in assertions if takes_literals(call := call_of(each))]
    found = dict.fromkeys(other for call in made for other in _variants(call, edges))
    return tuple(each for each in found if each not in made)[:MOST_EDGES]


def _variants(call: str, edges: frozenset[Edge]) -> Iterator[str]:
    tree = parsed_expression(call)
    text = call.encode()  # the columns of nodes count bytes
    nodes = [each for each in ast.walk(tree) if isinstance(each, ast.expr)] if tree else []
    signed = [each.operand for each in nodes if isinstance(each, ast.UnaryOp)]
    for node in nodes:
        if node in signed:
            continue
        for literal in _replacements(node, edges):
            changed = text[: node.col_offset] + literal.encode() + text[node.end_col_offset :]
            if (other := parsed_expression(changed.decode())) is not None:
                yield ast.unparse(other)


def _replacements(node: ast.expr, edges: frozenset[Edge]) -> Iterator[str]:
    match node:
        case ast.Constant(value=bool()):
            return
        case ast.Constant(value=int() | float() as number):
            if Edge.ZERO in edges:
                yield "0"
            if Edge.NEGATIVE in edges and number > 0:
                yield f"(-{number!r})"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()) if Edge.ZERO in edges:
            yield "0"
        case ast.Constant(value=str()) if Edge.EMPTY in edges:
            yield "''"
        case ast.List() if Edge.EMPTY in edges:
            yield "[]"
        case ast.Tuple() if Edge.EMPTY in edges:
            yield "()"
        case ast.Dict() if Edge.EMPTY in edges:
            yield "{}"
