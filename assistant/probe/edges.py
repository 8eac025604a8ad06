"""Calls with the edge inputs that a task mentions: zero, nothing, a negative number.

Tasks mention such inputs in passing, and otherwise correct candidates fail on them. A call is text
here; its expected result is unknown.
"""

import ast
from collections.abc import Iterable, Iterator

from assistant.intent.values import Edge
from assistant.probe.assertions import call_of, takes_literals
from assistant.repo.python_trees import parsed_expression

MOST_EDGES = 32


def edge_calls(assertions: Iterable[str], edges: frozenset[Edge]) -> tuple[str, ...]:
    """The calls that assertions compare with a value, each with one literal replaced by an edge.

    Each call occurs once, and none is a call that an assertion already makes.
    """
    made = [call for each in assertions if takes_literals(call := call_of(each))]
    found = dict.fromkeys(other for call in made for other in _varied(call, edges))
    return tuple(each for each in found if each not in made)[:MOST_EDGES]


def _varied(call: str, edges: frozenset[Edge]) -> Iterator[str]:
    tree = parsed_expression(call)
    text = call.encode()  # as columns are counted in bytes
    nodes = [each for each in ast.walk(tree) if isinstance(each, ast.expr)] if tree else []
    signed = [each.operand for each in nodes if isinstance(each, ast.UnaryOp)]
    for node in nodes:
        if node in signed:
            continue
        for literal in _instead(node, edges):
            changed = text[: node.col_offset] + literal.encode() + text[node.end_col_offset :]
            if (other := parsed_expression(changed.decode())) is not None:
                yield ast.unparse(other)


def _instead(node: ast.expr, edges: frozenset[Edge]) -> Iterator[str]:
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
