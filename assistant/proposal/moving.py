"""Moves code of any language to another indentation, without changing strings."""

from tree_sitter import Parser

from assistant.repo.files import encode_text
from assistant.repo.grammars import LANGUAGES, language

_STRINGS = ("string", "heredoc_body")


def moved_code(path: str, text: str, to: str = "") -> str:
    """The code with its common indentation replaced; lines that begin inside a string stay."""
    inside = string_rows(path, text)
    lines = text.split("\n")
    code = {row for row, line in enumerate(lines) if line.strip()} - inside
    own = min((leading(lines[row]) for row in code), key=len, default="")
    return "\n".join(
        to + line.removeprefix(own) if row in code else line for row, line in enumerate(lines)
    )


def string_rows(path: str, text: str) -> set[int]:
    """The 0-based rows that begin inside a string; empty for a file without a grammar.

    Ruby drops the indentation of `<<~` documents, so they can move.
    """
    lines = text.split("\n")
    name = LANGUAGES.get(path.rpartition(".")[2].lower())
    rows: set[int] = set()
    pending = [Parser(language(name)).parse(encode_text(text)).root_node] if name else []
    while pending:
        node = pending.pop()
        if node.type == "heredoc_body" and "<<~" in lines[node.start_point.row]:
            continue
        if any(word in node.type for word in _STRINGS):
            rows.update(range(node.start_point.row + 1, node.end_point.row + 1))
        else:
            pending += node.children
    return rows


def leading(line: str) -> str:
    """The white space at the beginning of a line."""
    return line[: len(line) - len(line.lstrip(" \t"))]
