"""Owns the way from code that a model wrote to the file's next bytes.

The model answers with code, not with edits: the definitions in its answer are matched by name with
those in the file, and every other line of the file stays as it is. Refuses answers that do not
parse, that miss what was asked for, or that stand in for code with a placeholder.
"""

import ast
import operator
import re
import textwrap
import warnings
from collections.abc import Set
from dataclasses import dataclass

from assistant.checks.names import undefined_names
from assistant.errors import ProposalError
from assistant.proposal.imports import add_imports
from assistant.proposal.omissions import meant_to_go, refuse_placeholders
from assistant.proposal.splice import insert_after, replace_unit
from assistant.repo.files import TextFile, encode_text, split_lines
from assistant.repo.parsing import units_of
from assistant.repo.paths import is_test_path
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_DEFINITIONS = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class _Piece:
    """A top-level statement of an answer with the comment lines right above it."""

    node: ast.stmt
    text: str

    @property
    def name(self) -> str:
        return self.node.name if isinstance(self.node, _Definition) else ""

    @property
    def is_import(self) -> bool:
        return isinstance(self.node, ast.Import | ast.ImportFrom)


def assemble(file: TextFile, unit: Unit | None, answer: str, task: str = "") -> bytes:
    """The file with `answer` in place of a unit, or of the whole file when `unit` is None.

    A whole file that lacks definitions keeps those of the file, unless `task` wants them gone.
    Raises ProposalError when the answer cannot stand there.
    """
    answer = answer.rstrip()
    if not answer.strip():
        raise ProposalError("The answer is empty.", hint="Try again, or say more in the task.")
    refuse_placeholders(file.text, answer, unit.label if unit else file.path)
    if not file.path.endswith((".py", ".pyi")):
        return _replace(file, unit, answer)
    if unit is not None and unit.kind not in _DEFINITIONS:
        return replace_unit(file, unit, answer)
    pieces = _pieces(textwrap.dedent(answer))
    tests = not (is_test_path(file.path) or _TESTS.search(task))
    if unit is None:
        return _merge_file(file, pieces, answer, task, tests=tests)
    return _merge_unit(file, unit, _without_examples(pieces, known=file.text, tests=tests))


def insert(file: TextFile, after: Unit | None, answer: str) -> bytes:
    """The file with the definitions of `answer` added after a unit, or at its end.

    Definitions that the file has by the same name are replaced; imports go to the imports.
    """
    refuse_placeholders(file.text, answer, file.path)
    line = after.end if after is not None else len(split_lines(file.data))
    if not file.path.endswith((".py", ".pyi")):
        return insert_after(file, line, answer.strip("\n"))
    pieces = _without_examples(_pieces(textwrap.dedent(answer)), known="")
    if not pieces:
        raise ProposalError("The answer holds nothing to add.", hint="Try again.")
    return _merge_pieces(file, pieces, line=line, within=after)


def _replace(file: TextFile, unit: Unit | None, answer: str) -> bytes:
    if unit is not None:
        return replace_unit(file, unit, answer)
    whole = answer + "\n"
    bom = "\ufeff" if file.bom else ""
    return encode_text(bom + whole.replace("\n", file.newline))


def _merge_file(
    file: TextFile, pieces: list[_Piece], answer: str, task: str, *, tests: bool
) -> bytes:
    """The whole answer when it holds every definition of the file but for those that the task
    wants gone, else piece by piece."""
    kept = _without_examples(pieces, known=file.text, tests=tests)
    gone = {unit.name for unit in _top_level(file)} - {piece.name for piece in kept}
    cut = answer if len(kept) == len(pieces) else _cut_examples(answer, pieces, kept, file.text)
    whole = _replace(file, None, cut.rstrip())
    if not gone or (meant_to_go(gone, task) and not gone & undefined_names(whole)):
        return whole
    definitions = [piece for piece in kept if piece.name or piece.is_import]
    if not any(piece.name for piece in definitions):
        raise ProposalError("The answer holds no definition of this file.", hint="Try again.")
    return _merge_pieces(file, definitions, line=len(split_lines(file.data)), within=None)


