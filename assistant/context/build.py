"""Builds a context: the whole selection, then as much of the outline as fits.

Nothing is truncated silently: a selection that does not fit raises an error with the excess.
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
"""Token limit of the outline; a longer one costs more prefill time than it is worth."""

_LISTED_FILES = 3


def build_context(
    repository: Repository,
    snapshot: Snapshot,
    selection: Sequence[Selected],
    task: str,
    counter: TokenCounter,
    budget: int,
) -> Context:
    """Build the context from the selection, in its order, and an outline of related code.

    With a selection, the outline does not depend on the task, so the prompt prefix stays the same
    from one task to the next. Without one, files are chosen by their relevance to the task.

    Raises ContextError if a selected file is missing, binary, a link or too large, if a selected
    unit does not exist, or if the selection exceeds `budget` tokens.
    """
    if not selection:
        files, ranked = choose(repository, snapshot, task, counter, budget)
        return _with_outline(files, ranked, counter, budget)
    files = tuple(
        context_file(repository.text(path), names, counter)
        for path, names in by_path(selection).items()
    )
    _check_fits(files, budget)
    return _with_outline(files, near(repository, snapshot, files), counter, budget)


def _with_outline(
    files: Sequence[ContextFile], order: Sequence[Unit], counter: TokenCounter, budget: int
) -> Context:
    used = sum(file.tokens for file in files)
    whole = {file.path for file in files if file.whole}
    around = [unit for unit in order if unit.path not in whole]
    text = outline(_by_file(around), around, counter.count, min(budget - used, OUTLINE_TOKENS))
    tokens = counter.count(text) if text else 0
    return Context(tuple(files), text, tokens, used + tokens, budget)


def _by_file(units: Sequence[Unit]) -> Mapping[str, Sequence[Unit]]:
    """Units grouped by path, in file order; paths in order of first appearance."""
    found: dict[str, list[Unit]] = {}
    for unit in units:
        found.setdefault(unit.path, []).append(unit)
    return {path: sorted(each, key=lambda unit: unit.start) for path, each in found.items()}


def _check_fits(files: Sequence[ContextFile], budget: int) -> None:
    used = sum(file.tokens for file in files)
    if used <= budget:
        return
    largest = sorted(files, key=lambda file: -file.tokens)[:_LISTED_FILES]
    listed = ", ".join(f"{sanitize_line(file.path)} ({file.tokens:,})" for file in largest)
    raise ContextError(
        f"The selection has {used:,} tokens, {used - budget:,} over the limit of {budget:,}. "
        f"Largest files: {listed}.",
        hint="Select individual functions instead of whole files, or fewer files.",
    )
