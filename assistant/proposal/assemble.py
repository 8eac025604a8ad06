"""Merges the code of a candidate into its file.

A model writes code, not edits. Its definitions are matched by name with those in the file, and
every other line of the file stays as it is. Code that does not parse, lacks the requested
definition or contains a placeholder is rejected.
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


def assemble(file: TextFile, unit: Unit | None, code: str, intent: Intent = NEUTRAL) -> bytes:
    """Returns the file with a unit replaced by `code`, or the whole file when `unit` is None.

    A whole file keeps definitions that `code` lacks, unless `intent` asks to remove them.
    Raises ProposalError when `code` cannot replace the target.
    """
    code = code.rstrip()
    if not code.strip():
        raise ProposalError(
            "The candidate is empty.", hint="Try again, or give more detail in the task."
        )
    refuse_placeholders(file.text, code, unit.label if unit else file.path)
    if not file.path.endswith((".py", ".pyi")):
        return _replace(file, unit, code)
    if unit is not None and unit.kind not in _DEFINITIONS:
        return replace_unit(file, unit, code)
    pieces = pieces_of(textwrap.dedent(code))
    if unit is None:
        return _merge_file(file, pieces, code, intent)
    return _merge_unit(file, unit, without_demonstrations(pieces, file, intent))


def insert(file: TextFile, after: Unit | None, code: str, intent: Intent = NEUTRAL) -> bytes:
    """Returns the file with the definitions of `code` added after a unit, or at the end.

    Definitions of the same name are replaced; imports are merged with those of the file.
    """
    refuse_placeholders(file.text, code, file.path)
    line = after.end if after is not None else len(split_lines(file.data))
    if not file.path.endswith((".py", ".pyi")):
        return insert_after(file, line, code.strip("\n"))
    pieces = without_demonstrations(pieces_of(textwrap.dedent(code)), file, intent)
    if not pieces:
        raise ProposalError("The candidate contains nothing to add.", hint="Try again.")
    return _merge_pieces(file, pieces, line=line, within=after)


def _replace(file: TextFile, unit: Unit | None, code: str) -> bytes:
    if unit is not None:
        return replace_unit(file, unit, code)
    whole = code + "\n"
    bom = "\ufeff" if file.bom else ""
    return encode_text(bom + whole.replace("\n", file.newline))


def _merge_file(file: TextFile, pieces: list[Piece], code: str, intent: Intent) -> bytes:
    """Takes `code` whole when it has every definition of the file, except those that the task
    removes; otherwise merges it piece by piece.

    Code without statements is also merged when the file has some: a model often stops after the
    definitions, before the statements that use them.
    """
    kept = without_demonstrations(pieces, file, intent, whole=True)
    gone = {unit.name for unit in _top_level(file)} - {piece.name for piece in kept}
    cut = code if len(kept) == len(pieces) else cut_demonstrations(code, pieces, kept, file.text)
    whole = _replace(file, None, cut.rstrip())
    short = not any(map(_is_statement, kept)) and not intent.asks(Topic.REMOVAL)
    bare = short and any(map(_is_statement, _pieces_of_file(file)))
    if not (gone or bare) or (intent.may_remove(gone) and not gone & undefined_names(whole)):
        return whole
    definitions = [piece for piece in kept if piece.name or piece.is_import]
    if not any(piece.name for piece in definitions):
        raise ProposalError("The candidate contains no definition of this file.", hint="Try again.")
    return _merge_pieces(file, definitions, line=len(split_lines(file.data)), within=None)


def _is_statement(piece: Piece) -> bool:
    """Whether it does more than define or import. A docstring does not count."""
    docstring = isinstance(piece.node, ast.Expr) and isinstance(piece.node.value, ast.Constant)
    return not (piece.name or piece.is_import or docstring)


def _pieces_of_file(file: TextFile) -> list[Piece]:
    try:
        return pieces_of(file.text)
    except ProposalError:
        return []


def _merge_unit(file: TextFile, unit: Unit, pieces: list[Piece]) -> bytes:
    """Replaces the unit. Other definitions replace their namesakes or go before the unit."""
    owner, _, own_name = unit.name.rpartition(".")
    members, rest = _split_owner(pieces, owner)
    definitions = [piece for piece in [*members, *rest] if piece.name]
    target = next((piece for piece in definitions if piece.name == own_name), None)
    if target is None and len(definitions) == 1:
        target = definitions[0]
    if target is None:
        raise ProposalError(
            f"The candidate does not contain {unit.name}.",
            hint="Try again, or choose another target.",
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
    """Another method: replaces the one of the same name, or goes after the rewritten one."""
    units = {unit.name: unit for unit in units_of(file)}
    old = units.get(f"{owner}.{piece.name}")
    if old is not None:
        if _same_code(unit_text(file.text, old), piece.text):
            return file.data
        return replace_unit(file, old, _indented(piece.text, _indent(file, old)))
    anchor = units[sibling]
    return insert_after(file, anchor.end, _indented(piece.text, _indent(file, anchor)))


def _merge_pieces(file: TextFile, pieces: list[Piece], *, line: int, within: Unit | None) -> bytes:
    """Replaces definitions of the same name, inserts the others after `line`, merges imports."""
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
    """Separates the methods of the class `owner` from everything else.

    Small models often write the class around the one requested method.
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
    """Indents the text, except inside multi-line strings, whose value would change."""
    if not indent:
        return text
    inside = _string_lines(text)
    lines = text.split("\n")
    return "\n".join(
        indent + line if line.strip() and number not in inside else line
        for number, line in enumerate(lines, start=1)
    )


def _string_lines(text: str) -> set[int]:
    """Lines, 1-based, that begin inside a string other than a docstring."""
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
