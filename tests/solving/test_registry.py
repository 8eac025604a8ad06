"""A source and a judge need no more than a class of their own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.checks.results import Evidence, Status
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.errors import UsageError
from assistant.intent.reading import read_intent
from assistant.solving import registry
from assistant.solving.events import CandidateReady, CheckFinished, Event, Phase, PhaseStarted
from assistant.solving.loop import Solver
from assistant.solving.policies import Draw
from assistant.solving.registry import JUDGES, SOURCES, Judge, judge, source
from assistant.solving.request import TaskRequest
from assistant.solving.state import Job, State
from assistant.solving.values import Budget, Candidate, Draft, Proposal, Target
from assistant.tasks.gathering import gather_context
from tests.worlds import CALC

BODIES = ("a * b", "a + b", "a ** b", "a // b")


class Operators:
    """Replaces the operator of the file's first function."""

    name = "toy operators"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        return "a - b" in state.code()

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        for body in BODIES[:limit]:
            yield Draft(state.target, state.code().replace("a - b", body))


class LikesSums(Judge):
    """Ranks the candidate that adds first, and the one that multiplies last."""

    name = "toy sums"
    order = 15

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        new = candidate.changes[0].new or b""
        rank = -1.0 if b"a + b" in new else 1.0 if b"a * b" in new else 0.0
        detail = "adds" if rank < 0 else "does not add"
        return Evidence(self.name, Status.HINT, detail, rank=rank) if rank else None


@pytest.fixture
def toys() -> Iterator[None]:
    """The source and the judge, registered for one test."""
    registry.load()
    source(Operators)
    judge(LikesSums)
    yield
    del SOURCES[Operators.name], JUDGES[LikesSums.name]


def solve(
    world, most: int = 3, without: tuple[str, ...] = (), **options
) -> tuple[Proposal, list[Event]]:
    workspace = replace(world.workspace, without=without)
    request = TaskRequest("Mend the sum", (Selected("calc.py"),), **options)
    context = gather_context(workspace, request)
    cancel = Cancel()
    budget = Budget(100.0, cancel)
    job = Job(workspace, request, context, read_intent(request.text), budget, cancel)
    policy = (Draw(Operators.name, lambda state: most),)
    solver = Solver(job, (Target(context.files[0]),), policy)
    events = list(solver.run())
    return solver.proposal("Mend the sum", "a toy"), events


@pytest.mark.usefixtures("toys")
def test_a_registered_source_draws_and_a_registered_judge_decides_the_order(make_world) -> None:
    world = make_world([])
    proposal, events = solve(world)
    assert [each.changes[0].new for each in proposal.candidates] == [
        CALC.replace("a - b", body).encode() for body in ("a + b", "a ** b", "a * b")
    ]
    assert {each.source for each in proposal.candidates} == {"toy operators"}
    assert proposal.best.found("toy sums").detail == "adds"
    assert "toy sums" in proposal.judges
    assert PhaseStarted(Phase.WRITING, "calc.py") in events
    ready = [each.candidate.id for each in events if isinstance(each, CandidateReady)]
    assert ready == [1, 2, 3]
    toy = [e for e in events if isinstance(e, CheckFinished) and e.check.judge == "toy sums"]
    assert [(each.candidate, each.check.rank) for each in toy] == [(1, 1.0), (2, -1.0)]
    assert [(each.id, each.source, each.fate) for each in proposal.attempts] == [
        (number, "toy operators", "") for number in (1, 2, 3)
    ]
    assert world.engine.requests == []


@pytest.mark.usefixtures("toys")
def test_a_judge_that_is_switched_off_decides_nothing(make_world) -> None:
    proposal, _ = solve(make_world([]), without=("toy sums",))
    assert [each.id for each in proposal.candidates] == [1, 2, 3]
    assert not any(each.found("toy sums") for each in proposal.candidates)
    assert "toy sums" not in proposal.judges


@pytest.mark.usefixtures("toys")
def test_a_source_draws_no_more_than_its_row_of_the_policy_allows(make_world) -> None:
    proposal, _ = solve(make_world([]), most=1)
    assert [each.id for each in proposal.candidates] == [1]


@pytest.mark.usefixtures("toys")
def test_a_name_is_known_only_while_it_is_registered() -> None:
    assert registry.left_out(("toy operators", "toy sums"), ()) == ("toy operators", "toy sums")
    assert "toy sums" in registry.judge_names()
    del SOURCES[Operators.name]
    with pytest.raises(UsageError, match="no source or judge called 'toy operators'"):
        registry.left_out((), ("toy operators",))
    source(Operators)
