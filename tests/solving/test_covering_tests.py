"""Existing tests run in the sandbox before and after an edit, and judge its candidates."""

import shutil

import pytest

from assistant.checks.results import Evidence, Status, Verdict
from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving import existing_tests, observing
from assistant.solving.events import CheckFinished, ProposalReady
from assistant.solving.judges import covering_tests
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

CODE = '''\
def price(count):
    """The price.

    >>> price(2)
    1.0
    """
    return count / 2


def other():
    return 1
'''
TESTS = """\
import pytest

import shop


@pytest.mark.parametrize(("count", "value"), [(2, 1), (4, 2)])
def test_price(count, value):
    assert shop.price(count) == value


def test_wrong_before():
    assert shop.price(1) == 7
"""
HEAD = CODE[: CODE.index("    return")]
RIGHT = HEAD + "    return count / 2 if count else 0\n"
BREAKING = HEAD + "    return 1.0 if count else 0\n"
ALSO_BREAKING = HEAD + "    return float(1) if count else 0\n"
FILES = {"shop.py": CODE, "tests/test_shop.py": TESTS, "pytest.ini": "[pytest]\npythonpath = .\n"}
PRICE = (Selected("shop.py", "price"),)
TASK = "In price, return 0 for no count"
COMMAND = "python -m pytest -q tests/test_shop.py"

pytestmark = pytest.mark.skipif(not isolates(detect()), reason="no full sandbox on this machine")


@pytest.fixture(autouse=True)
def _on_a_busy_machine(monkeypatch) -> None:
    """Tests end in time on one, too."""
    monkeypatch.setattr(existing_tests, "MOST_SECONDS", 120)


def run(world, task=TASK, selection=PRICE, **options):
    """The proposal, and what was found before any change."""
    request = TaskRequest(task, selection, **{"tests": True} | options)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    before = [e.check for e in events if isinstance(e, CheckFinished) and e.candidate == -1]
    return events[-1].proposal, before


def said(candidate) -> Evidence:
    found = candidate.found("covering tests")
    assert found is not None
    return found


@pytest.mark.parametrize("quick", [True, False])
def test_a_candidate_that_breaks_a_test_ranks_after_one_that_does_not(
    make_world, monkeypatch, quick
) -> None:
    """Even as the first. Slow tests run only with what ranks first."""
    monkeypatch.setattr(covering_tests, "QUICK_SECONDS", 600 if quick else 0)
    proposal, before = run(make_world([[BREAKING, RIGHT]], files=FILES), candidates=2)
    best, worst = proposal.candidates[0], proposal.candidates[-1]
    assert b"count / 2 if" in best.changes[0].new
    assert said(best).status is Status.PASSED
    assert not said(best).proves
    assert said(best).detail == (
        "2 tests in tests/test_shop.py and 1 doctest pass, before and after; 1 failed before"
    )
    assert worst.verdict is Verdict.FAILED
    assert said(worst).detail == "breaks tests/test_shop.py::test_price[4-2]"
    assert said(worst).about == ("tests/test_shop.py::test_price[4-2]",)
    assert [each.status for each in before] == [Status.PASSED]
    assert "with the Python that runs the assistant" in before[0].detail


def test_a_broken_example_of_the_docstring_counts(make_world) -> None:
    files = {"shop.py": CODE, "pytest.ini": "[pytest]\n"}
    wrong = HEAD + "    return count\n"
    proposal, _ = run(make_world([[wrong, RIGHT]], files=files), candidates=2)
    assert said(proposal.candidates[0]).detail.startswith("1 doctest ")
    assert said(proposal.candidates[1]).detail == "breaks >>> price(2)"


def test_without_consent_nothing_runs_and_the_user_is_told_what_could(
    make_world, monkeypatch
) -> None:
    world = make_world([[RIGHT]], files=FILES)
    monkeypatch.setattr(type(world.workspace.runner), "run", lambda *args, **more: 1 / 0)
    proposal, before = run(world, tests=False, candidates=1)
    assert before == []
    assert said(proposal.best).status is Status.SKIPPED
    assert said(proposal.best).detail == f"not tested: {COMMAND} would cover this, with --tests"


UNLOADED = "tests/test_shop.py cannot be loaded: ModuleNotFoundError: No module named 'missing'"


def test_tests_that_cannot_run_are_no_evidence_against_a_candidate(make_world) -> None:
    files = {**FILES, "tests/test_shop.py": "import missing\n" + TESTS}
    files["shop.py"] = CODE.replace(">>>", "...")
    right = RIGHT.replace(">>>", "...")
    proposal, before = run(make_world([[right]], files=files), candidates=1)
    assert before == []
    assert said(proposal.best).status is Status.SKIPPED
    assert said(proposal.best).detail == (
        f"not tested: {UNLOADED} (pytest, from pytest.ini, with the Python that runs the assistant)"
    )


def test_doctests_run_where_tests_cannot(make_world) -> None:
    files = {**FILES, "tests/test_shop.py": "import missing\n" + TESTS}
    proposal, _ = run(make_world([[RIGHT]], files=files), candidates=1)
    assert said(proposal.best).status is Status.PASSED
    assert said(proposal.best).detail == (
        f"1 doctest passes, before and after; tests cannot run: {UNLOADED}"
    )


def test_tests_that_do_not_end_before_a_change_are_not_run_again(make_world, monkeypatch) -> None:
    monkeypatch.setattr(existing_tests, "MOST_SECONDS", 2)
    monkeypatch.setattr(observing, "_MOST_SECONDS", 2)
    slow = "import time\nimport shop\n\ndef test_slow():\n    time.sleep(60)\n"
    world = make_world([[RIGHT]], files={**FILES, "tests/test_shop.py": slow})
    proposal, _ = run(world, candidates=1)
    assert said(proposal.best).detail == (
        "1 doctest passes, before and after; tests cannot run: they take longer than 2 s"
    )
    assert proposal.best.verdict is Verdict.TESTS_PASS


