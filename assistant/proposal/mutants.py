"""Mutants of a function: its code with one small change, made without a model.

Many bugs are that small: a wrong operator, an off-by-one number, a wrong name or string, swapped
operands or arguments, a superfluous part (Debroy and Wong, "Using mutation to automatically suggest
fixes for faulty programs", ICST 2010). Only a check can tell which mutants are fixes.
"""

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.repo.python_trees import parsed

MOST_MUTANTS = 600
_MOST_OTHERS = 8
"""Most names or strings tried in place of one."""

_COMPARISONS = {
    "<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="),
    "==": ("!=",), "!=": ("==",), "in": ("not in",), "is": ("is not",),
}  # fmt: skip
_NEGATED = {"not in": "in", "is not": "is"}
_BINARY = {
    "+": ("-",), "-": ("+",), "*": ("+", "/"), "/": ("//", "*"), "//": ("/", "%"), "%": ("//", "/"),
    "**": ("*",), "<<": (">>",), ">>": ("<<",), "&": ("|", "^"), "|": ("&", "^"), "^": ("&", "|"),
}  # fmt: skip
_BOOLEAN = {"and": ("or",), "or": ("and",)}
_NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "upper": "lower", "lower": "upper",
    "isupper": "islower", "islower": "isupper", "startswith": "endswith", "endswith": "startswith",
    "floor": "ceil", "ceil": "floor", "find": "rfind", "rfind": "find", "index": "rindex",
    "lstrip": "rstrip", "rstrip": "lstrip", "append": "extend", "extend": "append",
    "keys": "values", "values": "keys",
}  # fmt: skip

_Edit = tuple[int, int, str]
"""Byte offsets, the end exclusive, and the replacement."""


def mutants(text: str) -> tuple[str, ...]:
    """The mutants of a function that parse and differ from it and each other, in source order.

    Empty when the text is not a single function.
    """
    function = _function(text)
    if function is None:
        return ()
    data = text.encode("utf-8", "surrogateescape")
    found: dict[str, str] = {ast.dump(function): ""}
    for start, end, new in _Edits(data, function).all():
        changed = (data[:start] + new.encode() + data[end:]).decode("utf-8", "surrogateescape")
        tree = _function(changed)
        if tree is not None:
            found.setdefault(ast.dump(tree), changed)
        if len(found) > MOST_MUTANTS:
            break
    return tuple(found.values())[1:]


def _function(text: str) -> ast.FunctionDef | None:
    tree = parsed(text)
    body = tree.body if tree else []
    return body[0] if len(body) == 1 and isinstance(body[0], ast.FunctionDef) else None


