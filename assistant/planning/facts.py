"""What a file says about itself: its role, the names it defines, uses and imports, and its words.

Read with regular expressions, so that whole repositories in any language take a second; which
files matter is decided from this, and only those are parsed.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from assistant.repo.languages import language_of
from assistant.repo.paths import is_test_path
from assistant.repo.words import words

_NAME = re.compile(r"[^\W\d]\w*")
_DEFINITION = re.compile(
    r"^[ \t]*(?:(?:export|default|public|private|protected|static|abstract|final|async|pub|inline)"
    r"(?:\([a-z]+\))?[ \t]+)*"
    r"(?:def|class|function|func|fn|struct|enum|trait|interface|type|module|impl)[ \t]+"
    r"(?:\([^)\n]*\)[ \t]*)?(?P<name>[^\W\d]\w*)"
    r"|^(?P<constant>[^\W\d]\w*)[ \t]*(?::[^=\n]+)?=[^=]",
    re.MULTILINE,
)
_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n#]*)"
    r"|^[ \t]*import[ \t]+(?P<modules>[\w., \t]+)$"
    r"|(?:from|require\(|import|use|include)[ \t(]*[\"'<](?P<path>[\w./@-]+)[\"'>]",
    re.MULTILINE,
)
_ENTRY_FOLDER = re.compile(
    r"(^|/)(changelog\.d|changes\.d|changes|newsfragments|news|changelogs?)/", re.IGNORECASE
)
_HIDDEN_FOLDER = re.compile(r"(^|/)\.[^/]+/")
"""Templates and settings of services, such as `.github`."""
_DOCUMENT = re.compile(r"\.(adoc|markdown|md|rst|txt)$", re.IGNORECASE)
_CHANGELOG = re.compile(
    r"(^|/)(change(s|log)|history|news|releases?([_-]notes)?|whats[_-]?new)"
    rf"({_DOCUMENT.pattern}|$)",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"(^|/)((\w+[_-])*(docs?|examples?|bench(marks?)?)|tools|scripts)/")
_MOST_CHUNKS = 400


class Role(Enum):
    """What a file is for, judged by its path."""

    SOURCE = "source"
    STUB = "stub"
    TEST = "test"
    DOCUMENT = "document"
    CHANGELOG = "changelog"
    OTHER = "other"
    """Data, configuration, examples, and entries of a change log that has a file for each."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    path: str
    role: Role
    defined: frozenset[str]
    names: Mapping[str, int]
    """Every identifier or word, with its count."""
    imports: frozenset[tuple[str, ...]]
    """Modules that it imports, as the parts of their names; relative ones without the dots."""
    stems: Mapping[str, int]
    """Word stems with counts, for ranking."""
    chunks: tuple[Mapping[str, int], ...]
    """The same for each definition with the lines up to the next one."""
    size: int
    """Characters."""

    @property
    def stem(self) -> str:
        """The file's name without suffix; a package's is that of its folder."""
        parts = self.path.split("/")
        bare = parts[-1].partition(".")[0]
        if bare in ("__init__", "index", "mod") and len(parts) > 1:
            return parts[-2]
        return bare.removeprefix("test_").removesuffix("_test").removesuffix("_spec")


def role_of(path: str) -> Role:
    """The role of a file."""
    if is_test_path(path):
        return Role.TEST
    if _ENTRY_FOLDER.search(path) or _HIDDEN_FOLDER.search(path):
        return Role.OTHER
    if _CHANGELOG.search(path):
        return Role.CHANGELOG
    if _DOCUMENT.search(path):
        return Role.DOCUMENT
    if _BESIDE.search(path) or not language_of(path):
        return Role.OTHER
    if path.endswith(".pyi"):
        return Role.STUB
    if path.endswith((".json", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".css", ".html")):
        return Role.OTHER
    return Role.SOURCE if "/" in path or path not in ("setup.py", "noxfile.py") else Role.OTHER


def is_entry(path: str) -> bool:
    """Whether a file is one entry of a change log that is a folder."""
    return bool(_ENTRY_FOLDER.search(path)) and not is_test_path(path)


def read_facts(path: str, text: str) -> FileFacts:
    """The facts of a file with this text."""
    starts = [match.start() for match in _DEFINITION.finditer(text)]
    defined = frozenset(match["name"] or match["constant"] for match in _DEFINITION.finditer(text))
    if len(starts) > _MOST_CHUNKS:
        starts = starts[:: len(starts) // _MOST_CHUNKS + 1]
    edges = [0, *starts, len(text)]
    pieces = [text[begin:end] for begin, end in pairwise(edges)]
    names = [Counter(_NAME.findall(piece)) for piece in pieces]
    chunks = tuple(_stemmed(each) for each in names if each)
    return FileFacts(
        path,
        role_of(path),
        defined,
        _total(names),
        frozenset(_imports(text)),
        _total(chunks),
        chunks,
        len(text),
    )


def _stemmed(names: Mapping[str, int]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, count in names.items():
        for stem in words(name):
            counts[stem] += count
    return counts


def _total(counts: "list[Counter[str]] | tuple[Counter[str], ...]") -> Counter[str]:
    found: Counter[str] = Counter()
    for each in counts:
        found.update(each)
    return found


def _imports(text: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for match in _IMPORT.finditer(text):
        if match["module"] is not None:
            base = _parts(match["module"])
            found.append(base)
            found += [(*base, name) for name in re.findall(r"\w+", match["names"])]
        elif match["modules"] is not None:
            found += [_parts(name.split(" as ")[0]) for name in match["modules"].split(",")]
        else:
            found.append(_parts(match["path"]))
    return [each for each in found if each]


def _parts(module: str) -> tuple[str, ...]:
    parts = [part for part in re.split(r"[./\\]+", module.strip()) if part and part != "@"]
    if len(parts) > 1 and parts[-1] in ("js", "ts", "h", "hpp"):
        parts.pop()
    return tuple(parts)
