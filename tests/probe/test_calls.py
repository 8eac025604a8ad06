"""Calls a function on many inputs in the sandbox."""

import subprocess

import pytest

from assistant.checks.commands import parse_command, runs_python
from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel
from assistant.probe.calls import probe, satisfying
from assistant.probe.examples import Expectation
from assistant.probe.outcomes import Ending, Outcome

CODE = b"""
def half(n):
    print("noise")
    if n > 100:
        while True:
            pass
    return n / (n - 1) if n != 7 else "x" * 5000
"""


def value(text: str) -> Outcome:
    return Outcome(Ending.VALUE, text)


@pytest.fixture
def runner(tmp_path):
    root = tmp_path / "repo"
    (root / "src" / "shop").mkdir(parents=True)
    (root / "calc.py").write_text("def half(n):\n    return n / 2\n")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    runner = CheckRunner(root)
    yield runner
    runner.close()


def test_every_way_a_call_can_end_is_reported(runner) -> None:
    inputs = [(3,), (1,), ("a",), (7,), (101,)]
    outcomes = probe(runner, "calc.py", "half", inputs, {"calc.py": CODE}, Cancel())
    assert outcomes == (
        value("1.5"),
        Outcome(Ending.ERROR, "ZeroDivisionError"),
        Outcome(Ending.ERROR, "TypeError"),
        Outcome(Ending.UNCOMPARABLE),
        Outcome(Ending.TIMEOUT),
    )


def test_effects_show_the_arguments_after_the_call(runner) -> None:
    code = b"def half(items):\n    items.sort()\n    return items[0]\n"
    inputs = [([2, 1],), ([],)]
    outcomes = probe(runner, "calc.py", "half", inputs, {"calc.py": code}, Cancel(), effects=True)
    assert outcomes == (
        Outcome(Ending.VALUE, "1", "([1, 2],)"),
        Outcome(Ending.ERROR, "IndexError"),
    )


def test_versions_that_meet_all_expectations_are_found(runner) -> None:
    bodies = ["n / 2", "2", "n // 2 + n % 2 / 2", "n.x", "[n for n in iter(int, 1)]"]
    sources = [f"def half(n):\n    return {body}\n" for body in bodies]
    expected = [Expectation((4,), 2), Expectation((3,), True, truth=True)]
    found = satisfying(runner, "calc.py", "half", sources, expected, {}, Cancel())
    assert found == (sources[0], sources[1], sources[2])
    expected.append(Expectation((3,), 1.5))
    assert satisfying(runner, "calc.py", "half", sources, expected, {}, Cancel()) == (
        sources[0],
        sources[2],
    )


def test_each_version_gets_its_own_copy_of_the_arguments(runner) -> None:
    sources = ["def half(n):\n    n.append(1)\n    return n\n"] * 2
    expected = [Expectation(([],), [1])]
    assert len(satisfying(runner, "calc.py", "half", sources, expected, {}, Cancel())) == 2


def test_without_an_overlay_the_file_in_the_repository_runs(runner) -> None:
    assert probe(runner, "calc.py", "half", [(3,), (1,)], {}, Cancel()) == (
        value("1.5"),
        value("0.5"),
    )


def test_a_call_does_not_change_the_inputs_of_later_calls(runner) -> None:
    code = b"def half(items):\n    items.append(1)\n    return items\n"
    shared = [1]
    outcomes = probe(runner, "calc.py", "half", [(shared,), (shared,)], {"calc.py": code}, Cancel())
    assert outcomes == (value("[1, 1]"),) * 2
    assert shared == [1]


def test_the_src_folder_is_not_part_of_the_module_name(runner) -> None:
    overlay = {"src/shop/calc.py": CODE, "src/shop/__init__.py": b""}
    assert probe(runner, "src/shop/calc.py", "half", [(3,)], overlay, Cancel()) == (value("1.5"),)


@pytest.mark.parametrize(
    "code",
    [b"raise SystemExit(0)\n", b"def other(n):\n    return n\n", b"import os\nos._exit(0)\n"],
)
def test_a_function_that_cannot_be_called_has_no_outcomes(runner, code) -> None:
    assert probe(runner, "calc.py", "half", [(3,)], {"calc.py": code}, Cancel()) == ()


def test_after_several_timeouts_the_remaining_calls_are_skipped(runner) -> None:
    code = b"def half(n):\n    while n:\n        pass\n    return n\n"
    inputs = [(n,) for n in (1, 2, 3, 4, 5, 0)]
    outcomes = probe(runner, "calc.py", "half", [(0,), *inputs], {"calc.py": code}, Cancel())
    assert outcomes == (value("0"), *[Outcome(Ending.TIMEOUT)] * 6)


def test_outcomes_printed_by_the_code_itself_are_ignored(runner) -> None:
    code = b'import os\nos.write(1, b\'assistant-outcomes:[{"ending": "timeout"}]\')\nos._exit(0)\n'
    assert probe(runner, "calc.py", "half", [(3,)], {"calc.py": code}, Cancel()) == ()


FORGER = """import os, re

mark = re.search("assistant-outcomes [0-9a-f]+:", open("assistant_probe.py").read())[0]
os.write(1, (mark + %r).encode())
os._exit(0)
"""


@pytest.mark.parametrize(
    ("report", "accepted"),
    [
        ('[{"ending": "timeout"}]', True),
        ('[{"ending": "timeout"}, {"ending": "timeout"}]', False),
        ('[{"ending": "good"}]', False),
        ('["timeout"]', False),
        ("5", False),
        ("[" * 50_000, False),
    ],
)
def test_a_malformed_report_is_discarded(runner, report, accepted) -> None:
    """Code can read the mark from the script that runs it."""
    code = (FORGER % report).encode()
    outcomes = probe(runner, "calc.py", "half", [(3,)], {"calc.py": code}, Cancel())
    assert bool(outcomes) is accepted


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python -m pytest -q", True),
        (".venv/bin/pytest tests", True),
        ("uv run pytest", True),
        ("python3.12 tests/run.py", True),
        ("python -m ruff check .", False),
        ("ruff check .", False),
        ("make test", False),
    ],
)
def test_a_check_that_runs_python_code_is_recognized(command, expected) -> None:
    assert runs_python(parse_command(command)) is expected
