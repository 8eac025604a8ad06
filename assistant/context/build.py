"""Builds a context: the whole selection if it fits, else what the task needs of it.

A selection says where to look and may be of any size. If it does not fit, these come in this
order, and only the last depends on the task:

1. the outline: signatures of the selected code that may not be shown in full, then of code nearby;
2. selected units, always in full;
3. small selected files, whole, as long as they take no more than half of the room;
4. the other selected files, narrowed to the units that the task points to (narrowing.py), and of
   selected folders the most relevant files (choosing.py).

So what was read ahead of a task stays useful. Nothing is cut in silence: each file says which of
its units are shown, and only selected units that do not fit are an error.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.context.bundle import Context, ContextFile, Selected, TokenCounter
from assistant.context.choosing import choose, near
from assistant.context.describing import left_out, reasons
from assistant.context.narrowing import narrow
from assistant.context.selecting import (
    MAX_TOKEN_BYTES,
    Wanted,
    context_file,
    resolve,
    text_or_none,
)
from assistant.errors import ContextError
from assistant.repo.files import Snapshot, TextFile
from assistant.repo.git import Repository
from assistant.repo.outline import outline
from assistant.repo.parsing import units_of
from assistant.repo.ranking import RankedUnit, rank_units
from assistant.repo.units import Unit
from assistant.sanitize import sanitize_line

OUTLINE_TOKENS = 200
"""Token limit of the outline; a longer one costs more prefill time than it is worth."""

BRIEF_OUTLINE_TOKENS = 200
"""Token limit of the outline of a brief context."""
_BRIEF_UNITS = 0.85
"""Share of a brief context for units."""
_CHOSEN = 0.3
"""Share of the budget for files that are chosen from the whole repository."""
_NARROWED = 0.25
"""Share of the budget for narrowed files: more takes long to read and is seldom needed."""
_MOST_NARROWED = 8_000
"""Most tokens of narrowed files, however large the budget."""
_WHOLE = 0.5
"""Share of the budget for whole files when others are narrowed."""
_NARROWED_OUTLINE = 0.05
"""Share of the budget for the outline when files are narrowed."""
_LISTED_FILES = 3


def build_context(
    repository: Repository,
    snapshot: Snapshot,
    selection: Sequence[Selected],
    task: str,
    counter: TokenCounter,
    budget: int,
    focus: Collection[str] = (),
    brief: int = 0,
) -> Context:
    """Build the context of a task: from the selection, or without one from all files.

    `focus` holds labels of units that matter more than the wording of the task can tell. With
    `brief`, at most so many tokens are read where nothing is selected: the best units, not files.

    Raises ContextError if a selected file is missing, binary, a link or too large to be read at
    all, if a selected unit does not exist, or if the selected units exceed `budget` tokens.
    """
    builder = _Builder(repository, snapshot, counter, budget)
    if not selection:
        return builder.brief(task, brief) if brief else builder.chosen(task, focus)
    wanted = resolve(selection, snapshot)
    texts = {path: repository.text(path) for path in wanted.files}
    return builder.whole(wanted, texts) or builder.narrowed(wanted, texts, task, focus)


def stable_context(
    repository: Repository,
    snapshot: Snapshot,
    selection: Sequence[Selected],
    counter: TokenCounter,
    budget: int,
) -> Context:
    """The beginning of every context of a selection: what does not depend on the task.

    Raises ContextError like `build_context`.
    """
    builder = _Builder(repository, snapshot, counter, budget)
    wanted = resolve(selection, snapshot)
    texts = {path: repository.text(path) for path in wanted.files}
    return builder.whole(wanted, texts) or builder.stable(wanted, texts)[0]


@dataclass(frozen=True, slots=True)
class _Builder:
    repository: Repository
    snapshot: Snapshot
    counter: TokenCounter
    budget: int

    def chosen(self, task: str, focus: Collection[str]) -> Context:
        """Files chosen by the task from the whole repository."""
        room = int(self.budget * _CHOSEN)
        files, ranked = choose(
            self.repository, self.snapshot.files, task, self.counter, room, focus
        )
        return self._explained(files, ranked, OUTLINE_TOKENS)

    def brief(self, task: str, room: int) -> Context:
        """Units chosen by the task from the whole repository, in at most `room` tokens."""
        most = int(min(room, self.budget) * _BRIEF_UNITS)
        files, ranked = choose(
            self.repository, self.snapshot.files, task, self.counter, most, brief=True
        )
        left = min(room, self.budget) - sum(file.tokens for file in files)
        context = self._explained(files, ranked, min(left, BRIEF_OUTLINE_TOKENS))
        return replace(context, budget=min(room, self.budget))

    def _explained(
        self, files: Sequence[ContextFile], ranked: Sequence[RankedUnit], limit: int
    ) -> Context:
        """Chosen files, with the evidence for each, and the best of what is not included."""
        context = self._with_outline(files, [each.unit for each in ranked], limit)
        return replace(context, reasons=reasons(files, ranked), left_out=left_out(files, ranked))

    def whole(self, wanted: Wanted, texts: Mapping[str, TextFile]) -> Context | None:
        """All that is selected; None if it does not fit."""
        whole = [texts[path] for path, names in wanted.files.items() if not names]
        size = sum(len(file.data) for file in whole) + sum(each.size for each in wanted.below)
        if size > self.budget * MAX_TOKEN_BYTES:
            return None
        below = {entry.path: text_or_none(self.repository, entry.path) for entry in wanted.below}
        there = {path: file for path, file in below.items() if file is not None}
        files: list[ContextFile] = []
        used = 0
        for path, file in {**texts, **there}.items():
            files.append(context_file(file, wanted.files.get(path, ()), self.counter))
            used += files[-1].tokens
            if used > self.budget:
                return None
        return self._with_outline(files, self._near(wanted, files), OUTLINE_TOKENS)

    def stable(
        self, wanted: Wanted, texts: Mapping[str, TextFile]
    ) -> tuple[Context, tuple[TextFile, ...]]:
        """What does not depend on the task, and the files that are to be narrowed."""
        pinned = [
            context_file(texts[path], names, self.counter)
            for path, names in wanted.files.items()
            if names
        ]
        _check_fits(pinned, self.budget)
        left = self.budget - sum(file.tokens for file in pinned)
        rest = [texts[path] for path, names in wanted.files.items() if not names]
        small = self._small(rest, min(left, int(self.budget * _WHOLE)))
        large = tuple(file for file in rest if file.path not in small)
        selected = [*pinned, *small.values()]
        around = [ContextFile(file.path, "", units_of(file), 0) for file in large]
        order = [*_top_level(large), *self._near(wanted, [*selected, *around])]
        context = self._with_outline(selected, order, int(left * _NARROWED_OUTLINE))
        return context, large

    def narrowed(
        self,
        wanted: Wanted,
        texts: Mapping[str, TextFile],
        task: str,
        focus: Collection[str],
    ) -> Context:
        """The stable part, and of the other files what the task needs."""
        context, large = self.stable(wanted, texts)
        most = min(int(self.budget * _NARROWED), _MOST_NARROWED)
        room = min(most, self.budget - context.tokens)
        units = {file.path: (units_of(file), file.text) for file in large}
        ranked = rank_units(task, units, self.repository.recency())
        share = room // 2 if wanted.below else room
        files = [*context.files, *narrow(large, ranked, self.counter, share, focus)]
        left = room - sum(file.tokens for file in files[len(context.files) :])
        if wanted.below:
            files += choose(self.repository, wanted.below, task, self.counter, left, focus)[0]
        read = {file.path for file in files}
        paths = [*wanted.files, *(entry.path for entry in wanted.below)]
        return replace(
            context,
            files=tuple(files),
            tokens=context.outline_tokens + sum(file.tokens for file in files),
            unread=tuple(path for path in paths if path not in read),
        )

    def _small(self, files: Sequence[TextFile], room: int) -> dict[str, ContextFile]:
        """The smallest files that fit together, by path."""
        found: dict[str, ContextFile] = {}
        for file in sorted(files, key=lambda file: len(file.data)):
            if len(file.data) > room * MAX_TOKEN_BYTES:
                break
            whole = context_file(file, (), self.counter)
            if whole.tokens > room:
                break
            found[file.path] = whole
            room -= whole.tokens
        return {file.path: found[file.path] for file in files if file.path in found}

    def _near(self, wanted: Wanted, files: Sequence[ContextFile]) -> tuple[Unit, ...]:
        """Units near the selected files, or of the selected folders."""
        selected = {file.path: file.units for file in files}
        below = [entry for entry in wanted.below if entry.path not in selected]
        return near(self.repository, below or self.snapshot.files, selected)

    def _with_outline(
        self, files: Sequence[ContextFile], order: Sequence[Unit], limit: int
    ) -> Context:
        used = sum(file.tokens for file in files)
        whole = {file.path for file in files if file.whole}
        around = [unit for unit in order if unit.path not in whole]
        count = self.counter.count
        text = outline(_by_file(around), around, count, min(self.budget - used, limit))
        tokens = count(text) if text else 0
        return Context(tuple(files), text, tokens, used + tokens, self.budget)


def _top_level(files: Sequence[TextFile]) -> list[Unit]:
    """Units outside any class, those first to which most others of their file refer."""
    found: list[tuple[int, Unit]] = []
    for file in files:
        units = units_of(file)
        uses = Counter(name for unit in units for name in unit.references)
        found += [(-uses[unit.name], unit) for unit in units if "." not in unit.name]
    return [unit for _, unit in sorted(found, key=lambda each: each[0])]


def _by_file(units: Sequence[Unit]) -> Mapping[str, Sequence[Unit]]:
    """Units grouped by path, in file order; paths in order of first appearance."""
    found: dict[str, list[Unit]] = {}
    for unit in units:
        found.setdefault(unit.path, []).append(unit)
    return {path: sorted(each, key=lambda unit: unit.start) for path, each in found.items()}


def _check_fits(pinned: Sequence[ContextFile], budget: int) -> None:
    used = sum(file.tokens for file in pinned)
    if used <= budget:
        return
    largest = sorted(pinned, key=lambda file: -file.tokens)[:_LISTED_FILES]
    listed = ", ".join(f"{sanitize_line(file.path)} ({file.tokens:,})" for file in largest)
    raise ContextError(
        f"The selected units have {used:,} tokens, {used - budget:,} over the limit of {budget:,}. "
        f"Most are in: {listed}.",
        hint="Selected units are always read in full: select fewer of them, or the whole file, of "
        "which what the task needs is read.",
    )
