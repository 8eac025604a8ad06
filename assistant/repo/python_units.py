"""Finds units in Python code with `ast`, or by indentation if the code does not parse.

Never imports or runs the code.
"""

import ast
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.repo.spans import Piece, cover, is_blank, with_head
from assistant.repo.units import UnitKind

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_COMPOUND = (
    ast.If, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While,
    ast.Match,
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOM = "\ufeff"


def python_pieces(lines: Sequence[str]) -> tuple[Piece, ...]:
    """Pieces that cover the lines of a Python file."""
    source = [line.rstrip("\r\n") for line in lines]
    if source:
        source[0] = source[0].removeprefix(_BOM)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # these concern the repository's code
            # Bytes that are not UTF-8 can occur in comments and strings; replace them.
            tree = ast.parse(_SURROGATE.sub("?", "\n".join(source)))
        return _Module(lines, source).pieces(tree.body, 0, len(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return indented_pieces(lines)


class _Module:
    """One parsed file."""

    def __init__(self, lines: Sequence[str], source: Sequence[str]) -> None:
        self._lines = lines
        self._source = source

    def pieces(
        self, body: Sequence[ast.stmt], start: int, stop: int, *, inside: bool = False
    ) -> tuple[Piece, ...]:
        """Pieces for the statements of a module or class body, covering [start, stop)."""
        found = []
        for index, statement in enumerate(body):
            first = _first_row(statement)
            next_row = _first_row(body[index + 1]) if index + 1 < len(body) else stop
            end = self._with_trailing_comments(statement, max(next_row, first))
            found.append(self._piece(statement, first, end, inside))
        return cover(found, self._lines, start, stop)

    def _piece(self, statement: ast.stmt, start: int, stop: int, inside: bool) -> Piece:
        references = frozenset(_references(statement))
        if isinstance(statement, _Definition):
            signature = self._signature_end(statement)
            if isinstance(statement, ast.ClassDef):
                piece = Piece(start, stop, UnitKind.CLASS, statement.name, signature, references)
                body = self.pieces(statement.body, signature[0] + 1, stop, inside=True)
                return with_head(piece, body)
            kind = UnitKind.METHOD if inside else UnitKind.FUNCTION
            return Piece(start, stop, kind, _function_name(statement), signature, references)
        if _is_import(statement):
            return Piece(start, stop, UnitKind.IMPORTS, references=references)
        name = _block_name(statement)
        inner = tuple(
            self._piece(
                definition,
                _first_row(definition),
                definition.end_lineno or definition.lineno,
                inside,
            )
            for definition in _conditional_definitions(statement)
        )
        return Piece(start, stop, UnitKind.BLOCK, name, references=references, children=inner)

    def _with_trailing_comments(self, statement: ast.stmt, limit: int) -> int:
        """End of a statement, including the more deeply indented comments below it."""
        stop = statement.end_lineno or statement.lineno
        for row in range(stop, limit):
            line = self._source[row]
            if is_blank(line):
                continue
            if len(line) - len(line.lstrip()) <= statement.col_offset:
                break
            stop = row + 1
        return stop

    def _signature_end(self, definition: _Definition) -> tuple[int, int]:
        """End of the colon before the body, or of its line if the body starts below it."""
        row, column = self._colon(definition.lineno - 1)
        if definition.body[0].lineno - 1 > row:
            return row, len(self._lines[row])
        shift = len(_BOM) if row == 0 and self._lines[0].startswith(_BOM) else 0
        return row, column + shift

    def _colon(self, row: int) -> tuple[int, int]:
        rest = (self._source[at] + "\n" for at in range(row, len(self._source)))
        depth = lambdas = 0
        try:
            for token in tokenize.generate_tokens(rest.__next__):
                if token.string in ("(", "[", "{"):
                    depth += 1
                elif token.string in (")", "]", "}"):
                    depth -= 1
                elif token.string == "lambda" and depth == 0:
                    lambdas += 1
                elif token.string == ":" and depth == 0:
                    if lambdas == 0:
                        return row + token.end[0] - 1, token.end[1]
                    lambdas -= 1
        except (tokenize.TokenError, SyntaxError):
            pass
        return row, len(self._source[row])


def _first_row(statement: ast.stmt) -> int:
    if isinstance(statement, _Definition) and statement.decorator_list:
        return statement.decorator_list[0].lineno - 1
    return statement.lineno - 1


def _function_name(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name of a function; setters and deleters get a suffix to tell them from the getter."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            return f"{function.name}.{decorator.attr}"
    return function.name


def _is_import(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.If() | ast.Try():
            handlers = getattr(statement, "handlers", [])
            bodies = [statement.body, *(handler.body for handler in handlers)]
            return all(_is_import(inner) for inner in statement.body) and all(
                isinstance(inner, ast.Import | ast.ImportFrom | ast.Assign | ast.Pass)
                for body in [*bodies, statement.orelse]
                for inner in body
            )
        case _:
            return False


def _block_name(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name), *_]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return "__main__"
        case ast.Expr(value=ast.Constant(value=str())):
            return "docstring"
        case _:
            return ""


def _conditional_definitions(statement: ast.stmt) -> Iterator[_Definition]:
    """The outermost definitions inside if, try, with and other compound statements."""
    if not isinstance(statement, _COMPOUND):
        return
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, _Definition):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from (inner for inner in child.body if isinstance(inner, _Definition))
        elif isinstance(child, ast.stmt):
            yield from _conditional_definitions(child)


def _references(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield "." * level + (module or "")
                yield from (alias.name for alias in names)
            case _:
                pass


_HEADING = re.compile(r"([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)")
_WORD = re.compile(r"[A-Za-z_]\w*")


def indented_pieces(lines: Sequence[str]) -> tuple[Piece, ...]:
    """Pieces of a Python file that does not parse, with definitions found by indentation."""
    found = []
    for piece, heading in _indented_definitions(lines, 0, len(lines)):
        if heading[2] == "class":
            row = piece.signature[0]
            methods = [inner for inner, _ in _indented_definitions(lines, row + 1, piece.stop)]
            methods = [replace(inner, kind=UnitKind.METHOD) for inner in methods]
            body = _with_statements(methods, lines, row + 1, piece.stop)
            piece = with_head(replace(piece, kind=UnitKind.CLASS), body)
        found.append(piece)
    return _with_statements(found, lines, 0, len(lines))


def _indented_definitions(
    lines: Sequence[str], start: int, stop: int
) -> Iterator[tuple[Piece, "re.Match[str]"]]:
    """The outermost definitions in [start, stop), as functions, with their `_HEADING` match."""
    row = start
    while row < stop:
        heading = _HEADING.match(lines[row].removeprefix(_BOM))
        if heading is None or (start == 0 and heading[1]):
            row += 1
            continue
        first = row
        while first > start and lines[first - 1].lstrip().startswith("@"):
            first -= 1
        end = min(_indented_stop(lines, row, len(heading[1])), stop)
        references = frozenset(_WORD.findall("".join(lines[row:end])))
        signature = (row, len(lines[row]))
        yield Piece(first, end, UnitKind.FUNCTION, heading[3], signature, references), heading
        row = end


def _with_statements(
    pieces: Sequence[Piece], lines: Sequence[str], start: int, stop: int
) -> tuple[Piece, ...]:
    """The pieces and the code lines between them, covering [start, stop)."""
    taken = {row for piece in pieces for row in range(piece.start, piece.stop)}
    statements = [
        Piece(row, row + 1, UnitKind.BLOCK)
        for row in range(start, stop)
        if row not in taken and not is_blank(lines[row]) and not lines[row].lstrip().startswith("#")
    ]
    return cover([*pieces, *statements], lines, start, stop)


def _indented_stop(lines: Sequence[str], row: int, indent: int) -> int:
    """End of a definition: the next line that is not indented deeper.

    A line that starts with a closing bracket still belongs to a multi-line signature.
    """
    stop = row + 1
    for at in range(row + 1, len(lines)):
        line = lines[at]
        if is_blank(line):
            continue
        depth = len(line) - len(line.lstrip())
        if depth <= indent and line.lstrip()[:1] not in (")", "]", "}"):
            break
        stop = at + 1
    return stop
