"""Fakes for the services behind the headless front end: a task that yields what it is told."""

import io
from dataclasses import dataclass, field
from types import SimpleNamespace

from rich.console import Console

from assistant.apply.origin import Origin
from assistant.apply.writer import Recovery
from assistant.checks.results import Evidence, Status
from assistant.engine.base import Finish
from assistant.proposal.changes import Change, Doubt
from assistant.review.decisions import Reviewed
from assistant.solving.events import (
    CandidateReady,
    CandidateStarted,
    CheckFinished,
    GenerationFinished,
    Phase,
    PhaseStarted,
    Plan,
    PlanReady,
    PromptProgress,
    ProposalReady,
    Step,
    StepProposed,
    TextStreamed,
    UnitsChosen,
    Verb,
)
from assistant.solving.values import Candidate, Proposal, Tokens

OLD = b"def one():\n    return 2\n\n\ndef two():\n    return 3\n"
NEW = b"def one():\n    return 1\n\n\ndef two():\n    return 2\n"
SYNTAX = Evidence("syntax", Status.PASSED, "parses")
TESTS = Evidence("tests", Status.PASSED, "2 passed", proves=True, covers=True, seconds=0.25)
FAILED = Evidence(
    "tests", Status.FAILED, "1 failed", output="AssertionError: 2 != 1\n", proves=True, covers=True
)


def candidate(*evidence: Evidence, path: str = "numbers.py", old=OLD, new=NEW) -> Candidate:
    change = Change(path, old, new)
    tokens = Tokens(
        count=20,
        mean_logprob=-0.1,
        lines=((path, 1, 0.25), (path, 5, 0.81)),
        doubts=(Doubt(path, 1, 11, 12, 0.25),),
    )
    return Candidate(1, (change,), "rewrite", tokens=tokens, evidence=evidence, votes=2)


def proposal(*evidence: Evidence, **kwargs) -> Proposal:
    return Proposal(
        "Count from one", (candidate(*evidence, **kwargs),), reason="the failing test goes there"
    )


def proposal_events(shown: Proposal):
    yield PhaseStarted(Phase.LOCATING)
    yield UnitsChosen(("numbers.py::one",), ("named in the task",))
    yield PhaseStarted(Phase.PREFILL)
    yield PromptProgress(128, 256, 64)
    yield PhaseStarted(Phase.WRITING)
    yield CandidateStarted(1)
    yield TextStreamed(1, "    return 1", -0.1)
    yield GenerationFinished(Finish(0, "stop", 256, 20, 1.0, drafted=12))
    yield CandidateReady(shown.best)
    for check in shown.best.evidence:
        yield CheckFinished(1, check)
    yield ProposalReady(shown)


def plan_of(*targets: tuple[str, str]) -> Plan:
    steps = tuple(
        Step(number, Verb.EDIT, path, unit, f"Change {unit}")
        for number, (path, unit) in enumerate(targets, 1)
    )
    return Plan("Count from one", steps)


def plan_events(plan: Plan):
    yield PhaseStarted(Phase.PLANNING)
    for step in plan.steps:
        yield StepProposed(step)
    yield GenerationFinished(Finish(0, "stop", 100, 30, 1.0))
    yield PlanReady(plan)


def task_of(*runs):
    """A task that yields the next of these lists of events at each call."""
    left = list(runs)
    requests = []

    def task(workspace, request, cancel):
        requests.append(request)
        yield from left.pop(0)

    task.requests = requests
    return task


@dataclass
class FakeWriter:
    """Records what it was told to write."""

    applied: list[Reviewed] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    recoveries: tuple[Recovery, ...] = ()

    def apply(self, reviewed: Reviewed, origin: Origin, *, anyway: bool = False):
        self.applied.append(reviewed)
        self.origins.append(origin)
        return SimpleNamespace(id=f"entry-{len(self.applied)}")

    def taken_recoveries(self) -> tuple[Recovery, ...]:
        return self.recoveries


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def console_on(stream: io.StringIO, **kwargs) -> Console:
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=80, **kwargs)
