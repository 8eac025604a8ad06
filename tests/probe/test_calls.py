"""What a function does on inputs, as the sandbox saw it."""

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


def test_values_exceptions_and_what_cannot_be_compared(runner) -> None:
    inputs = [(3,), (1,), ("a",), (7,), (101,)]
    outcomes = probe(runner, "calc.py", "half", inputs, {"calc.py": CODE}, Cancel())
    assert outcomes == (
        value("1.5"),
        Outcome(Ending.ERROR, "ZeroDivisionError"),
        Outcome(Ending.ERROR, "TypeError"),
        Outcome(Ending.UNCOMPARABLE),
        Outcome(Ending.TIMEOUT),
    )


def test_what_becomes_of_the_arguments(runner) -> None:
    code = b"def half(items):\n    items.sort()\n    return items[0]\n"
    inputs = [([2, 1],), ([],)]
    outcomes = probe(runner, "calc.py", "half", inputs, {"calc.py": code}, Cancel(), effects=True)
    assert outcomes == (
        Outcome(Ending.VALUE, "1", "([1, 2],)"),
        Outcome(Ending.ERROR, "IndexError"),
    )


def test_texts_of_a_function_that_give_what_is_expected(runner) -> None:
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


def test_a_value_that_is_changed_in_place_is_another_for_the_next_text(runner) -> None:
    sources = ["def half(n):\n    n.append(1)\n    return n\n"] * 2
    expected = [Expectation(([],), [1])]
    assert len(satisfying(runner, "calc.py", "half", sources, expected, {}, Cancel())) == 2


def test_without_an_overlay_the_code_as_it_is_runs(runner) -> None:
    assert probe(runner, "calc.py", "half", [(3,), (1,)], {}, Cancel()) == (
        value("1.5"),
        value("0.5"),
    )


def test_one_call_does_not_change_the_input_of_another(runner) -> None:
    code = b"def half(items):\n    items.append(1)\n    return items\n"
    shared = [1]
    outcomes = probe(runner, "calc.py", "half", [(shared,), (shared,)], {"calc.py": code}, Cancel())
    assert outcomes == (value("[1, 1]"),) * 2
    assert shared == [1]


def test_a_source_folder_is_not_part_of_the_name(runner) -> None:
    overlay = {"src/shop/calc.py": CODE, "src/shop/__init__.py": b""}
    assert probe(runner, "src/shop/calc.py", "half", [(3,)], overlay, Cancel()) == (value("1.5"),)


@pytest.mark.parametrize(
    "code",
    [b"raise SystemExit(0)\n", b"def other(n):\n    return n\n", b"import os\nos._exit(0)\n"],
)
def test_a_function_that_cannot_be_called_says_nothing(runner, code) -> None:
    assert probe(runner, "calc.py", "half", [(3,)], {"calc.py": code}, Cancel()) == ()


def test_after_some_calls_that_do_not_end_no_other_is_made(runner) -> None:
    code = b"def half(n):\n    while n:\n        pass\n    return n\n"
    inputs = [(n,) for n in (1, 2, 3, 4, 5, 0)]
    outcomes = probe(runner, "calc.py", "half", [(0,), *inputs], {"calc.py": code}, Cancel())
    assert outcomes == (value("0"), *[Outcome(Ending.TIMEOUT)] * 6)


def test_code_that_prints_outcomes_itself_is_not_believed(runner) -> None:
    code = b"import os\nos.write(1, b'assistant-outcomes:[\"=1\"]')\nos._exit(0)\n"
    assert probe(runner, "calc.py", "half", [(3,)], {"calc.py": code}, Cancel()) == ()


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
def test_only_a_check_that_runs_python_code_allows_it(command, expected) -> None:
    assert runs_python(parse_command(command)) is expected
