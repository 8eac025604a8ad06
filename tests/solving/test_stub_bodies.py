"""Candidates that leave functions of a stub without a body are completed, and ranked last."""

import pytest

from assistant.checks.results import Status
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.constraints import check_text
from assistant.engine.scripted import Answer
from assistant.errors import EngineError
from assistant.intent.reading import read_intent
from assistant.proposal.changes import Change
from assistant.solving.events import (
    CandidateStarted,
    Phase,
    PhaseStarted,
    ProposalReady,
    TextStreamed,
)
from assistant.solving.loop import Solver
from assistant.solving.policies import MOST_COMPLETED, Draw
from assistant.solving.request import TaskRequest
from assistant.solving.state import Job
from assistant.solving.values import Budget, Candidate, Target, TargetKind, Tokens
from assistant.tasks.edit import edit
from assistant.tasks.gathering import gather_context

STUB = (
    "def half(n):\n    pass\n\n\n"
    "class Box:\n    def put(self, n):\n        pass\n\n    def take(self):\n        pass\n"
)
REST = "\n\nclass Box:\n    def put(self, n):\n        {}\n\n    def take(self):\n        {}\n"
PART = "    return n / 2\n" + REST.format("self.n = n", "pass")
WHOLE = "def half(n):\n    return n / 2\n" + REST.format("self.n = n", "return self.n")
FILES = {"calc.py": STUB, "NOTES.md": "A box gives back what was put there.\n"}


def missing(candidate: Candidate) -> tuple[str, ...]:
    found = candidate.found("bodies")
    return found.about if found else ()


def run(world, **options):
    selection = (Selected("calc.py"), Selected("NOTES.md"))
    request = TaskRequest("Implement calc.py", selection, **options)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal, events


def test_a_missing_body_is_written_alone(make_world) -> None:
    script = [[PART], ["        return self.n\n"]]
    world = make_world(script, files=FILES, can_continue=True)
    proposal, events = run(world, candidates=1)
    assert proposal.best.changes[0].new == WHOLE.encode()
    assert proposal.best.from_words
    assert not missing(proposal.best)
    assert proposal.best.tokens.count > proposal.candidates[1].tokens.count
    assert PhaseStarted(Phase.COMPLETING, "calc.py") in events
    _, asked = world.engine.requests
    *others, last = asked.files
    assert [file.path for file in others] == ["NOTES.md", "TASK.md"], "the stub would be copied"
    assert last.path == "calc.py"
    assert (last.text + asked.opening).endswith("self.n = n\n\n    def take(self):\n")
    ids = [event.candidate for event in events if isinstance(event, CandidateStarted)]
    assert len(set(ids)) == len(ids)


def test_the_evidence_says_what_has_no_body(make_world) -> None:
    script = [[PART], ["        return self.n\n"]]
    proposal, _ = run(make_world(script, files=FILES, can_continue=True), candidates=1)
    left = proposal.candidates[1]
    assert missing(left) == ("Box.take",)
    assert ("bodies", Status.HINT, "no body for Box.take") in [
        (each.judge, each.status, each.detail) for each in left.evidence
    ]


def test_all_missing_bodies_of_the_best_candidates_are_written(make_world) -> None:
    none = "    return n\n"
    answers = [f"    return n * {number}\n{REST.format('pass', 'pass')}" for number in range(4)]
    bodies = [["        self.n = n\n"], ["        return self.n\n"]] * MOST_COMPLETED
    world = make_world([[*answers, none], *bodies], files=FILES, can_continue=True)
    proposal, _ = run(world, candidates=5)
    texts = [candidate.changes[0].new.decode() for candidate in proposal.candidates]
    assert [not missing(candidate) for candidate in proposal.candidates] == (
        [True] * MOST_COMPLETED + [False] * 5
    )
    assert texts[0] == WHOLE.replace("n / 2", "n * 0")


@pytest.mark.parametrize(
    ("body", "follows"),
    [
        ("        return self.n\n", True),
        ("        # Later.\n        yield ...\n", True),
        ('        """Gives it back."""\n        return self.n', True),
        ("        pass\n", False),
        ("        ...\n", False),
        ("        raise NotImplementedError\n", False),
        ('        """Gives it back."""\n        pass\n', False),
        ("        # Later.\n        pass\n", False),
        ("        # Later.\n", False),
    ],
)
def test_the_grammar_excludes_placeholders(make_world, body, follows) -> None:
    world = make_world([[PART], ["        return self.n\n"]], files=FILES, can_continue=True)
    run(world, candidates=1)
    constraint = world.engine.requests[1].constraint
    if follows:
        check_text(constraint, body, whole=True)
    else:
        with pytest.raises(EngineError):
            check_text(constraint, body, whole=True)


def test_an_unusable_body_leaves_the_candidate_as_it_is(make_world) -> None:
    body = Answer("        return (self.n", reason="length")
    world = make_world([[PART], [body]], files=FILES, can_continue=True)
    proposal, _ = run(world, candidates=1)
    assert [missing(candidate) for candidate in proposal.candidates] == [("Box.take",)]


def test_bodies_that_the_task_does_not_ask_for_are_not_missing(make_world) -> None:
    world = make_world([[PART]], files=FILES, can_continue=True)
    selection = (Selected("calc.py"), Selected("NOTES.md"))
    request = TaskRequest("Implement half for now", selection, candidates=1)
    *_, ready = edit(world.workspace, request, Cancel())
    assert [missing(each) for each in ready.proposal.candidates] == [()]
    assert len(world.engine.requests) == 1


def completing(world, cancel: Cancel) -> Solver:
    """Completes one candidate that leaves out a body and changes another file too."""
    request = TaskRequest("Implement calc.py", (Selected("calc.py"),))
    context = gather_context(world.workspace, request)
    target = Target(context.files[0], kind=TargetKind.STUB)
    intent = read_intent(request.text)
    job = Job(world.workspace, request, context, intent, Budget(100.0, cancel), cancel)
    solver = Solver(job, (target,), (Draw("stub bodies", lambda state: MOST_COMPLETED),))
    part = ("def half(n):\n" + PART).encode()
    changes = (Change("other.py", b"a = 1\n", b"a = 2\n"), Change("calc.py", STUB.encode(), part))
    number = solver.state.pool.new_id()
    solver.state.pool.add(Candidate(number, changes, "rewrite", target, Tokens(5, -0.1)))
    return solver


def test_what_the_candidate_changes_elsewhere_stays(make_world) -> None:
    world = make_world([["        return self.n\n"]], files=FILES, can_continue=True)
    solver = completing(world, Cancel())
    list(solver.run())
    _, whole = solver.state.pool.candidates
    assert {change.path: change.new for change in whole.changes} == {
        "other.py": b"a = 2\n",
        "calc.py": WHOLE.encode(),
    }


def test_taking_the_best_so_far_waits_for_no_body(make_world) -> None:
    world = make_world([["        return self.n\n"]], files=FILES, can_continue=True)
    cancel = Cancel()
    solver = completing(world, cancel)
    streamed = False
    for event in solver.run():
        if isinstance(event, TextStreamed):
            streamed = True
            cancel.hurry()
    assert streamed
    assert len(solver.state.pool.candidates) == 1
