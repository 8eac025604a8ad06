"""Owns what answers are called where they are shown: 1, 2, 3 as they come.

Their indices leave room for answers that are never drawn, so nobody should read those.
"""

from dataclasses import dataclass, field

from assistant.tasks.events import CandidateStarted


@dataclass(slots=True)
class Numbering:
    """Of one task's answers."""

    _numbers: dict[int, int] = field(default_factory=dict)

    def of(self, index: int) -> int:
        """From 1 on, the same one each time it is asked for."""
        return self._numbers.setdefault(index, len(self._numbers) + 1)

    def begun(self, event: CandidateStarted) -> str:
        """The number of an answer that begins, and the most to come where that is known."""
        number = self.of(event.candidate)
        return f"{number} of at most {max(number, event.total)}" if event.total else str(number)
