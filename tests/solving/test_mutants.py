"""Mutants: what they repair, confirm and dispute."""

from dataclasses import replace

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Verdict
from assistant.checks.runner import CheckRunner
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import Phase, PhaseStarted
from assistant.solving.policies import MOST_MUTANTS
from assistant.solving.request import TaskRequest
from assistant.tasks.fix import fix
from tests.worlds import CALC

CHECK = parse_command("python -m unittest -q")
ADD = '```python\ndef add(a, b):\n    """The sum."""\n    return {}\n'
TESTS = """import unittest

from calc import add


class AddTest(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add({}), {})
"""


def world_of(make_world, script, arguments, expected, code=CALC):
    files = {"calc.py": code, "test_calc.py": TESTS.format(arguments, expected)}
    return make_world(script, files=files, scores={"A": 0.0})


def run(world, command=CHECK):
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=command)
    return list(fix(world.workspace, request, Cancel()))


def wrong(request):
    return ADD.format("0")


def test_a_mutant_is_proposed_where_the_model_finds_nothing(make_world) -> None:
    events = run(world_of(make_world, wrong, "2, 3", "5"))
    best = events[-1].proposal.best
    assert best.changes[0].new == CALC.replace("a - b", "a + b").encode()
    assert not best.by_model
    assert best.verdict is Verdict.TESTS_PASS
    assert best.evidence[-1].detail == "no candidate of the model behaves like this mutant"
    phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
    assert phases.count(Phase.MUTATING) == 1


def test_a_candidate_of_the_model_and_a_mutant_confirm_each_other(make_world) -> None:
    world = world_of(make_world, [ADD.format("(b + a)")], "2, 3", "5")
    best = run(world)[-1].proposal.best
    assert best.verdict is Verdict.VERIFIED
    assert best.found("consensus").detail == "2 behave alike"
    assert best.by_model
    assert len(world.engine.requests) == 1, "no second opinion is drawn"


def test_a_mutant_that_passes_and_behaves_differently_leaves_neither_verified(make_world) -> None:
    world = world_of(make_world, lambda request: ADD.format("a * b"), "2, 2", "4")
    proposal = run(world)[-1].proposal
    assert {each.verdict for each in proposal.candidates} == {Verdict.TESTS_PASS}
    assert sorted(each.by_model for each in proposal.candidates) == [False, True]
    assert proposal.best.changes[0].new == CALC.replace("a - b", "a * b").encode()
    assert "another candidate passes too: add(" in proposal.best.evidence[-1].detail


@pytest.mark.parametrize("expected", ["sum((2, 3))", "None or 5"])
def test_expected_values_that_are_not_literals_tell_nothing(make_world, expected) -> None:
    proposal = run(world_of(make_world, wrong, "2, 3", expected))[-1].proposal
    assert all(each.by_model for each in proposal.candidates)


def test_mutants_that_the_check_refutes_are_not_shown(make_world) -> None:
    world = world_of(make_world, wrong, "2, 2", "4")
    # No literals, so mutants are not tried on this: `a * b` and `a ** b` satisfy the rest.
    (world.root / "test_more.py").write_text(TESTS.format("*(2, 3)", "sum((2, 2))"))
    proposal = run(world)[-1].proposal
    assert all(each.by_model for each in proposal.candidates)


def test_of_many_mutants_a_few_that_differ_are_tried(make_world) -> None:
    code = CALC.replace("a - b", "(a + 1) * b")  # for 1 and 1: `b`, `a * b`, `(a + 1) * b - 1`, ...
    proposal = run(world_of(make_world, wrong, "1, 1", "1", code))[-1].proposal
    mutated = [each for each in proposal.candidates if not each.by_model]
    assert len(mutated) == MOST_MUTANTS
    assert len({each.id for each in proposal.candidates}) == len(proposal.candidates)
    assert proposal.best.verdict is Verdict.TESTS_PASS


def test_without_a_sandbox_no_mutant_is_run(make_world, monkeypatch) -> None:
    monkeypatch.setattr("assistant.solving.sources.mutants.satisfying", None)
    world = world_of(make_world, wrong, "2, 3", "5")
    runner = CheckRunner(world.root, confinement="limits only")
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=CHECK)
    proposal = list(fix(replace(world.workspace, runner=runner), request, Cancel()))[-1].proposal
    runner.close()
    assert all(each.by_model for each in proposal.candidates)


def test_a_check_that_only_reads_the_code_runs_no_mutant(make_world, monkeypatch) -> None:
    monkeypatch.setattr("assistant.solving.sources.mutants.satisfying", None)
    world = world_of(make_world, wrong, "2, 3", "5")
    run(world, parse_command("grep -q 'a + b' calc.py"))
    assert world.engine.requests
