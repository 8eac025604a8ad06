"""Syntax highlighting: splits each line of a text into runs of a length and a category.

Categories are the `syntax-*` variables of a theme. The first call imports Pygments and should be
made in a thread. Very long texts are not highlighted.
"""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pygments.token import _TokenType

Runs: TypeAlias = tuple[tuple[int, str], ...]
"""Length in characters and category. An empty category is plain text."""

_LIMIT = 400_000
"""Characters. Longer texts stay plain."""

_CATEGORIES = {
    "Keyword": "keyword",
    "Keyword.Constant": "constant",
    "Keyword.Type": "class",
    "Name": "name",
    "Name.Function": "function",
    "Name.Class": "class",
    "Name.Exception": "class",
    "Name.Builtin": "builtin",
    "Name.Builtin.Pseudo": "constant",
    "Name.Constant": "constant",
    "Name.Decorator": "decorator",
    "Name.Attribute": "function",
    "Name.Tag": "keyword",
    "Literal": "constant",
    "Literal.String": "string",
    "Literal.Number": "number",
    "Operator": "operator",
    "Operator.Word": "keyword",
    "Punctuation": "operator",
    "Comment": "comment",
    "Generic.Heading": "heading",
    "Generic.Subheading": "heading",
    "Generic.Strong": "heading",
}


def highlight(path: str, text: str) -> tuple[Runs, ...]:
    """Returns the runs of every line. Empty if there is no lexer or the text is too long."""
    if len(text) > _LIMIT:
        return ()
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(path.rsplit("/", 1)[-1])
    except ClassNotFound:
        return ()
    lines: list[Runs] = []
    line: list[tuple[int, str]] = []
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        category = _category(kind)
        first, *rest = value.split("\n")
        if first:
            line.append((len(first), category))
        for piece in rest:
            lines.append(tuple(line))
            line = [(len(piece), category)] if piece else []
    lines.append(tuple(line))
    return tuple(lines)


def _category(kind: "_TokenType") -> str:
    name = str(kind).removeprefix("Token.")
    while name and name not in _CATEGORIES:
        name = name.rpartition(".")[0]
    return _CATEGORIES.get(name, "")
