"""What the search index records of a file: its symbols, its words, and the names that it uses.

Read with regular expressions: parsing every file of a large repository would take minutes.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.repo.files import decode_text
from assistant.repo.words import words

MAX_BYTES = 300_000
"""Of a larger file only the beginning counts."""
_MOST_REPEATED = 6
"""BM25 saturates: more repetitions of a word hardly change a score."""
_MOST_SYMBOLS = 2_000
_LONGEST_SIGNATURE = 120
_LONGEST_NAME = 80

_NAME = re.compile(r"\w+")
_COMPOUND = re.compile(r"_*[^\W_]+_\w+|\w*[a-z0-9][A-Z]\w*|\w*[^\W\d_]\d\w*|_\w+")
"""Names that are hardly words: they are recorded as they are written."""
_MODIFIERS = (
    "abstract|async|const|constexpr|data|declare|default|export|extern|final|friend|inline|inner"
    "|internal|let|mut|open|override|partial|private|protected|pub|public|readonly|sealed|static"
    "|suspend|synchronized|unsafe|virtual|volatile"
)
KEYWORDS = (
    "class|const|def|enum|fn|fun|func|function|impl|interface|let|macro_rules!|mod|module"
    "|namespace|object|package|protocol|record|static|struct|trait|type|typedef|union|val|var"
)
"""The words that a definition begins with, in all languages, as a pattern."""
_DEFINITION = re.compile(
    rf"^[ \t]*(?:(?:{_MODIFIERS})\b(?:[(<\"][^\n)>\"]*[)>\"])?[ \t]+)*"
    rf"(?P<kind>{KEYWORDS}|#[ \t]*define)[ \t]*(?:<[^>\n]*>|\*|\([^)\n]*\)|[ \t]class\b)?[ \t]+"
    r"(?:self\.|mut[ \t]+|ref[ \t]+)?(?P<name>[^\W\d][\w.]*\w|[^\W\d])"
    r"|^(?P<constant>[^\W\d]\w*)[ \t]*(?::[^=\n]+)?=(?!=)"
    r"|^[ \t]+(?P<member>[A-Z][A-Z0-9_]+)[ \t]*(?::[^=\n]+)?=(?!=)",
    re.MULTILINE,
)
_OPENED = re.compile(
    r"^[ \t]*(?:[^\W\d][^(;=\n\"'{]*[\s*&:~.])?(?P<name>[^\W\d]\w*)[ \t]*\((?=[^;\n]*\{[ \t\r]*$)",
    re.MULTILINE,
)
"""A function without a keyword whose first line ends with a brace."""
_TYPED = re.compile(
    r"^[^\W\d][^(;=\n\"'{#/]*[\s*&:~](?P<name>[^\W\d]\w*)[ \t]*\((?=[^;\n]*$)", re.MULTILINE
)
"""A function of C that begins with its type, in the first column."""
_STATEMENTS = frozenset(
    ("case", "catch", "do", "else", "for", "function", "if", "new", "return", "switch", "while")
)
_C = ("c", "cc", "cpp", "cxx", "h", "hpp")
_BRACES = (*_C, "java", "js", "jsx", "mjs", "ts", "tsx", "cs")
"""Suffixes of languages in which functions have no keyword."""


@dataclass(frozen=True, slots=True)
class Symbol:
    name: str
    """Without the names around it."""
    kind: str
    """The keyword that defines it; `function` or `constant` without one."""
    line: int
    """1-based."""
    signature: str
    """The line that defines it."""


@dataclass(frozen=True, slots=True)
class Contents:
    symbols: tuple[Symbol, ...]
    body: str
    """Stems of all words, each as often as it occurs, up to a limit."""
    names: str
    """The identifiers that it defines or uses, each once."""


EMPTY = Contents((), "", "")


def read_contents(path: str, data: bytes) -> Contents:
    """The contents of a file. Binary files have none."""
    data = data[:MAX_BYTES]
    if b"\0" in data:
        return EMPTY
    text = decode_text(data).encode("utf-8", "replace").decode()
    counts = Counter(_NAME.findall(text))
    return Contents(
        tuple(_symbols(path, text))[:_MOST_SYMBOLS],
        _body(counts),
        " ".join(name for name in counts if _is_identifier(name)),
    )


def stems(text: str) -> str:
    """The stems of a text, for a column of the index."""
    return " ".join(words(text))


def _is_identifier(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and _COMPOUND.fullmatch(name) is not None


def _body(counts: Counter[str]) -> str:
    found: Counter[str] = Counter()
    for name, count in counts.items():
        if len(name) <= _LONGEST_NAME:
            for stem in words(name):
                found[stem] += count
    return " ".join(" ".join([stem] * min(count, _MOST_REPEATED)) for stem, count in found.items())


def _symbols(path: str, text: str) -> Iterator[Symbol]:
    starts: list[int] = []
    seen: set[tuple[str, int]] = set()
    for match, name, kind in _found(path, text):
        if not starts:
            starts = [0, *(each.end() for each in re.finditer("\n", text))]
        at = match.start("name") if match.lastgroup == "name" else match.start()
        line = bisect_right(starts, at)
        if (name, line) not in seen:
            seen.add((name, line))
            end = starts[line] if line < len(starts) else len(text)
            signature = text[starts[line - 1] : end].strip()
            yield Symbol(name, kind, line, signature[:_LONGEST_SIGNATURE])


def _found(path: str, text: str) -> Iterable[tuple[re.Match[str], str, str]]:
    for match in _DEFINITION.finditer(text):
        if match["name"] is not None:
            yield match, match["name"].rpartition(".")[2], match["kind"]
        else:
            yield match, match["constant"] or match["member"], "constant"
    suffix = path.rpartition(".")[2].lower()
    patterns = ([_OPENED] if suffix in _BRACES else []) + ([_TYPED] if suffix in _C else [])
    for pattern in patterns:
        for match in pattern.finditer(text):
            if match["name"] not in _STATEMENTS:
                yield match, match["name"], "function"
