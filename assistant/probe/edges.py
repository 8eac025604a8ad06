"""Builds calls with the edge cases that a task mentions: zero, empty and negative inputs.

Tasks often mention them in passing, and candidates that are right otherwise raise an error there.
Calls are text here and never run, and the value that they should return is unknown.
"""

import ast
from collections.abc import Iterable, Iterator

from assistant.intent.values import Edge
from assistant.probe.assertions import call_of, takes_literals
from assistant.repo.python_trees import parsed_expression

MOST_EDGES = 32


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
        case ast.Constant(value=str()) if Edge.NOTHING in edges:
            yield "''"
        case ast.List() if Edge.NOTHING in edges:
            yield "[]"
        case ast.Tuple() if Edge.NOTHING in edges:
            yield "()"
        case ast.Dict() if Edge.NOTHING in edges:
            yield "{}"