def _merge_unit(file: TextFile, unit: Unit, pieces: list[_Piece]) -> bytes:
    """The unit replaced; other definitions replace their namesakes or are added before the unit."""
    owner, _, own_name = unit.name.rpartition(".")
    members, rest = _split_owner(pieces, owner)
    definitions = [piece for piece in [*members, *rest] if piece.name]
    target = next((piece for piece in definitions if piece.name == own_name), None)
    if target is None and len(definitions) == 1:
        target = definitions[0]
    if target is None:
        raise ProposalError(
            f"The answer does not hold {unit.name}.", hint="Try again, or choose another place."
        )
    file = text_file(
        file.path, replace_unit(file, unit, _indented(target.text, _indent(file, unit)))
    )
    renamed = f"{owner}.{target.name}" if owner else target.name
    for piece in members:
        if piece is not target:
            file = text_file(file.path, _merge_member(file, owner, renamed, piece))
    others = [piece for piece in rest if piece is not target and (piece.name or piece.is_import)]
    top = renamed.split(".")[0]
    start = next((each.start for each in units_of(file) if each.name == top), unit.start)
    return _merge_pieces(file, others, line=start - 1, within=None)


def _merge_member(file: TextFile, owner: str, sibling: str, piece: _Piece) -> bytes:
    """A further method of the answer: in place of its namesake, or after the rewritten one."""
    units = {unit.name: unit for unit in units_of(file)}
    old = units.get(f"{owner}.{piece.name}")
    if old is not None:
        if _same_code(unit_text(file.text, old), piece.text):
            return file.data
        return replace_unit(file, old, _indented(piece.text, _indent(file, old)))
    anchor = units[sibling]
    return insert_after(file, anchor.end, _indented(piece.text, _indent(file, anchor)))


def _merge_pieces(file: TextFile, pieces: list[_Piece], *, line: int, within: Unit | None) -> bytes:
    """Definitions replace their namesakes, the others are inserted after `line`, imports merged."""
    imports = [piece.text for piece in pieces if piece.is_import]
    fresh: list[str] = []
    for piece in pieces:
        if piece.is_import:
            continue
        old = next((unit for unit in _top_level(file) if unit.name == piece.name), None)
        if old is None or not piece.name:
            fresh.append(piece.text)
        elif not _same_code(unit_text(file.text, old), piece.text):
            grown = len(piece.text.splitlines()) - (old.end - old.start + 1)
            line += grown if old.end <= line else 0
            file = text_file(file.path, replace_unit(file, old, piece.text))
    if fresh:
        indent = _indent(file, within) if within is not None and "." in within.name else ""
        block = ("\n\n" if indent else "\n\n\n").join(fresh)
        file = text_file(file.path, insert_after(file, line, _indented(block, indent)))
    if imports:
        file = text_file(file.path, add_imports(file, tuple(imports)))
    return file.data


def _pieces(text: str) -> list[_Piece]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ProposalError(f"The answer does not parse: {error}", hint="Try again.") from error
    lines = text.split("\n")
    pieces = []
    floor = 0
    for node in tree.body:
        decorators = node.decorator_list if isinstance(node, _Definition) else []
        start = min([node.lineno, *(item.lineno for item in decorators)]) - 1
        while start > floor and lines[start - 1].startswith("#"):
            start -= 1
        floor = node.end_lineno or node.lineno
        pieces.append(_Piece(node, "\n".join(lines[start:floor])))
    return pieces


def _split_owner(pieces: list[_Piece], owner: str) -> tuple[list[_Piece], list[_Piece]]:
    """Methods of the class `owner` in the answer, and everything else.

    Small models often write the class around the one method they were asked for.
    """
    if not owner:
        return [], pieces
    members: list[_Piece] = []
    rest: list[_Piece] = []
    for piece in pieces:
        if isinstance(piece.node, ast.ClassDef) and piece.name == owner.split(".")[-1]:
            body = "\n".join(piece.text.split("\n")[_body_offset(piece) :])
            members += [each for each in _pieces(textwrap.dedent(body)) if each.name]
        elif isinstance(piece.node, ast.FunctionDef | ast.AsyncFunctionDef) and _has_self(
            piece.node
        ):
            members.append(piece)
        else:
            rest.append(piece)
    return members, rest


