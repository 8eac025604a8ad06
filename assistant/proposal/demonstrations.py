"""Owns what models add below their code to show or try it, though nobody asked for that: prints,
asserts, a main block, functions that only test the others, and the values that only these use.

Refuses to judge the code of a file that shows or tries something itself: there it belongs.
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
"""Comments at the end, which stood over what was cut."""


def without_demonstrations(
    pieces: list[Piece], file: TextFile, intent: Intent = NEUTRAL, *, whole: bool = False
) -> list[Piece]:
    """The statements of an answer that are to stand in a file.

    All of them where the task speaks of showing, where there is no definition that they could show,
    and those of a kind that the file has, where the answer is the `whole` of it.
    """
    if not any(piece.name for piece in pieces):
        return pieces
    trying = is_test_path(file.path) or intent.asks(Topic.ASSERTIONS)
    showing = intent.asks(Topic.DEMONSTRATION)
    if trying and showing:
        return pieces
    tests = {piece.name for piece in pieces if _only_tries(piece.node)}
    tests = {name for name in tests if not trying and f"def {name}(" not in file.text}
    shown = _shown_by(file.text) if whole else frozenset()
    beside = {
        id(piece)
        for piece in pieces
        if piece.name in tests
        or (type(piece.node) not in shown and _demonstrates(piece.node, tests, trying, showing))
    }
    kept = [piece for piece in pieces if id(piece) not in beside]
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
    answer: str, pieces: Sequence[Piece], kept: Sequence[Piece], known: str
) -> str:
    """The answer's text without the statements that are not kept, and without comments at its end
    that stood over them; `known` is what the file was."""
    for piece in pieces:
        if piece not in kept:
            head, _, tail = answer.rpartition(piece.text)
            answer = (
                f"{head.rstrip()}\n\n\n{tail.lstrip()}" if tail.strip() else f"{head.rstrip()}\n"
            )
    over = _HEADINGS.search(answer)
    return answer[: over.start()] if over and over.group().strip() not in known else answer


def _shown_by(text: str) -> Set[type[ast.stmt]]:
    """Kinds of statements with which a file itself shows or tries something."""
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


def _only_tries(node: ast.stmt) -> bool:
    """Whether a function takes nothing and asserts something: it tests what stands above it."""
    if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
        return False
    given = node.args
    takes = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return not any(takes) and any(isinstance(each, ast.Assert) for each in ast.walk(node))


def _demonstrates(node: ast.stmt, tests: Set[str], trying: bool, showing: bool) -> bool:
    """Whether a statement beside the definitions shows or tries them, unless that was asked for.

    `tests` are the names of functions that only try others.
    """
    match node:
        case ast.Assert():
            return not trying
        case ast.If(test=test) if "__name__" in ast.dump(test):
            return not showing
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return (name == "print" and not showing) or name in tests
        case ast.For(body=body) | ast.With(body=body) | ast.Try(body=body):
            shown = [_demonstrates(each, tests, trying, showing) for each in body]
            values = [isinstance(each, ast.Assign) for each in body]
            return any(shown) and all(map(operator.or_, shown, values))
    return False