class _Edits(ast.NodeVisitor):
    """The edits of a function, by node type."""

    def __init__(self, data: bytes, function: ast.FunctionDef) -> None:
        self._data = data
        self._starts = [0]
        for line in data.split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        body = function.body
        self._body = body[1:] if ast.get_docstring(function, clean=False) is not None else body
        names = [each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)]
        names += [
            each.id
            for each in ast.walk(function)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        ]
        self._names = list(dict.fromkeys(names))
        self._strings = list(
            dict.fromkeys(
                each.value
                for statement in self._body
                for each in ast.walk(statement)
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )
        )

    def all(self) -> Iterator[_Edit]:
        for statement in self._body:
            for node in ast.walk(statement):
                yield from self.visit(node)

    def visit_Compare(self, node: ast.Compare) -> Iterator[_Edit]:
        if len(node.ops) == 1:
            yield from self._operator(node.left, node.comparators[0], _COMPARISONS)
            yield from self._plus_minus(node.comparators[0])

    def visit_BinOp(self, node: ast.BinOp) -> Iterator[_Edit]:
        yield from self._operator(node.left, node.right, _BINARY)
        yield self._put(node, self._text(node.left))
        yield self._put(node, self._text(node.right))
        yield from self._swapped(node.left, node.right)

    def visit_BoolOp(self, node: ast.BoolOp) -> Iterator[_Edit]:
        yield from self._operator(node.values[0], node.values[1], _BOOLEAN)
        for value in node.values:
            yield self._put(node, self._text(value))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Iterator[_Edit]:
        yield self._put(node, self._text(node.operand))

    def visit_IfExp(self, node: ast.IfExp) -> Iterator[_Edit]:
        yield from self._swapped(node.body, node.orelse)

    def visit_Constant(self, node: ast.Constant) -> Iterator[_Edit]:
        value = node.value
        if isinstance(value, bool):
            yield self._put(node, str(not value))
        elif isinstance(value, int):
            yield self._put(node, str(value + 1))
            yield self._put(node, f"({value - 1})" if value < 1 else str(value - 1))
        elif isinstance(value, str) and value:
            yield self._put(node, '""')
            others = [text for text in self._strings if text and text != value]
            for text in others[:_MOST_OTHERS]:
                yield self._put(node, repr(text))

    def visit_Name(self, node: ast.Name) -> Iterator[_Edit]:
        if not isinstance(node.ctx, ast.Load):
            return
        if node.id in _NAMES:
            yield self._put(node, _NAMES[node.id])
        if node.id in self._names:
            others = [name for name in self._names if name != node.id]
            for name in others[:_MOST_OTHERS]:
                yield self._put(node, name)

    def visit_Attribute(self, node: ast.Attribute) -> Iterator[_Edit]:
        if node.attr in _NAMES:
            end = self._span(node)[1]
            yield end - len(node.attr), end, _NAMES[node.attr]

    def visit_Call(self, node: ast.Call) -> Iterator[_Edit]:
        for first, second in itertools.pairwise(node.args):
            yield from self._swapped(first, second)
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            for argument in node.args:
                yield from self._plus_minus(argument)

    def visit_List(self, node: ast.List | ast.Tuple) -> Iterator[_Edit]:
        for first, second in itertools.pairwise(node.elts):
            yield from self._swapped(first, second)

    visit_Tuple = visit_List

    def visit_Subscript(self, node: ast.Subscript) -> Iterator[_Edit]:
        part = node.slice
        for bound in (part.lower, part.upper) if isinstance(part, ast.Slice) else (part,):
            if bound is not None:
                yield from self._plus_minus(bound)

    def visit_Return(self, node: ast.Return) -> Iterator[_Edit]:
        if node.value is not None:
            yield from self._plus_minus(node.value)

    def visit_If(self, node: ast.If | ast.While) -> Iterator[_Edit]:
        yield self._put(node.test, f"not ({self._text(node.test)})")

    visit_While = visit_If

    def visit_AugAssign(self, node: ast.AugAssign) -> Iterator[_Edit]:
        start, end = self._span(node.target)[1], self._span(node.value)[0]
        operator = self._between(start, end).strip().removesuffix("=")
        for other in ("", *_BINARY.get(operator, ())):
            yield start, end, f" {other}= "
        yield self._put(node, "pass")

    def visit_Expr(self, node: ast.stmt) -> Iterator[_Edit]:
        yield self._put(node, "pass")

    visit_Assign = visit_Break = visit_Continue = visit_Expr

    def generic_visit(self, node: ast.AST) -> Iterator[_Edit]:
        return iter(())

    def _plus_minus(self, node: ast.expr) -> Iterator[_Edit]:
        if isinstance(node, ast.Constant):
            return  # visit_Constant handles numbers; other values have no neighbours
        text = self._text(node)
        plain = text if isinstance(node, ast.Name | ast.Call | ast.Subscript) else f"({text})"
        yield self._put(node, f"{plain} + 1")
        yield self._put(node, f"{plain} - 1")

    def _operator(
        self, left: ast.expr, right: ast.expr, table: Mapping[str, Sequence[str]]
    ) -> Iterator[_Edit]:
        start, end = self._span(left)[1], self._span(right)[0]
        between = self._between(start, end)
        # Brackets around either side are also between them.
        found = re.search(r"not\s+in|is\s+not|[a-z]+|[-+*/%<>=!&|^]+", between)
        if found is None:
            return
        operator = " ".join(found[0].split())
        others = (_NEGATED[operator],) if operator in _NEGATED else table.get(operator, ())
        for other in others:
            yield start + found.start(), start + found.end(), other

    def _swapped(self, first: ast.expr, second: ast.expr) -> Iterator[_Edit]:
        (start, first_end), (second_start, end) = self._span(first), self._span(second)
        between = self._between(first_end, second_start)
        yield start, end, f"{self._text(second)}{between}{self._text(first)}"

    def _put(self, node: ast.expr | ast.stmt, text: str) -> _Edit:
        return (*self._span(node), text)

    def _text(self, node: ast.expr) -> str:
        return self._between(*self._span(node))

    def _between(self, start: int, end: int) -> str:
        return self._data[start:end].decode("utf-8", "surrogateescape")

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        last = self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        return self._starts[node.lineno - 1] + node.col_offset, last
