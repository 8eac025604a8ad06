"""Where a write came from: what was asked for, what wrote it, and what the checks said."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant.credentials.redacting import redacted

_LONGEST = 2_000
"""Characters of a task that are kept."""


@dataclass(frozen=True, slots=True)
class Origin:
    task: str = ""
    """What the user asked for; empty where the user wrote the change, as in the editor."""
    model: str = ""
    """The model, with the address it ran at if that was elsewhere; empty where none wrote it."""
    verdict: str = ""
    """What the checks said of exactly what was written; empty where that was not checked."""
    checks: tuple[str, ...] = ()
    """One line for each check: its name, its status and a detail."""
    hunks: int = 0
    """Hunks that were written."""

    def stored(self, hunks: int) -> "Origin":
        """As it is kept: without keys and passwords, with the number of hunks."""
        task = redacted(self.task)[:_LONGEST]
        return replace(self, task=task, checks=tuple(map(redacted, self.checks)), hunks=hunks)

    @property
    def words(self) -> tuple[str, ...]:
        """Lines for people: what is known of the checks and the model."""
        checks = f"checks: {self.verdict}" if self.verdict else ""
        if self.task and not self.verdict:
            checks = "checks: what was written was not checked"
        model = f"model: {self.model}" if self.model else ""
        return tuple(
            each for each in (checks, *(f"  {line}" for line in self.checks), model) if each
        )

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> "Origin":
        """From a stored record; earlier versions kept less. Raises ValueError and TypeError."""
        return cls(
            task=str(record.get("task", "")),
            model=str(record.get("model", "")),
            verdict=str(record.get("verdict", "")),
            checks=tuple(map(str, record.get("checks", ()))),
            hunks=int(record.get("hunks", 0)),
        )


UNKNOWN = Origin()
"""Of writes of earlier versions, and of the user's own."""
