"""Owns the building of a context: what was selected, in full, then as much outline as fits.

Never truncates silently: what does not fit is an error that says by how many tokens.
"""

from collections.abc import Mapping, Sequence

from assistant.context.bundle import Context, ContextFile, Selected, TokenCounter
from assistant.context.choosing import choose, near
from assistant.context.selecting import by_path, context_file
from assistant.errors import ContextError
from assistant.repo.files import Snapshot
from assistant.repo.git import Repository
from assistant.repo.outline import outline
from assistant.repo.units import Unit
from assistant.sanitize import sanitize_line

OUTLINE_TOKENS = 512
"""Most tokens of the outline: more costs more reading time than it tells."""

_LARGEST = 3


def build_context(
    repository: Repository,
    snapshot: Snapshot,
    selection: Sequence[Selected],
    task: str,
    counter: TokenCounter,
    budget: int,
) -> Context:
    """The selection in its own order, then the outline of what is around it.

    With a selection the outline does not depend on the task, so the prompt's prefix stays the same
    from one task to the next. Without one, the files that the task speaks of are chosen.

    Raises ContextError: a selected file is gone, binary, a link or too large; a selected unit is
    gone; the selection is larger than `budget` tokens.
    """
    if not selection:
        files, ranked = choose(repository, snapshot, task, counter, budget)
        return _context(files, ranked, counter, budget, chosen=True)
    files = tuple(
        context_file(repository.text(path), names, counter)
        for path, names in by_path(selection).items()
    )
    _must_fit(files, budget)
    return _context(files, near(repository, snapshot, files), counter, budget, chosen=False)


def _context(
    files: Sequence[ContextFile],
    order: Sequence[Unit],
    counter: TokenCounter,
    budget: int,
    *,
    chosen: bool,
) -> Context:
    used = sum(file.tokens for file in files)
    whole = {file.path for file in files if file.whole}
    around = [unit for unit in order if unit.path not in whole]
    text = outline(_in_files(around), around, counter.count, min(budget - used, OUTLINE_TOKENS))
    tokens = counter.count(text) if text else 0
    return Context(tuple(files), text, tokens, used + tokens, budget, chosen)


def _in_files(units: Sequence[Unit]) -> Mapping[str, Sequence[Unit]]:
    """The units by path, in file order; paths in the order in which they first appear."""
    found: dict[str, list[Unit]] = {}
    for unit in units:
        found.setdefault(unit.path, []).append(unit)
    return {path: sorted(each, key=lambda unit: unit.start) for path, each in found.items()}


def _must_fit(files: Sequence[ContextFile], budget: int) -> None:
    used = sum(file.tokens for file in files)
    if used <= budget:
        return
    largest = sorted(files, key=lambda file: -file.tokens)[:_LARGEST]
    listed = ", ".join(f"{sanitize_line(file.path)} ({file.tokens:,})" for file in largest)
    raise ContextError(
        f"The selection takes {used:,} tokens, {used - budget:,} more than the {budget:,} "
        f"there is room for. Largest: {listed}.",
        hint="Select single functions instead of whole files, or fewer files.",
    )
