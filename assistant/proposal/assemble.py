"""Owns the way from code that a model wrote to the file's next bytes.

The model answers with code, not with edits: the definitions in its answer are matched by name with
those in the file, and every other line of the file stays as it is. Refuses answers that do not
parse, that miss what was asked for, or that stand in for code with a placeholder.
"""

import ast
import textwrap

from assistant.checks.names import undefined_names
from assistant.errors import ProposalError
from assistant.intent.values import NEUTRAL, Intent, Topic
from assistant.proposal.demonstrations import cut_demonstrations, without_demonstrations
from assistant.proposal.imports import add_imports
from assistant.proposal.omissions import refuse_placeholders
from assistant.proposal.pieces import Definition, Piece, pieces_of
from assistant.proposal.splice import insert_after, replace_unit
from assistant.repo.files import TextFile, encode_text, split_lines
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_DEFINITIONS = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)


def assemble(file: TextFile, unit: Unit | None, answer: str, intent: Intent = NEUTRAL) -> bytes:
    """The file with `answer` in place of a unit, or of the whole file when `unit` is None.

    A whole file that lacks definitions keeps those of the file, unless `intent` wants them gone.
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
    pieces = pieces_of(textwrap.dedent(answer))
    if unit is None:
        return _merge_file(file, pieces, answer, intent)
    return _merge_unit(file, unit, without_demonstrations(pieces, file, intent))


def insert(file: TextFile, after: Unit | None, answer: str, intent: Intent = NEUTRAL) -> bytes:
    """The file with the definitions of `answer` added after a unit, or at its end.

    Definitions that the file has by the same name are replaced; imports go to the imports.
    """
    refuse_placeholders(file.text, answer, file.path)
    line = after.end if after is not None else len(split_lines(file.data))
    if not file.path.endswith((".py", ".pyi")):
        return insert_after(file, line, answer.strip("\n"))
    pieces = without_demonstrations(pieces_of(textwrap.dedent(answer)), file, intent)
    if not pieces:
        raise ProposalError("The answer holds nothing to add.", hint="Try again.")
    return _merge_pieces(file, pieces, line=line, within=after)


def _replace(file: TextFile, unit: Unit | None, answer: str) -> bytes:
    if unit is not None:
        return replace_unit(file, unit, answer)
    whole = answer + "\n"
    bom = "\ufeff" if file.bom else ""
    return encode_text(bom + whole.replace("\n", file.newline))


def _merge_file(file: TextFile, pieces: list[Piece], answer: str, intent: Intent) -> bytes:
    """The whole answer when it holds every definition of the file but for those that the task
    wants gone, else piece by piece.

    Piece by piece also where it holds nothing else, though the file does: a model that writes
    definitions stops behind them, before what uses them.
    """
    kept = without_demonstrations(pieces, file, intent, whole=True)
    gone = {unit.name for unit in _top_level(file)} - {piece.name for piece in kept}
    cut = (
        answer if len(kept) == len(pieces) else cut_demonstrations(answer, pieces, kept, file.text)
    )
    whole = _replace(file, None, cut.rstrip())
    short = not any(map(_is_statement, kept)) and not intent.asks(Topic.REMOVAL)
    bare = short and any(map(_is_statement, _pieces_of_file(file)))
    if not (gone or bare) or (intent.may_remove(gone) and not gone & undefined_names(whole)):
        return whole
    definitions = [piece for piece in kept if piece.name or piece.is_import]
    if not any(piece.name for piece in definitions):
        raise ProposalError("The answer holds no definition of this file.", hint="Try again.")
    return _merge_pieces(file, definitions, line=len(split_lines(file.data)), within=None)


def _is_statement(piece: Piece) -> bool:
    """Whether it does something beside defining and importing; a docstring does not."""
    text = isinstance(piece.node, ast.Expr) and isinstance(piece.node.value, ast.Constant)
    return not (piece.name or piece.is_import or text)


def _pieces_of_file(file: TextFile) -> list[Piece]:
    try:
        return pieces_of(file.text)
    except ProposalError:
        return []


def _merge_unit(file: TextFile, unit: Unit, pieces: list[Piece]) -> bytes:
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


def _merge_member(file: TextFile, owner: str, sibling: str, piece: Piece) -> bytes:
    """A further method of the answer: in place of its namesake, or after the rewritten one."""
    units = {unit.name: unit for unit in units_of(file)}
    old = units.get(f"{owner}.{piece.name}")
    if old is not None:
        if _same_code(unit_text(file.text, old), piece.text):
            return file.data
        return replace_unit(file, old, _indented(piece.text, _indent(file, old)))
    anchor = units[sibling]
    return insert_after(file, anchor.end, _indented(piece.text, _indent(file, anchor)))


def _merge_pieces(file: TextFile, pieces: list[Piece], *, line: int, within: Unit | None) -> bytes:
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


def _split_owner(pieces: list[Piece], owner: str) -> tuple[list[Piece], list[Piece]]:
    """Methods of the class `owner` in the answer, and everything else.

    Small models often write the class around the one method they were asked for.
    """
    if not owner:
        return [], pieces
    members: list[Piece] = []
    rest: list[Piece] = []
    for piece in pieces:
        if isinstance(piece.node, ast.ClassDef) and piece.name == owner.split(".")[-1]:
            body = "\n".join(piece.text.split("\n")[_body_offset(piece) :])
            members += [each for each in pieces_of(textwrap.dedent(body)) if each.name]
        elif isinstance(piece.node, ast.FunctionDef | ast.AsyncFunctionDef) and _has_self(
            piece.node
        ):
            members.append(piece)
        else:
            rest.append(piece)
    return members, rest


def _body_offset(piece: Piece) -> int:
    """Lines of a class piece before its body."""
    node = piece.node
    assert isinstance(node, ast.ClassDef)  # noqa: S101 - narrows the type for the checker
    first = node.body[0]
    decorators = first.decorator_list if isinstance(first, Definition) else []
    last = node.end_lineno or node.lineno
    start = min([first.lineno, *(item.lineno for item in decorators)])
    return len(piece.text.split("\n")) - (last - start + 1)


def _has_self(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    return bool(names) and names[0] in ("self", "cls")


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
        if isinstance(node, Definition) and node.body and isinstance(node.body[0], ast.Expr)
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
