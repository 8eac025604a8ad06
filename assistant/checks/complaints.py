"""Defines what type checkers and linters complain of, and which complaints a change brings.

Complaints are compared without line numbers: by path, code, message, and the text of the line.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint of a tool about a line."""

    path: str
    """Relative to the root of the repository."""
    line: int
    """1-based."""
    code: str
    """The rule, such as `F401` or `attr-defined`; empty where the tool names none."""
    message: str
    """One line."""
    text: str = ""
    """The line without white space at its ends."""

    @property
    def shown(self) -> str:
        """For people, such as "shop.py:3: `os` imported but unused (F401)"."""
        code = f" ({self.code})" if self.code else ""
        return f"{self.path}:{self.line}: {self.message}{code}"

    @property
    def _kind(self) -> tuple[str, str, str]:
        """What it is about. A message may count lines, characters or arguments."""
        return (self.path, self.code, _NUMBER.sub("0", self.message))


def new_complaints(
    before: Iterable[Complaint],
    after: Iterable[Complaint],
    renamed: Mapping[str, str] | None = None,
) -> tuple[Complaint, ...]:
    """The complaints of `after` that `before` does not have, in their order.

    A complaint that goes on about a line with another text is not new. Neither is one with a code
    that the tool had for the same file before: the repository does not keep to that rule there.
    `renamed` maps paths to those that the files had before.
    """
    renamed = renamed or {}
    known: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    ignored: set[tuple[str, str]] = set()
    for each in before:
        known[each._kind][each.text] += 1
        ignored.add((each.path, each.code))
    left = []
    for each in after:
        path, *kind = each._kind
        texts = known[(renamed.get(path, path), kind[0], kind[1])]
        if texts[each.text]:
            texts[each.text] -= 1
        else:
            left.append((each, texts))
    fresh = []
    for each, texts in left:
        text = next(iter(+texts), None)
        if text is not None:
            texts[text] -= 1
        elif (renamed.get(each.path, each.path), each.code) not in ignored:
            fresh.append(each)
    return tuple(fresh)


def listed(complaints: Sequence[Complaint], tool: str, *, most: int = 2) -> str:
    """One line for people: the tool, how many complaints it has, and the first ones."""
    count, verb = len(complaints), "was" if len(complaints) == 1 else "were"
    noun = "complaint" if count == 1 else "complaints"
    shown = "; ".join(each.shown for each in complaints[:most])
    more = f"; and {count - most} more" if count > most else ""
    return f"{tool}: {count} {noun} that {verb} not there: {shown}{more}"
