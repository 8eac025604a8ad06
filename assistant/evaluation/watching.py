"""Records the events of a task during an evaluation without affecting it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.engine.base import Cancel, Finish
from assistant.evaluation.results import SolveResult
from assistant.evaluation.timing import Timer
from assistant.headless.outcome import Figures
from assistant.headless.services import Task
from assistant.solving.events import CandidateDiscarded, Event, GenerationFinished, UnitsChosen

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest, Workspace


@dataclass(slots=True)
class Watched:
    """A task that records its own events. The record remains available after an error."""

    task: Task
    places: tuple[str, ...] = ()
    """Labels of all targets that were considered, most likely first."""
    tried: tuple[str, ...] = ()
    """Labels of the targets that were chosen to be written."""
    discarded: list[str] = field(default_factory=list)
    """Reasons for discarded candidates, one each."""
    finishes: list[Finish] = field(default_factory=list)
    timer: Timer = field(default_factory=Timer)

    def __call__(
        self, workspace: "Workspace", request: "TaskRequest", cancel: Cancel
    ) -> Iterator[Event]:
        self.timer.start()
        for event in self.task(workspace, request, cancel):
            self.timer.observe(event)
            self._record(event)
            yield event

    @property
    def result(self) -> SolveResult:
        """The result so far, without a proposal."""
        figures = Figures.of(self.finishes)
        return SolveResult(
            applied=False,
            drawn=figures.candidates,
            tokens=figures.tokens,
            prompt_tokens=figures.prompt_tokens,
            places=self.places,
            tried=self.tried,
            discarded=tuple(self.discarded),
            times=self.timer.rounded,
        )

    def _record(self, event: Event) -> None:
        match event:
            case UnitsChosen(labels=labels, considered=considered):
                self.places = self.places or considered or labels
                self.tried = tuple(dict.fromkeys((*self.tried, *labels)))
            case CandidateDiscarded(reason=reason):
                self.discarded.append(reason)
            case GenerationFinished(finish=finish):
                self.finishes.append(finish)
            case _:
                pass
