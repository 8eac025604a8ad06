"""Owns what is open: the workspace, its writer, the last snapshot, and what was asked of files.

Blocking calls, made for threads. Knows no widget.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.context.bundle import Selected
from assistant.errors import AssistantError
from assistant.repo.files import Snapshot
from assistant.repo.units import Unit

if TYPE_CHECKING:
    from assistant.apply.writer import Writer
    from assistant.checks.commands import CheckCommand
    from assistant.solving.request import Workspace


@dataclass(slots=True)
class Session:
    """One open repository."""

    workspace: "Workspace"
    writer: "Writer"
    snapshot: Snapshot
    check: "CheckCommand | None" = None
    """Run on every proposal; the user has consented to it."""
    units: dict[str, tuple[Unit, ...]] = field(default_factory=dict)
    counts: dict[Selected, int] = field(default_factory=dict)

    @property
    def paths(self) -> Sequence[str]:
        return [entry.path for entry in self.snapshot.files]

    @property
    def budget(self) -> int:
        """Most tokens that the selection may take."""
        from assistant.tasks.gathering import context_budget

        return context_budget(self.workspace.settings.context_tokens)

    def read_units(self, path: str) -> tuple[Unit, ...]:
        """The units of a file; none where it cannot be read or parsed."""
        from assistant.repo.parsing import units_of

        try:
            return units_of(self.workspace.repository.text(path))
        except AssistantError:
            return ()

    def narrowed(self, named: Sequence[Selected], task: str) -> tuple[Selected, ...]:
        """What a task names; of long files only the functions that it names too."""
        from assistant.context.selecting import narrowed

        found: dict[Selected, None] = {}
        counts = self.count(named)
        for item in named:
            units = self.read_units(item.path)
            found |= dict.fromkeys(narrowed(item, units, counts.get(item, 0), task))
        return tuple(found)

    def count(self, selection: Sequence[Selected]) -> dict[Selected, int]:
        """Exact tokens of each selected thing; what cannot be read is left out."""
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
