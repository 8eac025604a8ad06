"""Answers that leave functions of a stub without a body: completed, and behind all others."""

import pytest

from assistant.checks.results import Status
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.constraints import check_text
from assistant.engine.scripted import Answer
from assistant.errors import EngineError
from assistant.proposal.changes import Candidate, Change
from assistant.tasks.attempts import Tally
from assistant.tasks.candidates import Budget
from assistant.tasks.completing import MOST_COMPLETED, complete
from assistant.tasks.edit import edit
from assistant.solving.events import (
    CandidateStarted,
    Phase,
    PhaseStarted,
    ProposalReady,
    TextStreamed,
)
from assistant.tasks.gathering import gather_context
from assistant.tasks.locate import Target
from assistant.solving.request import TaskRequest
from assistant.tasks.rewrite import Writing

STUB = (
    "def half(n):\n    pass\n\n\n"
    "class Box:\n    def put(self, n):\n        pass\n\n    def take(self):\n        pass\n"
)
REST = "\n\nclass Box:\n    def put(self, n):\n        {}\n\n    def take(self):\n        {}\n"
PART = "    return n / 2\n" + REST.format("self.n = n", "pass")
WHOLE = "def half(n):\n    return n / 2\n" + REST.format("self.n = n", "return self.n")
FILES = {"calc.py": STUB, "NOTES.md": "A box gives back what was put there.\n"}


def run(world, **options):
    selection = (Selected("calc.py"), Selected("NOTES.md"))
    request = TaskRequest("Implement calc.py", selection, **options)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal, events


def test_a_body_that_was_left_out_is_written_by_itself(make_world) -> None:
    script = [[PART], ["        return self.n\n"]]
    world = make_world(script, files=FILES, can_continue=True)
    proposal, events = run(world, candidates=1)
    assert proposal.best.changes[0].new == WHOLE.encode()
    assert proposal.best.from_text
    assert not proposal.best.unwritten
    assert proposal.best.tokens > proposal.candidates[1].tokens
    assert PhaseStarted(Phase.COMPLETING, "calc.py") in events
    _, asked = world.engine.requests
    *others, last = asked.files
    assert [file.path for file in others] == ["NOTES.md", "TASK.md"], "the stub would be copied"
    assert last.path == "calc.py"
    assert (last.text + asked.opening).endswith("self.n = n\n\n    def take(self):\n")
    indices = [event.candidate for event in events if isinstance(event, CandidateStarted)]
    assert len(set(indices)) == len(indices)


def test_it_is_shown_what_has_no_body(make_world) -> None:
    script = [[PART], ["        return self.n\n"]]
    proposal, _ = run(make_world(script, files=FILES, can_continue=True), candidates=1)
    left = proposal.candidates[1]
    assert left.unwritten == ("Box.take",)
    assert ("bodies", Status.HINT, "still none: Box.take") in [
        (check.name, check.status, check.detail) for check in left.checks
    ]


def test_all_bodies_of_the_best_answers_are_written(make_world) -> None:
    none = "    return n\n"
    answers = [f"    return n * {number}\n{REST.format('pass', 'pass')}" for number in range(4)]
    bodies = [["        self.n = n\n"], ["        return self.n\n"]] * MOST_COMPLETED
    world = make_world([[*answers, none], *bodies], files=FILES, can_continue=True)
    proposal, _ = run(world, candidates=5)
    texts = [candidate.changes[0].new.decode() for candidate in proposal.candidates]
    assert [not candidate.unwritten for candidate in proposal.candidates] == (
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
def test_no_placeholder_can_be_written(make_world, body, follows) -> None:
    world = make_world([[PART], ["        return self.n\n"]], files=FILES, can_continue=True)
    run(world, candidates=1)
    constraint = world.engine.requests[1].constraint
    if follows:
        check_text(constraint, body, whole=True)
    else:
        with pytest.raises(EngineError):
            check_text(constraint, body, whole=True)


def test_what_cannot_be_used_leaves_the_answer_as_it_is(make_world) -> None:
    body = Answer("        return (self.n", reason="length")
    world = make_world([[PART], [body]], files=FILES, can_continue=True)
    proposal, _ = run(world, candidates=1)
    assert [candidate.unwritten for candidate in proposal.candidates] == [("Box.take",)]


def test_what_the_task_does_not_ask_for_may_wait(make_world) -> None:
    world = make_world([[PART]], files=FILES, can_continue=True)
    selection = (Selected("calc.py"), Selected("NOTES.md"))
    request = TaskRequest("Implement half for now", selection, candidates=1)
    *_, ready = edit(world.workspace, request, Cancel())
    assert [each.unwritten for each in ready.proposal.candidates] == [()]
    assert len(world.engine.requests) == 1


def completing(world, script_candidate, cancel):
    workspace = world.workspace
    request = TaskRequest("Implement calc.py", (Selected("calc.py"),))
    context = gather_context(workspace, request)
    target = Target(context.files[0], None, "a test")
    writing = Writing(target, "Implement calc.py", "", keep_signature=False, candidates=1, seed=0)
    tally = Tally(Budget.begin(100.0, cancel), candidates=[script_candidate])
    return complete(workspace, context, writing, None, tally, cancel), tally


def left_out() -> Candidate:
    part = ("def half(n):\n" + PART).encode()
    changes = (Change("other.py", b"a = 1\n", b"a = 2\n"), Change("calc.py", STUB.encode(), part))
    return Candidate(0, changes, -0.1, 5, unwritten=("Box.take",), from_text=True)


def test_what_the_answer_changes_elsewhere_stays(make_world) -> None:
    world = make_world([["        return self.n\n"]], files=FILES, can_continue=True)
    events, tally = completing(world, left_out(), Cancel())
    list(events)
    _, whole = tally.candidates
    assert {change.path: change.new for change in whole.changes} == {
        "other.py": b"a = 2\n",
        "calc.py": WHOLE.encode(),
    }


def test_who_wants_to_see_what_there_is_waits_for_no_body(make_world) -> None:
    world = make_world([["        return self.n\n"]], files=FILES, can_continue=True)
    cancel = Cancel()
    events, tally = completing(world, left_out(), cancel)
    for event in events:
        if isinstance(event, TextStreamed):
            cancel.hurry()
    assert len(tally.candidates) == 1
