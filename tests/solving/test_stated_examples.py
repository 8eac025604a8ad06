"""Candidates that miss a stated example: their mutants, and infill."""

import pytest

from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import Phase, PhaseStarted, ProposalReady
from assistant.solving.expectations import LEAST_CANDIDATES
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

STUB = "def total(limit, step):\n    pass\n"
WORDS = "Implement total: the sum of the multiples below a limit, so total(20, 5) is 30.\n"
FILES = {"calc.py": STUB}
TESTS = "20, step=5) == 30\nassert total(limit=4, step=9) == 0"
NEAR = "def total(limit, step):\n    return sum(range(step, limit + 1, step))\n"
MENDED = "def total(limit, step):\n    return sum(range(step, limit, step))\n"
FAR = "def total(limit, step):\n    return str(limit) if limit > 9 else 0\n"
AGAIN = 2 * LEAST_CANDIDATES
"""Further candidates that are drawn when none does the stated examples."""
ELSEWHERE = "def total(limit, step):\n    found = range(0, limit, step)\n    return sum(found)\n"


@pytest.fixture(autouse=True)
def sandbox() -> None:
    if not isolates(detect()):
        pytest.skip("no full sandbox on this machine")


def run(world, words=WORDS):
    request = TaskRequest(words, (Selected("calc.py"),), generated_tests=True)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
    return events[-1].proposal, phases


def found(candidate, judge) -> str:
    """What a judge says about a candidate; empty when it says nothing."""
    evidence = candidate.found(judge)
    return evidence.detail if evidence else ""


def test_a_mutant_that_does_the_stated_examples_ranks_first(make_world) -> None:
    world = make_world([[TESTS, TESTS], [NEAR] * LEAST_CANDIDATES, [NEAR] * AGAIN], files=FILES)
    proposal, phases = run(world)
    assert not proposal.best.by_model
    assert proposal.best.changes[0].new is not None
    assert found(proposal.best, "stated examples") == "does 1 of 1 stated examples"
    assert found(proposal.best, "generated tests") == "passes 2 of 2 generated tests"
    assert Phase.MUTATING in phases
    assert len(proposal.candidates) > 1, "the candidates of the model can still be chosen"


def test_infill_has_the_stated_examples_in_view(make_world) -> None:
    answer = "def total(limit, step):\n    found = [step] * (limit > 9)\n    return sum(found)\n"

    def script(request):
        if request.suffix:
            return (
                "found = range(0, limit, step)\n"
                if "return sum" in request.suffix
                else "return 0\n"
            )
        return TESTS if "assert total(" in request.opening else answer

    world = make_world(script, files={**FILES, "words.md": "The sum.\n"}, can_infill=True)
    request = TaskRequest(WORDS, (Selected("calc.py"), Selected("words.md")), generated_tests=True)
    events = list(edit(world.workspace, request, Cancel()))
    best = events[-1].proposal.best
    assert (
        best.changes[0].new
        == answer.replace("[step] * (limit > 9)", "range(0, limit, step)").encode()
    )
    assert best.by_model
    gap = next(each for each in world.engine.requests if each.suffix)
    assert [file.path for file in gap.files] == ["words.md", "test_calc.py", "calc.py"]
    assert "assert total(20, 5) == 30" in gap.files[1].text


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        pytest.param(WORDS, MENDED, id="the example is done"),
        pytest.param("Implement total.", NEAR, id="the task states no example"),
    ],
)
def test_nothing_is_mutated_unless_an_example_is_missed(make_world, words, answer) -> None:
    world = make_world([[TESTS, TESTS], [answer] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world, words)
    assert proposal.best.changes[0].new == answer.encode()
    assert Phase.MUTATING not in phases


def test_tests_that_no_candidate_passes_are_ignored(make_world) -> None:
    """It is likelier that the tests are wrong than that all candidates are."""
    tests = "20, step=5) == 30"
    world = make_world([[tests, tests], [NEAR] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world)
    assert proposal.best.changes[0].new == NEAR.encode()
    assert Phase.MUTATING not in phases


def test_stated_examples_count_before_generated_tests(make_world) -> None:
    """A candidate that misses the stated example passes more generated tests by luck."""
    tests = "20, step=5) == 30\nassert total(limit=4, step=9) == 7\nassert total(9, 9) == 7"
    lucky = "def total(limit, step):\n    return 7\n"
    world = make_world([[tests, tests], [lucky, lucky, lucky, MENDED]], files=FILES)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == MENDED.encode()
    assert found(proposal.best, "stated examples") == "does 1 of 1 stated examples"
    assert found(proposal.best, "generated tests") == "passes 1 of 3 generated tests"


def test_assertions_that_were_generated_twice_count_as_stated_before_others(make_world) -> None:
    more = f"{TESTS}\nassert total(5, 20) == 30"
    world = make_world([[TESTS, more], [MENDED] * LEAST_CANDIDATES], files=FILES)
    proposal, _ = run(world)
    detail = found(proposal.best, "stated examples")
    assert detail == "does 1 of 1 stated examples", "though the task has the numbers of both"
    assert found(proposal.best, "generated tests") == "passes 2 of 3 generated tests"
