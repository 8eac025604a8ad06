"""The steps of a plan as an immutable value, and the rules for changing and running them."""

from dataclasses import dataclass, field, replace

from assistant.errors import UsageError
from assistant.solving.events import Step, StepState, Verb

LOCKED = (StepState.RUNNING, StepState.REVIEW)
"""States in which a step cannot be marked, edited or removed."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps in the order of the plan. Every change returns another value."""

    items: tuple[Step, ...] = ()

    def with_state(self, step_id: int, state: StepState, outcome: str | None = None) -> "Steps":
        """Sets the state of a step, and what came of it unless that is None."""

        def changed(step: Step) -> Step:
            return replace(step, state=state, outcome=step.outcome if outcome is None else outcome)

        return Steps(tuple(changed(s) if s.id == step_id else s for s in self.items))

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
        step = Step(self._free_id, verb, path, unit, sentence, StepState.ACCEPTED)
        at = next((i + 1 for i, s in enumerate(self.items) if s.id == after), 0)
        return Steps((*self.items[:at], step, *self.items[at:])), at

    @property
    def _free_id(self) -> int:
        return max((step.id for step in self.items), default=0) + 1

    def split(self, step: Step, first: str, second: str, target: str) -> "Steps":
        """Makes two steps of one: what to do first, and what to do then at `target`.

        The note and the state go to both.
        """
        path, _, unit = target.partition("::")
        verb = Verb.EDIT if path == step.path and step.verb is Verb.CREATE else step.verb
        one = replace(step, sentence=first, outcome="")
        two = replace(one, id=self._free_id, verb=verb, path=path, unit=unit, sentence=second)
        at = self.items.index(step)
        return Steps((*self.items[:at], one, two, *self.items[at + 1 :]))

    def merged(self, at: int) -> "Steps":
        """Makes one step of the one at an index and the one after it.

        Raises UsageError where they cannot be one.
        """
        if at + 1 >= len(self.items):
            raise UsageError(
                "There is no step after this one.", hint="Move a step there with J or K."
            )
        step = _merged(*self.items[at : at + 2])
        return Steps((*self.items[:at], step, *self.items[at + 2 :]))

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


def _merged(first: Step, second: Step) -> Step:
    if first.path != second.path:
        raise UsageError(
            "The two steps change different files.",
            hint="A step changes one file. Edit a step with e to change where it goes.",
        )
    if first.state in LOCKED or second.state in LOCKED:
        raise UsageError("One of the steps is at work.", hint="Finish its review first.")
    if first.verb is not second.verb and (first.verb, second.verb) != (Verb.CREATE, Verb.EDIT):
        raise UsageError(
            f"A step cannot {first.verb.value} and then {second.verb.value} a file.",
            hint="Keep the two steps, or delete one with d.",
        )
    same = first.state is second.state
    return replace(
        first,
        unit=first.unit if first.unit == second.unit else "",
        sentence=f"{first.sentence.rstrip().rstrip('.')}; {second.sentence}",
        state=first.state if same else StepState.PROPOSED,
        note="\n".join(each.note for each in (first, second) if each.note),
        outcome="",
    )


@dataclass(slots=True)
class StepHistory:
    """Earlier values of the steps, for undoing what the user did to the plan."""

    _earlier: list[Steps] = field(default_factory=list)

    def add(self, before: Steps) -> None:
        self._earlier.append(before)

    def clear(self) -> None:
        self._earlier.clear()

    def __bool__(self) -> bool:
        return bool(self._earlier)

    def back(self) -> Steps:
        """Removes and returns the value before the last edit."""
        return self._earlier.pop()

    def moved_on(self, step_id: int, state: StepState, outcome: str | None) -> None:
        """A step has got another state by what was done with it, which no undo takes back."""
        self._earlier = [each.with_state(step_id, state, outcome) for each in self._earlier]