def _body_offset(piece: _Piece) -> int:
    """Lines of a class piece before its body."""
    node = piece.node
    assert isinstance(node, ast.ClassDef)  # noqa: S101 - narrows the type for the checker
    first = node.body[0]
    decorators = first.decorator_list if isinstance(first, _Definition) else []
    last = node.end_lineno or node.lineno
    start = min([first.lineno, *(item.lineno for item in decorators)])
    return len(piece.text.split("\n")) - (last - start + 1)


def _has_self(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    return bool(names) and names[0] in ("self", "cls")


def _without_examples(pieces: list[_Piece], known: str, *, tests: bool = False) -> list[_Piece]:
    """Without the demonstrations that models like to add below: prints, asserts, a main block, and
    the values that only these use; with `tests` also functions that only test the others."""
    tried = {piece.name for piece in pieces if tests and _only_tries(piece.node)}
    examples = {
        id(piece)
        for piece in pieces
        if piece.text not in known and (piece.name in tried or _is_example(piece.node, tried))
    }
    kept = [piece for piece in pieces if id(piece) not in examples]
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
            or piece.text in known
            or not isinstance(piece.node, ast.Assign)
            or not used.isdisjoint(_names(piece, ast.Store))
        )
    ]


def _names(piece: _Piece, context: type[ast.expr_context] = ast.Load) -> set[str]:
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


def _is_example(node: ast.stmt, tried: Set[str]) -> bool:
    """Whether a statement beside the definitions shows or tries them; `tried` are the names of
    functions that do."""
    match node:
        case ast.Assert():
            return True
        case ast.If(test=test) if "__name__" in ast.dump(test):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name == "print" or name in tried
        case ast.For(body=body) | ast.With(body=body) | ast.Try(body=body):
            shown = [_is_example(each, tried) for each in body]
            values = [isinstance(each, ast.Assign) for each in body]
            return any(shown) and all(map(operator.or_, shown, values))
    return False


def _cut_examples(answer: str, pieces: list[_Piece], kept: list[_Piece], known: str) -> str:
    for piece in pieces:
        if piece not in kept:
            head, _, tail = answer.rpartition(piece.text)
            answer = (
                f"{head.rstrip()}\n\n\n{tail.lstrip()}" if tail.strip() else f"{head.rstrip()}\n"
            )
    over = _HEADINGS.search(answer)
    return answer[: over.start()] if over and over.group().strip() not in known else answer


_TESTS = re.compile(r"\btest", re.IGNORECASE)
_HEADINGS = re.compile(r"(?:\n+#[^\n]*)+\s*\Z")
"""Comments at the end, which stood over what was cut."""


def _top_level(file: TextFile) -> list[Unit]:
    return [unit for unit in units_of(file) if unit.kind in _DEFINITIONS and "." not in unit.name]


def _indent(file: TextFile, unit: Unit) -> str:
    first = unit_text(file.text, unit).lstrip("\ufeff")
    return first[: len(first) - len(first.lstrip())]


def _indented(text: str, indent: str) -> str:
    """Indented, but for the inside of strings that span lines, which would change their value."""
    if not indent:
        return text
    inside = _string_lines(text)
    lines = text.split("\n")
    return "\n".join(
        indent + line if line.strip() and number not in inside else line
        for number, line in enumerate(lines, start=1)
    )


def _string_lines(text: str) -> set[int]:
    """Lines, 1-based, that begin inside a string which is not a docstring."""
    tree = ast.parse(text)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, _Definition) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in docstrings
        if not isinstance(node, ast.Constant) or isinstance(node.value, str | bytes)
        for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }


def _same_code(old: str, new: str) -> bool:
    try:
        return ast.dump(ast.parse(textwrap.dedent(old))) == ast.dump(ast.parse(new))
    except (SyntaxError, ValueError):
        return False
