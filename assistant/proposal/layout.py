"""Recognises changes of nothing but layout, or nothing but docstrings: the code is the same."""

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


def only_docstrings(path: str, old: bytes, new: bytes) -> bool:
    """Whether two versions of a Python file differ in docstrings alone, with equal comments."""
    if not path.endswith((".py", ".pyi")):
        return False
    return _python(old, docstrings=False) == _python(new, docstrings=False) is not None


def _python(data: bytes, *, docstrings: bool = True) -> tuple[str, list[str]] | None:
    tree = parsed(data)
    if tree is None:
        return None
    if not docstrings:
        _drop_docstrings(tree)
    try:
        source = io.StringIO(decode_text(data).removeprefix("\ufeff").replace("\r\n", "\n"))
        tokens = [
            token.string.rstrip()
            for token in tokenize.generate_tokens(source.readline)
            if token.type == tokenize.COMMENT
            or (docstrings and token.type not in _LAYOUT and token.string not in _PUNCTUATION)
        ]
    except (tokenize.TokenError, SyntaxError):
        return None
    return ast.dump(tree), tokens


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Module():
                if ast.get_docstring(node, clean=False) is not None:
                    node.body = node.body[1:]


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
