"""The top-level statements of Python code."""

import ast
import warnings
from dataclasses import dataclass

from assistant.errors import ProposalError

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Piece:
    """A top-level statement with the comment lines right above it."""

    node: ast.stmt
    text: str

    @property
    def name(self) -> str:
        return self.node.name if isinstance(self.node, Definition) else ""

    @property
    def is_import(self) -> bool:
        return isinstance(self.node, ast.Import | ast.ImportFrom)


def pieces_of(text: str) -> list[Piece]:
    """The statements of Python code. Raises ProposalError when it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ProposalError(f"The candidate does not parse: {error}", hint="Try again.") from error
    lines = text.split("\n")
    pieces = []
    floor = 0
    for node in tree.body:
        decorators = node.decorator_list if isinstance(node, Definition) else []
        start = min([node.lineno, *(item.lineno for item in decorators)]) - 1
        while start > floor and lines[start - 1].startswith("#"):
            start -= 1
        floor = node.end_lineno or node.lineno
        pieces.append(Piece(node, "\n".join(lines[start:floor])))
    return pieces
