"""The open repository: its workspace, writer, last snapshot, and cached units.

The methods block and are meant to be called from threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.context.bundle import Selected
from assistant.errors import AssistantError, UsageError
from assistant.repo.files import Snapshot
from assistant.repo.units import Unit

if TYPE_CHECKING:
    from assistant.apply.writer import Writer
    from assistant.checks.commands import CheckCommand
    from assistant.context.bundle import Context
    from assistant.solving.request import Workspace


@dataclass(slots=True)
class Session:
    """One open repository."""

    workspace: "Workspace"
    writer: "Writer"
    snapshot: Snapshot
    check: "CheckCommand | None" = None
    """Runs on every proposal. The user has consented to it."""
    units: dict[str, tuple[Unit, ...]] = field(default_factory=dict)

    @property
    def paths(self) -> Sequence[str]:
        return [entry.path for entry in self.snapshot.files]

    @property
    def budget(self) -> int:
        """The largest number of tokens that the selection may take."""
        from assistant.tasks.gathering import context_budget

        return context_budget(self.workspace.settings.window)

    def read_units(self, path: str) -> tuple[Unit, ...]:
        """Returns the units of a file; empty if it cannot be read or parsed."""
        from assistant.repo.parsing import units_of

        try:
            return units_of(self.workspace.repository.text(path))
        except AssistantError:
            return ()

    def reading(self, selection: Sequence[Selected], task: str) -> "Context":
        """What a task would read of the selection. Raises ContextError."""
        from assistant.context.build import build_context

        workspace = self.workspace
        repository, counter = workspace.repository, workspace.counter
        return build_context(repository, self.snapshot, selection, task, counter, self.budget)

    def narrowed(self, named: Sequence[Selected], task: str) -> tuple[Selected, ...]:
        """Narrows long files named in a task to the functions that the task also names."""
        from assistant.context.selecting import narrowed

        found: dict[Selected, None] = {}
        counts = self.count(named)
        for item in named:
            units = self.read_units(item.path)
            found |= dict.fromkeys(narrowed(item, units, counts.get(item, 0), task, self.budget))
        return tuple(found)

    def count(self, selection: Sequence[Selected]) -> dict[Selected, int]:
        """Counts the tokens of each selected file or unit, skipping what cannot be read."""
        counts: dict[Selected, int] = {}
        for item in selection:
            try:
                file = self.workspace.repository.text(item.path)
            except AssistantError:
                continue
            text = file.text
            if item.unit:
                unit = next((u for u in self.read_units(item.path) if u.name == item.unit), None)
                lines = text.split("\n")
                text = "\n".join(lines[unit.start - 1 : unit.end]) if unit else ""
            counts[item] = self.workspace.counter.count(text)
        return counts


@dataclass(slots=True)
class CurrentSession:
    """The open session, shared by the controllers; None until the repository is open."""

    value: Session | None = None

    @property
    def paths(self) -> Sequence[str]:
        """Paths of all files; empty while nothing is open."""
        return self.value.paths if self.value else ()

    def units(self, path: str) -> Sequence[Unit]:
        """The cached units of a file."""
        return self.value.units.get(path, ()) if self.value else ()

    def require(self) -> Session:
        """Returns the session. Raises UsageError while nothing is open."""
        if self.value is None:
            raise UsageError(
                "The repository is not open yet.", hint="Wait a moment, then try again."
            )
        return self.value
