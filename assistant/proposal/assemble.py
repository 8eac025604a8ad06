"""Merges the code of a candidate into its file.

A model writes code, not edits. Its definitions are matched by name with those in the file, and
every other line of the file stays as it is. Code that does not parse, lacks the requested
definition or contains a placeholder is rejected.
"""

import ast
from collections.abc import Sequence
from difflib import SequenceMatcher

from assistant.checks.names import undefined_names
from assistant.errors import ProposalError
from assistant.intent.values import NEUTRAL, Intent, Topic
from assistant.proposal.demonstrations import cut_demonstrations, without_demonstrations
from assistant.proposal.heads import with_braces, with_head, with_opening
from assistant.proposal.imports import add_imports
from assistant.proposal.omissions import refuse_placeholders
from assistant.proposal.pieces import Piece, first_row, indent_of, moved, pieces_of, same_code
from assistant.proposal.splice import insert_after, replace_all, replace_unit
from assistant.repo.files import TextFile, split_lines
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
    if unit is None and not intent.asks(Topic.REMOVAL):
        code = with_opening(file.text, code)
    if not file.path.endswith((".py", ".pyi")):
        if unit is None:
            return replace_all(file, code, keeps_ends=not intent.asks(Topic.LAYOUT))
        return replace_unit(file, unit, with_braces(file, unit, code))
    if unit is not None and unit.kind is UnitKind.BLOCK:
        return _merge_statements(file, unit, code)
    if unit is not None and unit.kind not in _DEFINITIONS:
        return replace_unit(file, unit, code)
    if unit is None:
        return _merge_file(file, pieces_of(code), code, intent)
    own = _own_piece(file, unit)
    pieces = pieces_of(with_head(own, code) if own else code)
    return _merge_unit(file, unit, own, without_demonstrations(pieces, file, intent))


def insert(file: TextFile, after: Unit | None, code: str, intent: Intent = NEUTRAL) -> bytes:
    """Returns the file with the definitions of `code` added after a unit, or at the end.

    Definitions of the same name are replaced; imports are merged with those of the file.
    """
    refuse_placeholders(file.text, code, file.path)
    line = after.end if after is not None else len(split_lines(file.data))
    if not file.path.endswith((".py", ".pyi")):
        return insert_after(file, line, code.strip("\n"))
    pieces = without_demonstrations(pieces_of(code), file, intent)
    if not pieces:
        raise ProposalError("The candidate contains nothing to add.", hint="Try again.")
    return _merge_pieces(file, pieces, line=line, within=after)


def _merge_file(file: TextFile, pieces: list[Piece], code: str, intent: Intent) -> bytes:
    """Takes `code` whole when it has every definition of the file, except those that the task
    removes; otherwise merges it piece by piece.

    Code without statements is also merged when the file has some: a model often stops after the
    definitions, before the statements that use them.
    """
    kept = without_demonstrations(pieces, file, intent, whole=True)
    cut = code if len(kept) == len(pieces) else cut_demonstrations(code, pieces, kept, file.text)
    whole = replace_all(file, cut, keeps_ends=not intent.asks(Topic.LAYOUT))
    left = {unit.name for unit in _top_level(text_file(file.path, whole))}
    gone = {unit.name for unit in _top_level(file)} - left
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


def _merge_statements(file: TextFile, unit: Unit, code: str) -> bytes:
    """Replaces statements. What the file has elsewhere stays there: imports are merged, definitions
    replace their namesakes, and repeated statements are dropped."""
    try:
        pieces = pieces_of(code)
    except ProposalError:
        return replace_unit(file, unit, code)
    lines = file.text.splitlines()
    around = "\n".join([*lines[: unit.start - 1], *lines[unit.end :]])
    known = {each.name for each in _top_level(file)}
    elsewhere = [piece for piece in pieces if piece.is_import or piece.name in known]
    own = [piece.text for piece in pieces if piece not in elsewhere and piece.text not in around]
    if len(own) == len(pieces) or not own:
        return replace_unit(file, unit, code)
    text = "\n".join(own)
    file = text_file(file.path, replace_unit(file, unit, text))
    return _merge_pieces(file, elsewhere, line=len(split_lines(file.data)), within=None)


def _merge_unit(file: TextFile, unit: Unit, own: Piece | None, pieces: list[Piece]) -> bytes:
    """Replaces the unit. Other definitions replace their namesakes or go before the unit."""
    owner = _owner(file, unit)
    members, rest = _split_owner(_without_openings(pieces), owner)
    definitions = [piece for piece in [*members, *rest] if piece.name]
    alike = [piece for piece in definitions if piece.name == _plain_name(unit, own)]
    target = _likest(alike, own) or (definitions[0] if len(definitions) == 1 else None)
    if target is None:
        raise ProposalError(
            f"The candidate does not contain {unit.name}.",
            hint="Try again, or choose another target.",
        )
    outermost = next((each for each in units_of(file) if each.end >= unit.start), unit)
    file = text_file(file.path, replace_unit(file, unit, target.text))
    more = [piece for piece in members if piece is not target]
    file = _merge_members(file, owner, unit.start, more)
    others = [piece for piece in rest if piece is not target and (piece.name or piece.is_import)]
    return _merge_pieces(file, others, line=outermost.start - 1, within=None)


