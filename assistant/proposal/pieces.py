"""The top-level statements of Python code, which may be indented as a whole."""

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass

from assistant.errors import ProposalError

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_WRAPPER = "if 1:\n"
_UNDECODABLE = re.compile("[\ud800-\udfff]")
"""Bytes that are not UTF-8 are surrogate escapes in text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A top-level statement with the comment lines right above it, and those of its block below."""

    node: ast.stmt
    text: str
    """Whole lines, indented as they were written."""
    row: int
    """0-based row of the first of these lines."""

    @property
    def name(self) -> str:
        return self.node.name if isinstance(self.node, Definition) else ""

    @property
    def is_import(self) -> bool:
        return isinstance(self.node, ast.Import | ast.ImportFrom)


def pieces_of(text: str) -> list[Piece]:
    """The statements of Python code. Raises ProposalError when it does not parse."""
    text = text.removeprefix("\ufeff")
    body = _body(text)
    lines = text.split("\n")
    pieces = []
    floor = 0
    for at, node in enumerate(body):
        start = first_row(node)
        while start > floor and lines[start - 1].lstrip().startswith("#"):
            start -= 1
        limit = first_row(body[at + 1]) if at + 1 < len(body) else len(lines)
        floor = _last_row(lines, node, limit)
        pieces.append(Piece(node, "\n".join(lines[start:floor]), start))
    return pieces


def same_code(old: str, new: str) -> bool:
    """Whether two texts have equal syntax trees, however they are indented as a whole."""
    try:
        trees = [
            [ast.dump(node) for node in _body(text.removeprefix("\ufeff"))] for text in (old, new)
        ]
    except ProposalError:
        return False
    return trees[0] == trees[1]


def indent_of(text: str) -> str:
    """The indentation of the first line that is neither blank nor a comment."""
    lines = [line for line in text.lstrip("\ufeff").split("\n") if line.strip()]
    code = [line for line in lines if not line.lstrip().startswith("#")]
    first = (code or lines or [""])[0]
    return first[: len(first) - len(first.lstrip(" \t"))]


def moved(text: str, to: str) -> str:
    """The code with another indentation, except in strings, whose values would change.

    Docstrings move with their functions. Code that does not parse moves if every line can.
    """
    indent = indent_of(text)
    inside = _string_rows(text) if indent != to else None
    if inside is None:
        lines = [line for line in text.split("\n") if line.strip()]
        if indent == to or not all(line.startswith(indent) for line in lines):
            return text
        inside = set()
    return "\n".join(
        to + line.removeprefix(indent)
        if line.strip() and line.startswith(indent) and row not in inside
        else line
        for row, line in enumerate(text.split("\n"))
    )


def _body(text: str) -> list[ast.stmt]:
    """The statements, with line numbers that count from 1 at the first line of the text."""
    indented = bool(indent_of(text))
    text = _parsable(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not indented:
                return ast.parse(text).body
            tree = ast.parse(_WRAPPER + text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ProposalError(f"The candidate does not parse: {error}", hint="Try again.") from error
    wrapper = tree.body[0]
    assert isinstance(wrapper, ast.If)  # noqa: S101 - narrows the type for the checker
    ast.increment_lineno(tree, -1)
    return [*wrapper.body, *tree.body[1:]]


def _parsable(text: str) -> str:
    """The text with a character of its own for each undecodable byte: the parser refuses them."""
    return _UNDECODABLE.sub(lambda found: chr(ord(found[0]) - 0xD800 + 0xE000), text)


def first_row(node: ast.stmt) -> int:
    """The 0-based row where a statement begins, with its decorators."""
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(item.lineno for item in decorators)]) - 1


def _last_row(lines: list[str], node: ast.stmt, limit: int) -> int:
    """The row after the statement, with the more deeply indented comments below it."""
    stop = node.end_lineno or node.lineno
    for row in range(stop, limit):
        line = lines[row].rstrip()
        depth = len(line) - len(line.lstrip())
        if line and (depth <= node.col_offset or line[depth] != "#"):
            break
        stop = row + 1 if line else stop
    return stop


def _string_rows(text: str) -> set[int] | None:
    """Rows that begin inside a string other than a docstring; None if the code does not parse."""
    indented = bool(indent_of(text))
    source = _parsable(_WRAPPER + text if indented else text)
    rows: set[int] = set()
    opened: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.STRING:
                rows |= set(range(token.start[0], token.end[0]))
            elif tokenize.tok_name[token.type].endswith("STRING_START"):
                opened.append(token.start[0])
            elif tokenize.tok_name[token.type].endswith("STRING_END"):
                rows |= set(range(opened.pop(), token.end[0]))
        documented = _docstring_rows(source)
    except (tokenize.TokenError, SyntaxError):
        return None
    return {row - indented for row in rows - documented}


def _docstring_rows(source: str) -> set[int]:
    return {
        row
        for node in ast.walk(ast.parse(source))
        if isinstance(node, Definition) and ast.get_docstring(node, clean=False) is not None
        for row in range(node.body[0].lineno, node.body[0].end_lineno or 0)
    }
