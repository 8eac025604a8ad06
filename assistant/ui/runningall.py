"""Which of all accepted steps runs next, and when that ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.solving.events import Step, StepState
from assistant.ui.stepneeds import unmet


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next: a step, or the reason why none is started; neither while one is at work."""

    step: Step | None = None
    problem: str = ""


@dataclass(slots=True)
class RunningAll:
    """The steps that were accepted when all of them were started."""

    _waiting: list[int] = field(default_factory=list)
    """Ids of the steps that have not been started."""
    _last: int = 0
    """Id of the step that was started last; 0 before the first one."""
    _proposed: bool = False
    """Whether that step has come to a proposal."""
    active: bool = False

    @property
    def remaining(self) -> int:
        """Steps that are still to be started."""
        return len(self._waiting)

    def begin(self, steps: Sequence[Step]) -> None:
        self._waiting = [step.id for step in steps if step.state is StepState.ACCEPTED]
        self._last, self._proposed, self.active = 0, False, True

    def stop(self) -> bool:
        """Forgets all steps. Returns False if none was to come."""
        found = bool(self._waiting)
        self._waiting, self.active = [], False
        return found

    def next(self, steps: Sequence[Step]) -> Next:
        """What comes next, once nothing runs and nothing is under review.

        A step that failed, or was stopped before it had a proposal, ends it, and so does a step
        that needs one that is not written.
        """
        last = next((at for at, each in enumerate(steps) if each.id == self._last), None)
        if last is not None:
            state = steps[last].state
            if state in (StepState.RUNNING, StepState.REVIEW):
                return Next()
            stopped = state is StepState.ACCEPTED and not self._proposed
            if state is StepState.FAILED or stopped:
                return self._ended(f"Step {last + 1} has no proposal, so no other step is run.")
        return self._first(steps)

    def seen(self, steps: Sequence[Step]) -> None:
        """Notes whether the step that runs has come to a proposal."""
        if any(each.id == self._last and each.state is StepState.REVIEW for each in steps):
            self._proposed = True

    def _first(self, steps: Sequence[Step]) -> Next:
        places = {step.id: at for at, step in enumerate(steps)}
        self._waiting = [
            each
            for each in self._waiting
            if each in places and steps[places[each]].state is StepState.ACCEPTED
        ]
        if not self._waiting:
            self.stop()
            return Next()
        waiting = sorted(self._waiting, key=places.__getitem__)
        ready = next((each for each in waiting if not unmet(steps, each)), None)
        if ready is None:
            at = places[waiting[0]]
            missing = ", ".join(str(each + 1) for each in unmet(steps, waiting[0]))
            return self._ended(f"Step {at + 1} needs step {missing}, which is not written.")
        self._waiting.remove(ready)
        self._last, self._proposed = ready, False
        return Next(steps[places[ready]])

    def _ended(self, problem: str) -> Next:
        self.stop()
        return Next(problem=problem)
