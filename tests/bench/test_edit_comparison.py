"""The edit benchmark: which tasks it selects, what it stores, how it summarizes."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from assistant.engine.base import Message, Request
from tests.benchmarks.compare_edits import Results, Row, show
from tests.benchmarks.edit_tasks import LONGEST, SHORTEST, from_library, from_rows
from tests.benchmarks.engines import Prompts, numbered


def function(name: str, lines: int) -> str:
    return (
        f"def {name}(a):\n"
        + "".join(f"    a += {n}\n" for n in range(lines - 2))
        + "    return a\n"
    )


def row(number: int, text: str, **changes: object) -> str:
    value = {
        "id": f"set/{number}", "kind": "edit", "files": {"a.py": text}, "selected": ["a.py"],
        "task": "Do it.", "visible": None, "hidden": {"files": {}, "command": ["true"]},
    }  # fmt: skip
    return json.dumps(value | changes)


def test_rows_with_a_fitting_unit_are_selected_longest_first(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    texts = [function("short", 19), function("f", 20) + "\n\n" + function("g", 25)]
    texts += [function("h", 60), function("long", 61), "def broken(:\n" + function("x", 30)]
    lines = [row(number, text) for number, text in enumerate(texts)]
    lines.append(row(9, texts[2], files={"a.py": texts[2], "b.py": ""}, selected=["a.py", "b.py"]))
    file.write_text("\n".join(lines))
    found = from_rows([file], 20)
    assert [(task.id, task.unit.name) for task in found] == [("set/2", "h"), ("set/1", "g")]
    assert found[1].code == function("g", 25).rstrip("\n")
    assert [task.id for task in from_rows([file], 1)] == ["set/2"]


def test_the_library_yields_tasks_of_the_right_length() -> None:
    tasks = from_library(20)
    assert len(tasks) > 15
    for task in tasks:
        assert SHORTEST <= len(task.code.split("\n")) <= LONGEST
        assert task.task.split("`")[1] in task.code


def test_the_stable_part_is_a_prefix_of_the_prompt(tiny_model: Path) -> None:
    prompts = Prompts(tiny_model)
    stable = numbered((Message("system", "s"), Message("user", "files ")), 7)
    messages = numbered((Message("system", "s"), Message("user", "files and a task")), 7)
    ask = prompts.ask(Request(messages, opening="```\n"), stable)
    other = prompts.ask(Request(numbered(messages[:1], 8)), stable)
    assert 10 < ask.shared < len(ask.ids)
    assert other.shared < ask.shared
    assert prompts.ask(Request(messages)).shared == 0


def result(task: str, phase: str, engine: str, seconds: float, tokens: int = 100) -> Row:
    return Row(task, 0, phase, engine, seconds, 1.0, 90, 100, tokens, 0, True, True, "x = 1", "abc")


def test_results_are_stored_and_resumed(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    first = result("a", "cold", "ours", 1.0)
    Results(file).add(first)
    again = Results(file)
    assert again.rows == [first]
    assert ("a", 0, "cold", "ours") in again
    assert ("a", 1, "cold", "ours") not in again
    assert json.loads(file.read_text()) == asdict(first)


def test_ratios_are_against_the_best_setting(capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for task, scale in (("a", 1.0), ("b", 2.0)):
        rows += [result(task, "cold", "ours", 2.0), result(task, "warm", "ours", 1.0, 50)]
        rows += [result(task, "cold", "llama.cpp off", 9.0 * scale)]
        rows += [result(task, "cold", "llama.cpp default", 6.0 * scale)]
    rows.append(result("only ours", "cold", "ours", 100.0))
    show(rows)
    out = capsys.readouterr().out
    assert "2 tasks" in out
    assert "time, llama.cpp cold / ours cold: median 4.50, lowest 3.00, of sums 4.50" in out
    assert "time, llama.cpp cold / ours warm: median 9.00" in out
    # A shorter reply does not count as speed.
    assert "time per token, llama.cpp cold / ours warm: median 4.50" in out
    assert out.count("(llama.cpp default)") == 4
    assert "llama.cpp warm" not in out
