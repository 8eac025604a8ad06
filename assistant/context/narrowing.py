"""Narrows files that do not fit: to the units that a task points to, and what these refer to.

Units are taken by relevance until the room is used up. The head of a class ranks with its members,
the members with a class that is too large to take, and a module's constants with the code that
uses them. Of a class of which members are shown, the signatures of the others follow as far as
there is room. Only what may fit, judged by its share of the file's characters, is counted.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from assistant.context.bundle import ContextFile, TokenCounter
from assistant.context.eliding import import_rows, signature_rows
from assistant.context.selecting import partial_file, tokens_of
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.ranking import RankedUnit
from assistant.repo.spans import lines_of
from assistant.repo.units import Unit, UnitKind

_HEAD_SHARE = 0.5
"""Share of its best member's score that the head of a class has."""
_MEMBER_SHARE = 0.3
"""Share of a class's score that its members have."""
_DEFINITION_SHARE = 0.4
"""Share of a unit's score that statements have which define a name that it uses."""
_MAX_CLASS = 0.5
"""Share of the room that a class or a block of statements may take; a larger one is left to its
members."""
_MAX_IMPORTS = 0.25
"""Share of the room that the imports of all files may take."""
_SIGNATURES = 0.2
"""Share of the room for the signatures of other members."""
_MIN_RATIO = 0.5
"""Tokens of a unit are seldom fewer than this, relative to its share of the file's tokens."""
_MARK_TOKENS = 3
"""Tokens of an elision mark with its line end."""
_FRAME_TOKENS = 20
"""Tokens of the path and the fence around a file."""

_DEFINED = re.compile(r"^(?:[\w<>\[\].*&]+[ \t]+)*([A-Za-z_$][\w$]*)[ \t]*(?::[^=\n]+)?=(?!=)")
_GROUPS = (UnitKind.CLASS, UnitKind.BLOCK, UnitKind.SECTION)


def narrow(
    files: Sequence[TextFile],
    order: Sequence[RankedUnit],
    counter: TokenCounter,
    room: int,
    focus: Collection[str] = (),
) -> tuple[ContextFile, ...]:
    """The files, in their order, with the units that fit in `room` tokens together.

    `order` ranks the units of the files. Labels in `focus` come before any other. Where nothing in
    `order` has a score, units are taken in file order. Files of which nothing is shown are included
    as long as there is room to name them.
    """
    pages = {file.path: _Page(file, counter) for file in files}
    ranked = [each for each in order if each.unit.path in pages]
    scores = _scores(pages.values(), ranked, focus)
    taken = _taken(pages, _by_score(ranked, scores), room, focus)
    taken += _signatures(pages, taken, room)
    while True:
        result = _rendered(pages, taken, counter, room)
        if not taken or sum(file.tokens for file in result) <= room:
            return result
        taken.pop()


class _Page:
    """A file of which some rows are shown."""

    def __init__(self, file: TextFile, counter: TokenCounter) -> None:
        self.file = file
        self.units = units_of(file)
        self.lines = lines_of(file)
        self.parents = dict(_parents(self.units))
        self._counter = counter
        self._rate = tokens_of(file, counter) / max(1, len(file.text))
        self._kept: set[int] = set()

    def rows(self, unit: Unit) -> set[int]:
        """Rows of a unit, and of the signatures of those around it."""
        rows = set(range(unit.start, unit.end + 1))
        parent = self.parents.get(unit.name)
        while parent is not None:
            rows |= signature_rows(parent)
            parent = self.parents.get(parent.name)
        return rows

    def cost(self, rows: Collection[int], most: float) -> float:
        """Tokens of the rows that are not kept yet; an estimate if clearly more than `most`."""
        text = "".join(self.lines[row - 1] for row in sorted(rows) if row not in self._kept)
        estimate = len(text) * self._rate
        if estimate * _MIN_RATIO > most:
            return estimate
        return self._counter.count(text) + _MARK_TOKENS

    def keep(self, rows: Collection[int]) -> None:
        self._kept.update(rows)

    @property
    def opened(self) -> bool:
        """True once any row is kept."""
        return bool(self._kept)


_Taken = tuple[_Page, frozenset[int]]
"""Rows that are shown for one unit."""


def _rendered(
    pages: Mapping[str, _Page], taken: Sequence[_Taken], counter: TokenCounter, room: int
) -> tuple[ContextFile, ...]:
    rows: dict[str, set[int]] = {}
    for page, some in taken:
        rows.setdefault(page.file.path, set()).update(some)
    parts = {path: partial_file(pages[path].file, rows[path], counter) for path in rows}
    left = room - sum(part.tokens for part in parts.values())
    for path, page in pages.items():
        if path not in parts and left >= _FRAME_TOKENS:
            parts[path] = partial_file(page.file, set(), counter)
            left -= parts[path].tokens
    return tuple(parts[path] for path in pages if path in parts)


