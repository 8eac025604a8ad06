"""Removes what models add after their code to demonstrate or test it without being asked: prints,
asserts, a main block, test functions, and the values that only these use.

Where the file already demonstrates or tests its code in that way, such statements stay.
"""

import ast
import operator
import re
from collections.abc import Sequence, Set

from assistant.errors import ProposalError
from assistant.intent.values import NEUTRAL, Intent, Topic
from assistant.proposal.pieces import Piece, pieces_of
from assistant.repo.files import TextFile
from assistant.repo.paths import is_test_path

_HEADINGS = re.compile(r"(?:\n+#[^\n]*)+\s*\Z")
"""Comments at the end, which were headings of what was cut."""


def without_demonstrations(
    pieces: list[Piece], file: TextFile, intent: Intent = NEUTRAL, *, whole: bool = False
) -> list[Piece]:
    """The statements of a candidate that belong in the file.

    That is all of them when the task asks for demonstrations and tests, or when there is no
    definition to demonstrate. When the candidate is the `whole` file, statements of a kind that
    the file already has stay too.
    """
    if not any(piece.name for piece in pieces):
        return pieces
    testing = is_test_path(file.path) or intent.asks(Topic.ASSERTIONS)
    demonstrating = intent.asks(Topic.DEMONSTRATION)
    if testing and demonstrating:
        return pieces
    tests = {piece.name for piece in pieces if _is_test(piece.node)}
    tests = {name for name in tests if not testing and f"def {name}(" not in file.text}
    shown = _demonstrated_by(file.text) if whole else frozenset()
    surplus = {
        id(piece)
        for piece in pieces
        if piece.name in tests
        or (
            type(piece.node) not in shown
            and _demonstrates(piece.node, tests, testing, demonstrating)
        )
    }
    kept = [piece for piece in pieces if id(piece) not in surplus]
    last = max((at for at, piece in enumerate(pieces) if piece.name), default=-1)
    if all(piece in kept for piece in pieces[last + 1 :]):
        return kept
    used = {name for piece in pieces[: last + 1] for name in _names(piece)}
    return [
        piece
        for at, piece in enumerate(pieces)
        if piece in kept
        and (
            at < last
            or piece.text in file.text
            or not isinstance(piece.node, ast.Assign)
            or not used.isdisjoint(_names(piece, ast.Store))
        )
    ]


def cut_demonstrations(
    code: str, pieces: Sequence[Piece], kept: Sequence[Piece], known: str
) -> str:
    """The code without the statements that are not kept, and without their heading comments at the
    end. `known` is the old text of the file."""
    for piece in pieces:
        if piece not in kept:
            head, _, tail = code.rpartition(piece.text)
            code = f"{head.rstrip()}\n\n\n{tail.lstrip()}" if tail.strip() else f"{head.rstrip()}\n"
    heading = _HEADINGS.search(code)
    return code[: heading.start()] if heading and heading.group().strip() not in known else code


def _demonstrated_by(text: str) -> Set[type[ast.stmt]]:
    """Kinds of statements with which a file demonstrates or tests its own code."""
    try:
        nodes = [piece.node for piece in pieces_of(text)]
    except ProposalError:
        return frozenset()
    return {type(node) for node in nodes if _demonstrates(node, frozenset(), False, False)}


def _names(piece: Piece, context: type[ast.expr_context] = ast.Load) -> set[str]:
    return {
        node.id
        for node in ast.walk(piece.node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }


def _is_test(node: ast.stmt) -> bool:
    """Whether a function is a test: it takes no arguments and asserts something."""
    if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
        return False
    given = node.args
    takes = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return not any(takes) and any(isinstance(each, ast.Assert) for each in ast.walk(node))


def _demonstrates(node: ast.stmt, tests: Set[str], testing: bool, demonstrating: bool) -> bool:
    """Whether a statement demonstrates or tests the definitions without being asked.

    `tests` are the names of functions that only test others.
    """
    match node:
        case ast.Assert():
            return not testing
        case ast.If(test=test) if "__name__" in ast.dump(test):
            return not demonstrating
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return (name == "print" and not demonstrating) or name in tests
        case ast.For(body=body) | ast.With(body=body) | ast.Try(body=body):
            shown = [_demonstrates(each, tests, testing, demonstrating) for each in body]
            values = [isinstance(each, ast.Assign) for each in body]
            return any(shown) and all(map(operator.or_, shown, values))
    return False
