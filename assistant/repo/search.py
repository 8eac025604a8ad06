"""Finds the files of a repository that a task may be about: all of a small one, of a larger one
those that the search index points to, or `git grep` while there is no index.

Git reads 50,000 small files in half a second. Binary files and ignored files are left out,
untracked files are not.
"""

import math
import os
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from assistant.repo.command import Git
from assistant.repo.files import FileEntry
from assistant.repo.indexing.contents import KEYWORDS
from assistant.repo.indexing.lookup import MOST_FOUND, SearchIndex
from assistant.repo.paths import is_test_path

MOST_READ = 5_000
"""Files whose contents are worth reading for one task."""
INDEXED_FROM = MOST_READ + 1
"""Files from which an index is made and asked: reading all of fewer takes about a second."""
_MOST_NAMES = 8
_MOST_WORDS = 6
_MOST_DEFINING = 100
"""A name with more definitions says little about the place."""
_MIN_WORD = 3

_EDGE = "[^[:alnum:]_]"
_CODE = re.compile(r"[a-z0-9][A-Z]|[A-Z][A-Z]+[a-z]|[0-9_]")
"""What distinguishes a name of code from a word."""
_PATH = re.compile(r"[\w./-]*\w\.\w+")
_WORD_WEIGHT = 0.3
"""Weight of a word that may be a name."""


@dataclass(frozen=True, slots=True)
class Relevant:
    """The files that a task may be about."""

    paths: Sequence[str]
    """In the order of the entries that they were chosen from."""
    defining: Sequence[str]
    """Those that define a name that the task writes as code."""


def relevant(
    git: Git,
    index: SearchIndex | None,
    entries: Sequence[FileEntry],
    names: Collection[str],
    stems: Mapping[str, int],
    text: str,
) -> Relevant:
    """The files of the entries that matter for a task, with the names that it writes as code, its
    stems, and its text. If the index does not help, MOST_READ at most."""
    paths = [entry.path for entry in entries]
    if index is not None and len(paths) >= INDEXED_FROM:
        weights = dict.fromkeys(re.findall(r"[^\W\d]\w+", text), _WORD_WEIGHT)
        weights |= dict.fromkeys([*names, *filter(_CODE.search, weights)], 1.0)
        found = index.find(entries, weights, stems, _PATH.findall(text))
        if found is not None:
            first = paths[: max(0, MOST_FOUND - len(found.scores))]
            kept = found.scores.keys() | set(first)
            chosen = [path for path in paths if path in kept]
            return Relevant(chosen, found.defining)
    return Relevant(likeliest(git, paths, names, stems), defining(git, names))


def defining(git: Git, names: Collection[str]) -> tuple[str, ...]:
    """Paths of files that seem to define one of the names, sorted; none if they are too many.

    A line counts where the name follows a keyword of a definition, is assigned at its beginning,
    or is followed by parameters and an opening brace.
    """
    wanted = [re.escape(name) for name in sorted(names, key=len, reverse=True)[:_MOST_NAMES]]
    if not wanted:
        return ()
    name = f"({'|'.join(wanted)})"
    patterns = (
        f"(^|{_EDGE})({KEYWORDS})[[:space:]](.*{_EDGE})?{name}({_EDGE}|$)",
        f"^[[:space:]]*{name}[[:space:]]*(:[^=]*)?=([^=]|$)",
        f"(^|{_EDGE}){name}[[:space:]]*\\([^;]*\\{{[[:space:]]*$",
        f"^[[:alpha:]_][^;=(]*{_EDGE}{name}[[:space:]]*\\(",
    )
    found = _grep(git, ["-E", *(part for each in patterns for part in ("-e", each))])
    return found if len(found) <= _MOST_DEFINING else ()


def defined(git: Git, names: Collection[str]) -> frozenset[str]:
    """The names that files other than tests define with a keyword, of the longest _MOST_NAMES."""
    wanted = [re.escape(name) for name in sorted(names, key=len, reverse=True)[:_MOST_NAMES]]
    if not wanted:
        return frozenset()
    pattern = f"(^|{_EDGE})({KEYWORDS})[[:space:]]+({'|'.join(wanted)})({_EDGE}|$)"
    flags = ["--untracked", "--exclude-standard", "--no-textconv", "-I", "-z", "-o", "-E"]
    lines = git.call("grep", *flags, "-e", pattern).stdout.decode("utf-8", "replace").splitlines()
    found = (line.partition("\0") for line in lines)
    texts = " ".join(text for path, _, text in found if not is_test_path(path))
    return frozenset(names).intersection(re.findall(r"\w+", texts))


def likeliest(
    git: Git, paths: Sequence[str], names: Collection[str], words: Collection[str]
) -> list[str]:
    """At most MOST_READ of the paths, in their order, if there are more: those that define a name,
    contain one, have words in their text or path that few others do, and then the first ones."""
    if len(paths) <= MOST_READ:
        return list(paths)
    scores: dict[str, float] = defaultdict(float)
    for path in defining(git, names):
        scores[path] = math.inf
    exact = sorted(names, key=len, reverse=True)[:_MOST_NAMES]
    common = sorted({each for each in words if len(each) >= _MIN_WORD}, key=len, reverse=True)
    searches = [containing(git, each) for each in exact]
    for word in common[:_MOST_WORDS]:
        searches.append(_grep(git, ["-F", "-i", "-e", word]))
        searches.append(tuple(path for path in paths if word in path.lower()))
    for found in searches:
        gain = math.log(len(paths) / len(found)) if 0 < len(found) < len(paths) else 0.0
        for path in found:
            scores[path] += gain
    best = sorted(range(len(paths)), key=lambda at: (-scores.get(paths[at], 0.0), at))
    return [paths[at] for at in sorted(best[:MOST_READ])]


def missing(git: Git, index: SearchIndex | None, names: Collection[str]) -> tuple[str, ...]:
    """The names that no file has, not even as a part of its path, sorted."""
    rest = [name for name in sorted(names) if index is None or not index.has(name)]
    absent = [name for name in rest[:_MOST_NAMES] if not _occurs(git, name)]
    paths = git.output("ls-files", "-z").lower() if absent else b""
    return tuple(name for name in absent if name.lower().encode("utf-8", "replace") not in paths)


def containing(git: Git, word: str) -> tuple[str, ...]:
    """The paths of text files that contain a word, sorted; ignored files are left out."""
    return _grep(git, ["-F", "-w", "-e", word])


def _occurs(git: Git, name: str) -> bool:
    flags = ["--untracked", "--exclude-standard", "--no-textconv", "-I", "-q", "-F", "-w"]
    return git.call("grep", *flags, "-e", name).code == 0


def _grep(git: Git, arguments: Sequence[str]) -> tuple[str, ...]:
    flags = ["--untracked", "--exclude-standard", "--no-textconv", "-I", "-l", "-z"]
    found = git.call("grep", *flags, *arguments).stdout  # fails when nothing matches
    return tuple(sorted(os.fsdecode(name) for name in found.split(b"\0") if name))