def test_where_nothing_covers_the_change_the_reason_is_given(make_world) -> None:
    files = {"shop.py": CODE.replace(">>>", "..."), "pytest.ini": "[pytest]\n"}
    right = RIGHT.replace(">>>", "...")
    proposal, _ = run(make_world([[right]], files=files), candidates=1)
    assert said(proposal.best).detail == "not tested: no test that uses the change was found"


def test_where_all_candidates_break_tests_the_last_verdict_is_failed(make_world) -> None:
    proposal, _ = run(make_world([[BREAKING, ALSO_BREAKING]], files=FILES), candidates=2)
    assert {each.verdict for each in proposal.candidates} == {Verdict.FAILED}


def test_the_tests_of_every_target_run(make_world) -> None:
    """Also of those that were written before the last one."""
    names = ("aa", "bb")
    test = "import {0}\n\n\ndef test_one():\n    assert {0}.{0}() == 1\n"
    files = {f"{name}.py": f"def {name}():\n    return 1\n" for name in names}
    files |= {f"tests/test_{name}.py": test.format(name) for name in names}
    files["pytest.ini"] = "[pytest]\npythonpath = .\n"
    answers = [["def aa():\n    return 2\n"], ["def bb():\n    return 1 + 0\n"]]
    selection = tuple(Selected(f"{name}.py", name) for name in names)
    world = make_world(answers, files=files)
    proposal, _ = run(world, "Return other numbers from `aa` and `bb`", selection, candidates=1)
    assert [each.path for each in proposal.best.changes] == ["aa.py", "bb.py"]
    assert said(proposal.best).detail == "breaks tests/test_aa.py::test_one"


@pytest.mark.parametrize(
    ("tests", "verdict", "detail"),
    [
        ("", Verdict.NOT_TESTED, "not tested: no longer run: >>> double(2) "),
        (
            "\n\ndef test_none():\n    assert thing.double(0) == 0\n",
            Verdict.TESTS_PASS,
            "1 test in tests/test_thing.py passes, before and after; no longer run: >>> double(2)",
        ),
        (
            "\n\ndef test_none():\n    assert thing.double(0) == 0\n"
            "\n\n@pytest.mark.skipif(thing.double(1) != 2, reason='other')\n"
            "def test_one():\n    assert thing.double(1) == 2\n",
            Verdict.NOT_TESTED,
            "not tested: no longer run: 1 of 2 tests, >>> double(2) ",
        ),
    ],
)
def test_what_no_longer_runs_does_not_count_as_passing(make_world, tests, verdict, detail) -> None:
    """A candidate may write another example, and skip tests."""
    code = 'def double(n):\n    """Twice.\n\n    >>> double(2)\n    4\n    """\n    return n * 2\n'
    files = {"thing.py": code, "pytest.ini": "[pytest]\npythonpath = .\n"}
    if tests:
        files["tests/test_thing.py"] = "import pytest\nimport thing\n" + tests
    answer = code.replace("    4", "    8").replace("n * 2", "n ** 3")
    world = make_world([[answer]], files=files)
    selection = (Selected("thing.py", "double"),)
    proposal, _ = run(world, "Make double the cube", selection, candidates=1)
    assert said(proposal.best).detail.startswith(detail)
    assert proposal.best.verdict is verdict


def test_where_a_change_of_the_named_functions_breaks_tests_it_is_added_beside(make_world) -> None:
    """ "Add ... for price" may mean a function of its own."""
    beside = "def price_of(count):\n    return price(count)\n"

    def script(request):
        inserting = "Write the code to add" in request.messages[-1].content
        return [beside if inserting else BREAKING] * len(request.samplings)

    world = make_world(script, files=FILES)
    proposal, _ = run(world, "Add a verbose alias for `price`", (Selected("shop.py"),))
    assert proposal.best.verdict is Verdict.TESTS_PASS
    assert proposal.best.changes[0].new.decode() == CODE.replace(
        "\n\ndef other", f"\n\n{beside}\n\ndef other"
    )
    assert "addition beside price" in proposal.reason


@pytest.mark.parametrize("task", ["Make `price` return floats", "Add a currency to `price`"])
def test_what_is_no_addition_is_not_added_beside(make_world, task) -> None:
    world = make_world(lambda request: [BREAKING] * len(request.samplings), files=FILES)
    proposal, _ = run(world, task, (Selected("shop.py"),))
    assert not proposal.stands
    assert all("to add to" not in each.messages[-1].content for each in world.engine.requests)


def test_parameters_from_a_set_have_the_same_names_in_every_run(make_world, monkeypatch) -> None:
    """Those that fail before fail afterwards too: the change breaks none of them."""
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    names = ", ".join(f'"{name}"' for name in "abcdefghijkl")
    test = (
        "import pytest\n\nimport shop\n\n\n"
        f"@pytest.mark.parametrize('names', [{{each}} for each in {{{names}}}])\n"
        "def test_price(names):\n    assert shop.price(2) == 1 and 'a' not in names\n"
    )
    files = FILES | {"tests/test_shop.py": test}
    for _ in range(2):  # the order might be the same by chance
        world = make_world([[RIGHT]], files=files)
        proposal, _ = run(world, candidates=1)
        assert proposal.best.verdict is Verdict.TESTS_PASS
        assert "11 tests" in said(proposal.best).detail
        shutil.rmtree(world.root)
