"""The steps of a plan as an immutable value, and the rules for changing and running them."""

from dataclasses import dataclass, replace

from assistant.solving.events import Step, StepState, Verb

LOCKED = (StepState.RUNNING, StepState.REVIEW)
"""States in which a step cannot be marked, edited or removed."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps in the order of the plan. Every change returns another value."""

    items: tuple[Step, ...] = ()

    def with_state(self, step_id: int, state: StepState) -> "Steps":
        return Steps(tuple(replace(s, state=state) if s.id == step_id else s for s in self.items))

    def all_accepted(self) -> "Steps":
        """Accepts every step that is still proposed."""
        accepted = StepState.ACCEPTED
        return Steps(
            tuple(
                replace(s, state=accepted) if s.state is StepState.PROPOSED else s
                for s in self.items
            )
        )

    def replaced(self, step: Step) -> "Steps":
        """Replaces the step with the same id."""
        return Steps(tuple(step if s.id == step.id else s for s in self.items))

    def without(self, step: Step) -> "Steps":
        return Steps(tuple(s for s in self.items if s.id != step.id))

    def inserted(
        self, verb: Verb, path: str, unit: str, sentence: str, after: int
    ) -> tuple["Steps", int]:
        """Inserts an accepted step after the one with id `after`; returns its index as well."""
        number = max((step.id for step in self.items), default=0) + 1
        step = Step(number, verb, path, unit, sentence, StepState.ACCEPTED)
        at = next((i + 1 for i, s in enumerate(self.items) if s.id == after), 0)
        return Steps((*self.items[:at], step, *self.items[at:])), at

    def swapped(self, one: int, other: int) -> "Steps":
        steps = list(self.items)
        steps[one], steps[other] = steps[other], steps[one]
        return Steps(tuple(steps))

    def first(self, state: StepState) -> Step | None:
        """Returns the first step in a state."""
        return next((step for step in self.items if step.state is state), None)

    @property
    def is_done(self) -> bool:
        """True when no step is left to run."""
        return all(step.state in (StepState.DONE, StepState.REJECTED) for step in self.items)

    def next_to_run(self, current: Step | None) -> Step | None:
        """Returns the step that enter runs, given the step under the cursor.

        That is the step under the cursor if it is accepted or has failed, or else the first
        accepted step. If no step is accepted, it is the step under the cursor, unless that step
        was rejected. None while a step runs.
        """
        if current is None or self.first(StepState.RUNNING):
            return None
        if current.state in (StepState.ACCEPTED, StepState.FAILED):
            return current
        if accepted := self.first(StepState.ACCEPTED):
            return accepted
        return current if current.state in (StepState.PROPOSED, StepState.DONE) else None