def _without_openings(pieces: list[Piece]) -> list[Piece]:
    """Drops a head with nothing but a docstring that is written again, with a body, after it: a
    candidate is opened with the head of the unit, and a model may repeat it."""
    names = [piece.name for piece in pieces]
    return [
        piece
        for at, piece in enumerate(pieces)
        if not (_is_bare(piece.node) and piece.name in names[at + 1 :])
    ]


def _is_bare(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return len(node.body) == 1 and ast.get_docstring(node) is not None


def _own_piece(file: TextFile, unit: Unit) -> Piece | None:
    """The definition as the file has it; None where it does not parse."""
    try:
        return next((piece for piece in pieces_of(unit_text(file.text, unit)) if piece.name), None)
    except ProposalError:
        return None


def _plain_name(unit: Unit, own: Piece | None) -> str:
    """The name after `def` or `class`; a unit's name also tells setters and namesakes apart."""
    return own.name if own else unit.name.rpartition(".")[2].partition("#")[0]


def _owner(file: TextFile, unit: Unit) -> str:
    """The name of the innermost class around a unit; empty outside classes."""
    around = (
        each.name
        for each in units_of(file)
        if each.kind is UnitKind.CLASS and each.start <= unit.start and unit.end <= each.end
        if each != unit
    )
    return max(around, key=len, default="")


def _likest(pieces: Sequence[Piece], own: Piece | None) -> Piece | None:
    """Of definitions with the same name, the one most like the old code: an overload, a setter."""
    if own is None or len(pieces) < 2:
        return next(iter(pieces), None)
    old = own.text.split()
    return max(pieces, key=lambda piece: _likeness(old, piece.text.split()))


def _likeness(old: Sequence[str], new: Sequence[str]) -> float:
    return SequenceMatcher(None, old, new, autojunk=False).ratio()


def _merge_members(file: TextFile, owner: str, start: int, pieces: Sequence[Piece]) -> TextFile:
    """Other methods: new ones go after the unit at `start`, the others replace their namesakes."""
    inside = _inside(file, owner)
    known = {_last_name(each, owner) for each in inside}
    fresh = dict.fromkeys(piece.text for piece in pieces if piece.name not in known)
    if fresh:  # first: replacing an earlier method shifts the lines
        anchor = next(each for each in inside if each.end >= start)
        indent = indent_of(unit_text(file.text, anchor))
        block = "\n\n".join(moved(text, indent) for text in fresh)
        file = text_file(file.path, insert_after(file, anchor.end, block))
    for piece in pieces:
        if piece.name in known:
            file = text_file(file.path, _replace_namesake(file, owner, piece))
    return file


def _replace_namesake(file: TextFile, owner: str, piece: Piece) -> bytes:
    """Replaces the most similar method of the same name, unless one is the same."""
    twins = [each for each in _inside(file, owner) if _last_name(each, owner) == piece.name]
    if any(same_code(unit_text(file.text, each), piece.text) for each in twins):
        return file.data
    new = piece.text.split()
    old = max(twins, key=lambda each: _likeness(unit_text(file.text, each).split(), new))
    return replace_unit(file, old, piece.text)


def _inside(file: TextFile, owner: str) -> list[Unit]:
    return [each for each in units_of(file) if each.name.startswith(f"{owner}.")]


def _last_name(unit: Unit, owner: str) -> str:
    """The name of a member, without what tells setters and namesakes apart."""
    return unit.name.removeprefix(f"{owner}.").partition("#")[0].partition(".")[0]


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
        elif not same_code(unit_text(file.text, old), piece.text):
            grown = piece.text.count("\n") - (old.end - old.start)
            line += grown if old.end <= line else 0
            file = text_file(file.path, replace_unit(file, old, piece.text))
    if fresh:
        nested = within is not None and "." in within.name
        indent = indent_of(unit_text(file.text, within)) if within and nested else ""
        block = ("\n\n" if indent else "\n\n\n").join(moved(text, indent) for text in fresh)
        file = text_file(file.path, insert_after(file, line, block))
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
            head = first_row(piece.node.body[0]) - piece.row
            body = "\n".join(piece.text.split("\n")[head:])
            members += [each for each in pieces_of(body) if each.name]
        elif isinstance(piece.node, ast.FunctionDef | ast.AsyncFunctionDef) and _has_self(
            piece.node
        ):
            members.append(piece)
        else:
            rest.append(piece)
    return members, rest


def _has_self(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    return bool(names) and names[0] in ("self", "cls")


def _top_level(file: TextFile) -> list[Unit]:
    return [unit for unit in units_of(file) if unit.kind in _DEFINITIONS and "." not in unit.name]