def _parents(units: Sequence[Unit]) -> Iterator[tuple[str, Unit]]:
    """Each nested unit's name, with the unit directly around it."""
    around: list[Unit] = []
    for unit in units:
        while around and around[-1].end < unit.start:
            around.pop()
        if around:
            yield unit.name, around[-1]
        around.append(unit)


def _scores(
    pages: Collection[_Page], ranked: Sequence[RankedUnit], focus: Collection[str]
) -> dict[str, float]:
    """Scores by label, raised for what belongs to units with a higher score."""
    scores = {each.unit.label: each.score for each in ranked}
    top = max(scores.values(), default=0.0) or 1.0
    for at, label in enumerate(focus):
        if label in scores:
            scores[label] = top * (1 + len(focus) - at)
    for page in pages:
        for unit in page.units:
            _raise_members(page, unit, scores)
        for unit in page.units:
            _raise_head(page, unit, scores)
        _raise_definitions(page, scores)
    return scores


def _raise_members(page: _Page, unit: Unit, scores: dict[str, float]) -> None:
    parent = page.parents.get(unit.name)
    if parent is not None:
        share = _HEAD_SHARE if unit.kind is UnitKind.CLASS_HEAD else _MEMBER_SHARE
        _raise(scores, unit, share * scores.get(parent.label, 0.0))


def _raise_head(page: _Page, head: Unit, scores: dict[str, float]) -> None:
    if head.kind is not UnitKind.CLASS_HEAD:
        return
    parent = page.parents.get(head.name)
    members = (unit for unit in page.units if page.parents.get(unit.name) is parent)
    best = max((scores.get(unit.label, 0.0) for unit in members if unit is not head), default=0.0)
    _raise(scores, head, _HEAD_SHARE * best)


def _raise_definitions(page: _Page, scores: dict[str, float]) -> None:
    wanted: dict[str, float] = {}
    for unit in page.units:
        score = scores.get(unit.label, 0.0)
        for name in unit.references if score > 0 else ():
            wanted[name] = max(wanted.get(name, 0.0), score)
    for unit in page.units:
        if unit.kind is UnitKind.BLOCK and unit.name not in page.parents:
            names = (_DEFINED.match(line) for line in page.lines[unit.start - 1 : unit.end])
            best = max((wanted.get(name[1], 0.0) for name in names if name), default=0.0)
            _raise(scores, unit, _DEFINITION_SHARE * best)


def _raise(scores: dict[str, float], unit: Unit, score: float) -> None:
    scores[unit.label] = max(scores.get(unit.label, 0.0), score)


def _by_score(ranked: Sequence[RankedUnit], scores: Mapping[str, float]) -> list[Unit]:
    """Units with a score, best first; all, in file order, if none has one."""
    units = [each.unit for each in ranked]
    scored = [unit for unit in units if scores[unit.label] > 0]
    if not scored:
        return units
    return sorted(scored, key=lambda unit: -scores[unit.label])


def _taken(
    pages: Mapping[str, _Page], order: Sequence[Unit], room: int, focus: Collection[str]
) -> list[_Taken]:
    """What is shown, most important first. The first unit of a file brings its imports."""
    taken: list[_Taken] = []
    left = float(room)
    for unit in order:
        if left < _MARK_TOKENS:
            break
        page = pages[unit.path]
        rows = page.rows(unit)
        frame = 0
        if not page.opened:
            frame = _FRAME_TOKENS
            imports = import_rows(page.units)
            most = _MAX_IMPORTS * room
            rows |= imports if page.cost(imports, most) <= most else set()
        grouped = unit.kind in _GROUPS and unit.label not in focus
        most = min(left, room * (_MAX_CLASS if grouped else 1.0)) - frame
        cost = page.cost(rows, most)
        if cost <= most:
            left -= cost + frame
            page.keep(rows)
            taken.append((page, frozenset(rows)))
    return taken


def _signatures(pages: Mapping[str, _Page], taken: Sequence[_Taken], room: int) -> Iterator[_Taken]:
    """Signatures of the members of classes of which other members are shown."""
    left = _SIGNATURES * room
    for page in pages.values():
        shown = {row for where, rows in taken if where is page for row in rows}
        classes = {
            parent.name
            for unit in page.units
            if (parent := page.parents.get(unit.name)) is not None and unit.end in shown
        }
        for unit in page.units:
            parent = page.parents.get(unit.name)
            if parent is None or parent.name not in classes or unit.end in shown:
                continue
            rows = signature_rows(unit)
            cost = page.cost(rows, left)
            if cost <= left:
                left -= cost
                page.keep(rows)
                yield page, frozenset(rows)
