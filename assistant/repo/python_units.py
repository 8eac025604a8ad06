"""Owns the finding of units in Python, by its own parser; by indentation where that refuses.

Does not import or run what it reads.
"""

import ast
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence

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
            warnings.simplefilter("ignore")  # about the repository's code, not ours
            # A byte that is not UTF-8 can stand in a comment or a string; any letter will do there.
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
        """The statements of a module or class body, covering [start, stop)."""
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
        """End of a statement with the comments below it that are indented deeper."""
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
        """Where the colon before the body stands; the whole line when the body starts below it."""
        row, column = self._colon(definition.lineno - 1)
        if definition.body[0].lineno - 1 > row:
            return row, len(self._lines[row])
        shift = len(_BOM) if row == 0 and self._lines[0].startswith(_BOM) else 0
        return row, column + shift

    def _colon(self, row: int) -> tuple[int, int]:
        rest = (line + "\n" for line in self._source[row:])
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
    """A property's setter and deleter are told from its getter."""
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
    """Definitions under if, try, with and the like, outermost only."""
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
    """Pieces of a Python file that does not parse: definitions by their indentation."""
    found = []
    for row, line in enumerate(lines):
        heading = _HEADING.match(line.removeprefix(_BOM))
        if heading and not heading[1]:
            stop = _indented_stop(lines, row, 0)
            found.append(_indented_piece(lines, row, stop, heading))
    return cover(found, lines, 0, len(lines))


def _indented_piece(lines: Sequence[str], row: int, stop: int, heading: "re.Match[str]") -> Piece:
    start = row
    while start > 0 and lines[start - 1].startswith("@"):
        start -= 1
    references = frozenset(_WORD.findall("".join(lines[row:stop])))
    kind = UnitKind.CLASS if heading[2] == "class" else UnitKind.FUNCTION
    piece = Piece(start, stop, kind, heading[3], (row, len(lines[row])), references)
    if kind is UnitKind.FUNCTION:
        return piece
    methods = [
        Piece(
            inner,
            min(_indented_stop(lines, inner, len(match[1])), stop),
            UnitKind.METHOD,
            match[3],
            (inner, len(lines[inner])),
        )
        for inner in range(row + 1, stop)
        if (match := _HEADING.match(lines[inner])) and match[2] == "def"
    ]
    outermost: list[Piece] = []
    for method in methods:
        if not outermost or method.start >= outermost[-1].stop:
            outermost.append(method)
    return with_head(piece, cover(outermost, lines, row + 1, stop))


def _indented_stop(lines: Sequence[str], row: int, indent: int) -> int:
    """Where a definition ends: before the next line that is indented no deeper.

    A line that starts with a closing bracket still belongs to a signature over several lines.
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
