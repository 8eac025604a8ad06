import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.errors import CheckError, UsageError
from assistant.solving.events import (
    FailuresFound,
    NothingToFix,
    Phase,
    PhaseStarted,
    PromptProgress,
    ProposalReady,
    UnitsChosen,
)
from assistant.solving.request import TaskRequest
from assistant.tasks.fix import fix
from tests.worlds import CALC, TEST_CALC

RIGHT = CALC.replace("a - b", "a + b")
CHECK = parse_command("python -m unittest -q")
ADD = '```python\ndef add(a, b):\n    """The sum."""\n    return {}\n'
SUM = ADD.format("a + b")
MEAN = "```python\ndef mean(values):\n    return 0\n"


def test_the_failing_check_leads_to_the_unit_and_proves_the_fix(make_world) -> None:
    # A draft for each of two targets, the second draft for the first, and a second opinion.
    world = make_world([ADD.format("a * b"), MEAN, SUM, SUM], scores={"A": 0.0})
    request = TaskRequest("", (Selected("calc.py"),), candidates=2, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    found = next(event for event in events if isinstance(event, FailuresFound))
    assert "test_add" in found.failures[0].name
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels[0] == "calc.py::add"
    proposal = events[-1].proposal
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert proposal.best.verdict is Verdict.VERIFIED
    asked = world.engine.requests[0]
    assert "assertEqual(add(2, 3), sum((2, 3)))" in asked.messages[-1].content
    assert asked.opening == ADD.partition("    return")[0]


def test_without_a_task_or_selection_the_failing_test_leads_to_what_it_imports(make_world) -> None:
    files = {
        "README.md": "How to make a failing check pass: fix the code.\n",
        "shop/__init__.py": "",
        "shop/calc.py": CALC,
        "shop/other.py": "def unrelated():\n    return 1\n",
        "tests/__init__.py": "",
        "tests/test_sums.py": TEST_CALC.replace("from calc", "from shop.calc"),
    }
    world = make_world([SUM, SUM], files=files)
    events = list(fix(world.workspace, TaskRequest("", candidates=1, check=CHECK), Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels[0] == "shop/calc.py::add"
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED


@pytest.mark.parametrize("selected", [(), (Selected("calc.py"), Selected("check.py"))])
def test_tests_are_never_changed_whatever_their_file_is_called(make_world, selected) -> None:
    world = make_world(lambda _: SUM, files={"calc.py": CALC, "check.py": TEST_CALC})
    check = parse_command("python -m unittest -q check")
    events = list(fix(world.workspace, TaskRequest("", selected, 1, check=check), Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.considered
    assert all(label.startswith("calc.py::") for label in chosen.considered)
    best = events[-1].proposal.best
    assert best.verdict is Verdict.VERIFIED
    assert [change.path for change in best.changes] == ["calc.py"]


def test_a_script_with_code_and_tests_may_be_changed(make_world) -> None:
    both = CALC + "\n\n" + TEST_CALC.replace("from calc import add\n", "")
    world = make_world(lambda _: SUM, files={"calc.py": both})
    check = parse_command("python -m unittest -q calc")
    events = list(fix(world.workspace, TaskRequest("", candidates=1, check=check), Cancel()))
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED


def test_what_the_failing_test_calls_outweighs_a_guess(make_world) -> None:
    world = make_world([SUM, SUM], scores={"A": -1.5, "B": -0.5})
    request = TaskRequest("Fix mean", (Selected("calc.py"),), candidates=1, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels == ("calc.py::add", "calc.py::mean")
    assert "the failing test" in chosen.reasons[0] or "failing tests" in chosen.reasons[0]
    assert "that pass" not in chosen.reasons[0], "there are none"


DEEP = {
    "shop/__init__.py": "",
    "shop/front.py": "from shop.back import price\n\n\ndef show(n):\n    return str(price(n))\n\n\n"
    "def hide(n):\n    return len(str(n))\n",
    "shop/back.py": "def price(n):\n    return n - 1\n\n\ndef cost(n):\n    return n\n",
    "test_shop.py": "import unittest\n\nfrom shop.front import hide, show\n\n\n"
    "class ShopTest(unittest.TestCase):\n    def test_show(self):\n"
    "        self.assertEqual(show(1), '2')\n\n    def test_hide(self):\n"
    "        self.assertEqual(hide(1), 1)\n",
}


def test_code_that_the_failing_test_runs_is_found_without_a_traceback(make_world) -> None:
    world = make_world(lambda _: "```python\ndef price(n):\n    return n + 1\n", files=DEEP)
    if not world.workspace.runner.isolates:
        pytest.skip("no full sandbox on this machine")
    events = list(fix(world.workspace, TaskRequest("", candidates=1, check=CHECK), Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert set(chosen.labels[:2]) == {"shop/back.py::price", "shop/front.py::show"}
    assert "run by 1 of 1 failing tests, by 0 of 1 that pass" in chosen.reasons[0]
    assert "shop/front.py::hide" not in chosen.labels[:2]
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED


def test_prompt_progress_is_reported_while_the_target_is_chosen(make_world) -> None:
    world = make_world([SUM, SUM], scores={"A": 0.0})
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    start = events.index(PhaseStarted(Phase.LOCATING))
    end = next(n for n, event in enumerate(events) if isinstance(event, UnitsChosen))
    read = [event for event in events[start:end] if isinstance(event, PromptProgress)]
    assert read
    assert read[-1].done == read[-1].total


def test_a_forged_report_does_not_lead_out_of_the_repository(make_world) -> None:
    forged = '[[1, 0], [["../../etc/passwd", 1, 1, 0], ["/etc/hosts", 1, 1, 0]]]'
    liar = (
        "import os, sys\n\nfrom calc import add\n\nif add(2, 3) != 5:\n"
        "    if 'sitecustomize' in sys.modules and hasattr(sys.modules['sitecustomize'], 'MARK'):\n"
        f"        print('\\n' + sys.modules['sitecustomize'].MARK + {forged!r}, flush=True)\n"
        "    os._exit(1)\n"
    )
    world = make_world(lambda _: SUM, files={"calc.py": CALC, "test_calc.py": liar})
    check = parse_command("python test_calc.py")
    events = list(fix(world.workspace, TaskRequest("Fix add", check=check), Cancel()))
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED
    said = world.engine.requests[0].messages[-1].content
    assert "passwd" not in said


def test_without_a_sandbox_no_spectrum_is_recorded(make_world) -> None:
    world = make_world([SUM, SUM], scores={"A": -1.5, "B": -0.5})
    world.workspace.runner._confinement = "limits only"
    request = TaskRequest("Fix mean", (Selected("calc.py"),), candidates=1, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert "called by the failing test" in chosen.reasons[0]


def test_test_files_are_never_rewritten(make_world) -> None:
    world = make_world([SUM, SUM])
    selection = (Selected("test_calc.py"), Selected("calc.py"))
    request = TaskRequest("", selection, candidates=1, check=CHECK)
    proposal = list(fix(world.workspace, request, Cancel()))[-1].proposal
    assert {change.path for change in proposal.best.changes} == {"calc.py"}


def test_a_check_that_passes_leaves_nothing_to_fix(make_world) -> None:
    world = make_world([])
    (world.root / "calc.py").write_text(RIGHT)
    events = list(fix(world.workspace, TaskRequest("", check=CHECK), Cancel()))
    assert isinstance(events[-1], NothingToFix)
    assert world.engine.requests == []


def test_a_passing_check_guards_a_fix_that_the_user_describes(make_world) -> None:
    worse, better = ADD.format("a"), ADD.format("float(a) + b")
    world = make_world([[worse, better], [worse, better]], scores={"A": 0.0})
    (world.root / "calc.py").write_text(RIGHT)
    selection = (Selected("calc.py"),)
    request = TaskRequest("`add` must give a float", selection, candidates=2, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    proposal = events[-1].proposal
    assert b"float(a)" in proposal.best.changes[0].new
    verdicts = [candidate.verdict for candidate in proposal.candidates]
    assert verdicts == [Verdict.TESTS_PASS, Verdict.FAILED]
    assert "# What fails" not in world.engine.requests[0].messages[-1].content


def test_a_unit_that_the_task_names_outweighs_a_guess(make_world) -> None:
    files = {"calc.py": CALC}
    world = make_world([ADD.format("a + b")], files=files, scores={"A": -1.5, "B": -0.5})
    pasted = "AssertionError: 1 != 5\n"
    request = TaskRequest("`add` subtracts", (Selected("calc.py"),), candidates=1, pasted=pasted)
    events = list(fix(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels == ("calc.py::add", "calc.py::mean")
    assert "named in the task" in chosen.reasons[0]


def test_the_next_target_is_tried_when_the_first_still_fails(make_world) -> None:
    def script(request):
        return SUM if "def add" in request.opening else MEAN

    world = make_world(script, scores={"A": -3.0, "B": 0.0})
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED
    assert len(events[-1].proposal.candidates) == 2


@pytest.mark.parametrize("can_infill", [False, True])
def test_no_target_waits_until_all_sources_have_failed_on_another(make_world, can_infill) -> None:
    def script(request):
        if request.suffix:
            return "0"
        if "def add" in request.opening:
            seen = "a - b" in request.messages[-1].content
            return [ADD.format("a - b" if seen else "a + b")] * len(request.samplings)
        return [MEAN] * len(request.samplings)

    world = make_world(script, scores={"A": -3.0, "B": 0.0}, can_infill=can_infill)
    request = TaskRequest("", (Selected("calc.py"),), candidates=2, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED
    targets = [e.detail for e in events if isinstance(e, PhaseStarted) and e.phase is Phase.WRITING]
    assert targets[:3] == ["calc.py::mean", "calc.py::add", "calc.py::mean"]
    candidates = events[-1].proposal.candidates
    assert len({each.id for each in candidates}) == len(candidates)


def test_the_innermost_frame_of_a_traceback_outweighs_its_callers(make_world) -> None:
    code = CALC + "\n\ndef total(values):\n    return add(*values)\n"
    world = make_world(lambda request: SUM, files={"calc.py": code}, scores={"A": -0.8, "B": -0.6})
    pasted = (
        "Traceback (most recent call last):\n"
        f'  File "{world.root}/calc.py", line 14, in total\n    return add(*values)\n'
        f'  File "{world.root}/calc.py", line 6, in add\n    return a - b\n'
        "TypeError: unsupported operand type(s)\n"
    )
    events = list(fix(world.workspace, TaskRequest("", candidates=1, pasted=pasted), Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels[0] == "calc.py::add"
    assert "innermost on the traceback" in chosen.reasons[0]


def test_a_pasted_traceback_is_enough(make_world) -> None:
    world = make_world([ADD.format("a + b")])
    pasted = (
        "Traceback (most recent call last):\n"
        f'  File "{world.root}/calc.py", line 6, in add\n    return a - b\n'
        "TypeError: unsupported operand type(s)\n"
    )
    events = list(fix(world.workspace, TaskRequest("", candidates=1, pasted=pasted), Cancel()))
    assert isinstance(events[-1], ProposalReady)
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels[0] == "calc.py::add"
    assert events[-1].proposal.best.verdict is Verdict.NOT_TESTED


def test_a_fix_without_anything_that_fails_is_a_usage_error(make_world) -> None:
    with pytest.raises(UsageError, match="something that fails"):
        list(fix(make_world([]).workspace, TaskRequest("fix it"), Cancel()))


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("python -m no_such_module_here -q", "The check cannot run: .*no_such_module_here"),
        (
            "python -c \"print('no tests ran in 0.01s'); exit(5)\"",
            "The check ran no test: no tests",
        ),
    ],
)
def test_a_check_that_says_nothing_about_the_code_is_an_error(make_world, command, error) -> None:
    world = make_world([])
    with pytest.raises(CheckError, match=error) as caught:
        list(fix(world.workspace, TaskRequest("", check=parse_command(command)), Cancel()))
    assert "another check command" in caught.value.hint or "write them first" in caught.value.hint
    assert not world.engine.requests


@pytest.mark.parametrize("line", ["python: No module named x", "no tests ran in 0.1s"])
def test_a_failing_test_that_prints_like_another_program_does_not_end_a_fix(
    make_world, line
) -> None:
    tests = TEST_CALC.replace(
        "    def test_add", f"    def setUp(self):\n        print({line!r})\n\n    def test_add"
    )
    files = {"calc.py": CALC, "test_calc.py": tests}
    world = make_world(lambda request: SUM, files=files, scores={"A": 0.0})
    request = TaskRequest("", (Selected("calc.py"),), candidates=1, check=CHECK)
    assert list(fix(world.workspace, request, Cancel()))[-1].proposal.best.changes


def test_a_missing_check_command_is_a_check_error(make_world) -> None:
    check = parse_command("no-such-program --now")
    with pytest.raises(CheckError, match="no-such-program"):
        list(fix(make_world([]).workspace, TaskRequest("", check=check), Cancel()))


def test_of_a_file_that_is_too_long_the_prompt_shows_what_the_failing_test_ran(
    make_world,
) -> None:
    filler = "".join(
        f"\n\ndef unused_{n}(a, b):\n    return 'some words that take room' + str(a) + str(b)\n"
        for n in range(600)
    )
    files = {"calc.py": CALC + filler, "test_calc.py": TEST_CALC}
    world = make_world(lambda _: SUM, files=files)
    if not world.workspace.runner.isolates:
        pytest.skip("no full sandbox on this machine")
    events = list(fix(world.workspace, TaskRequest("", candidates=1, check=CHECK), Cancel()))
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED
    said = world.engine.requests[0].messages[-1].content
    assert "def add(a, b):" in said
    assert "unused_300" not in said


def test_statements_that_the_task_names_outweigh_what_the_test_runs(make_world) -> None:
    code = "LIMIT = 10\n\n\ndef within(value):\n    return value < LIMIT\n"
    test = (
        "import unittest\n\nfrom calc import within\n\n\nclass WithinTest(unittest.TestCase):\n"
        "    def test_within(self):\n        self.assertTrue(within(15))\n"
    )
    world = make_world(["LIMIT = 20"], files={"calc.py": code, "test_calc.py": test})
    request = TaskRequest("Raise `LIMIT`", check=CHECK, candidates=1)
    events = list(fix(world.workspace, request, Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels[0] == "calc.py::LIMIT"
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED
    assert events[-1].proposal.best.changes[0].new == code.replace("10", "20").encode()


STEPS = "".join(f"def step_{n}(value):\n    return value - {n}\n\n\n" for n in range(5))
TEST_STEPS = (
    "import unittest\n\nimport steps\n\n\nclass StepsTest(unittest.TestCase):\n"
    "    def test_steps(self):\n        value = sum([])\n        for n in range(5):\n"
    "            value = getattr(steps, f'step_{n}')(value)\n"
    "        self.assertEqual(value, -sum(range(4)))\n"
)


def test_where_the_likeliest_targets_give_nothing_the_next_ones_are_tried(make_world) -> None:
    def answer(request):
        head = "" if "def " in request.opening else "def f(value):\n"
        opening = request.opening + head
        wrong = "" if "step_4" in opening else " + 9"
        return f"{opening}    return value{wrong}\n"

    files = {"steps.py": STEPS, "test_steps.py": TEST_STEPS}
    world = make_world(answer, files=files)
    request = TaskRequest("", (Selected("steps.py"),), candidates=1, check=CHECK)
    events = list(fix(world.workspace, request, Cancel()))
    first, *_, last = [event for event in events if isinstance(event, UnitsChosen)]
    assert len(first.labels) == 3
    assert "steps.py::step_4" not in first.labels
    assert set(last.labels) == {f"steps.py::step_{n}" for n in range(5)}
    assert events[-1].proposal.best.target.label == "steps.py::step_4"
    assert events[-1].proposal.reason.startswith("steps.py::step_4")
