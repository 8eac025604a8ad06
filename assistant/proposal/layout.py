"""Recognises changes of nothing but layout: the same tokens and syntax tree, laid out otherwise."""

import ast
import io
import tokenize

from tree_sitter import Node, Parser

from assistant.repo.files import decode_text
from assistant.repo.grammars import LANGUAGES, language
from assistant.repo.python_trees import parsed

_Tree = tuple[str, bytes]
_LAYOUT = {
    tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
}  # fmt: skip
_PUNCTUATION = {"(", ")", ","}
"""Tokens that a formatter adds where it breaks lines; the tree tells where they matter."""
_TEXTS = ("string", "char", "regex", "heredoc", "jsx_text", "raw_")
"""Parts of the names of nodes in which white space counts."""


def only_layout(path: str, old: bytes, new: bytes) -> bool:
    """Whether two versions of a file have equal syntax trees, with equal comments and strings.

    False for files without a parser, and for Python that does not parse.
    """
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    if suffix in ("py", "pyi"):
        return _python(old) == _python(new) is not None
    name = LANGUAGES.get(suffix)
    return name is not None and _leaves(name, old) == _leaves(name, new)


def _python(data: bytes) -> tuple[str, list[str]] | None:
    tree = parsed(data)
    if tree is None:
        return None
    try:
        source = io.StringIO(decode_text(data).removeprefix("\ufeff").replace("\r\n", "\n"))
        tokens = [
            token.string.rstrip()
            for token in tokenize.generate_tokens(source.readline)
            if token.type not in _LAYOUT and token.string not in _PUNCTUATION
        ]
    except (tokenize.TokenError, SyntaxError):
        return None
    return ast.dump(tree), tokens


def _leaves(name: str, data: bytes) -> list[_Tree]:
    """The nodes in order, inner ones by their types, and leaves and strings by their text."""
    found: list[_Tree] = []
    pending: list[Node | None] = [Parser(language(name)).parse(data).root_node]
    while pending:
        node = pending.pop()
        if node is None:  # after the last child
            found.append(("", b""))
            continue
        whole = not node.children or any(word in node.type for word in _TEXTS)
        text = (node.text or b"") if whole else b""
        if not whole or text.strip():
            found.append((node.type, text.strip() if "comment" in node.type else text))
        if not whole:
            pending += [None, *reversed(node.children)]
    return found
