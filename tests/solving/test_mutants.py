"""Small changes made without the model: what they mend, confirm, and contradict."""

from dataclasses import replace

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Verdict
from assistant.checks.runner import CheckRunner
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import Phase, PhaseStarted
from assistant.tasks.fix import fix
from assistant.tasks.mutation import MOST_MUTATIONS
from assistant.solving.request import TaskRequest
from tests.tasks.conftest import CALC

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
    return ("b" if request.banned[0] != "b" else "0") if request.banned else ADD.format("0")


def test_a_small_change_is_proposed_where_the_model_has_no_answer(make_world) -> None:
    events = run(world_of(make_world, wrong, "2, 3", "5"))
    best = events[-1].proposal.best
    assert best.changes[0].new == CALC.replace("a - b", "a + b").encode()
    assert best.mutant
    assert best.verdict is Verdict.PARTLY
    assert best.checks[-1].detail.endswith("but no answer of the model does the same")
    phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
    assert phases.count(Phase.MUTATING) == 1


def test_an_answer_of_the_model_and_a_small_change_confirm_each_other(make_world) -> None:
    world = world_of(make_world, [ADD.format("(b + a)")], "2, 3", "5")
    best = run(world)[-1].proposal.best
    assert (best.verdict, best.votes) == (Verdict.VERIFIED, 2)
    assert not best.mutant
    assert len(world.engine.requests) == 1, "no second answer is drawn"


def test_a_small_change_that_passes_and_does_otherwise_leaves_neither_verified(make_world) -> None:
    world = world_of(make_world, lambda request: ADD.format("a * b"), "2, 2", "4")
    proposal = run(world)[-1].proposal
    assert {each.verdict for each in proposal.candidates} == {Verdict.PARTLY}
    assert sorted(each.mutant for each in proposal.candidates) == [False, True]
    assert proposal.best.changes[0].new == CALC.replace("a - b", "a * b").encode()
    assert "so does another answer: add(" in proposal.best.checks[-1].detail


@pytest.mark.parametrize("expected", ["sum((2, 3))", "None or 5"])
def test_nothing_is_known_of_values_that_are_no_literals(make_world, expected) -> None:
    proposal = run(world_of(make_world, wrong, "2, 3", expected))[-1].proposal
    assert not any(each.mutant for each in proposal.candidates)


def test_small_changes_that_the_check_refutes_are_not_shown(make_world) -> None:
    world = world_of(make_world, wrong, "2, 2", "4")
    # Not among what can be read of the tests: `a * b` and `a ** b` meet the rest.
    (world.root / "test_more.py").write_text(TESTS.format("*(2, 3)", "sum((2, 2))"))
    proposal = run(world)[-1].proposal
    assert not any(each.mutant for each in proposal.candidates)


def test_of_many_small_changes_a_few_that_differ_are_tried(make_world) -> None:
    code = CALC.replace("a - b", "(a + 1) * b")  # for 1 and 1: `b`, `a * b`, `(a + 1) * b - 1`, ...
    proposal = run(world_of(make_world, wrong, "1, 1", "1", code))[-1].proposal
    mutated = [each for each in proposal.candidates if each.mutant]
    assert len(mutated) == MOST_MUTATIONS
    assert len({each.index for each in proposal.candidates}) == len(proposal.candidates)
    assert proposal.best.verdict is Verdict.PARTLY


def test_where_limits_alone_confine_it_no_code_is_run_that_nobody_wrote(
    make_world, monkeypatch
) -> None:
    monkeypatch.setattr("assistant.tasks.mutation.satisfying", None)
    world = world_of(make_world, wrong, "2, 3", "5")
    runner = CheckRunner(world.root, confinement="limits only")
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=CHECK)
    proposal = list(fix(replace(world.workspace, runner=runner), request, Cancel()))[-1].proposal
    runner.close()
    assert not any(each.mutant for each in proposal.candidates)


def test_a_check_that_only_reads_the_code_runs_none_of_it(make_world, monkeypatch) -> None:
    monkeypatch.setattr("assistant.tasks.mutation.satisfying", None)
    world = world_of(make_world, wrong, "2, 3", "5")
    run(world, parse_command("grep -q 'a + b' calc.py"))
    assert world.engine.requests
