"""Tasks are read strictly: a bad line is named by its number."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import UsageError
from assistant.evaluation.dataset import Chosen, EvalCheck, EvalTask, choose_tasks, read_tasks

ROW: dict[str, Any] = {
    "id": "set/1",
    "kind": "fix",
    "files": {"a.py": "x = 1\n"},
    "selected": ["a.py"],
    "task": "Make x 2.",
    "visible": {"files": {"test_a.py": ""}, "command": ["python", "test_a.py"]},
    "hidden": {"files": {"h.py": ""}, "command": ["python", "h.py"]},
    "timeout_s": 20,
    "source": "here",
    "licence": "MIT",
}


def write(path: Path, *rows: Any) -> Path:
    file = path / "tasks.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_task_is_read_with_all_it_says(tmp_path: Path) -> None:
    (task,) = read_tasks(write(tmp_path, ROW, ""))
    assert (task.id, task.kind, task.task) == ("set/1", "fix", "Make x 2.")
    assert task.visible == EvalCheck({"test_a.py": ""}, ("python", "test_a.py"))
    assert task.hidden.command == ("python", "h.py")
    assert (task.selected, task.timeout) == (("a.py",), 20.0)


def test_nothing_need_be_visible(tmp_path: Path) -> None:
    (task,) = read_tasks(write(tmp_path, {**ROW, "visible": None}))
    assert task.visible is None


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        {**ROW, "id": ""},
        {**ROW, "id": 3},
        {**ROW, "kind": "dream"},
        {**ROW, "kind": []},
        {**ROW, "files": []},
        {**ROW, "files": {"a.py": None}},
        {**ROW, "files": {"../a.py": "", "a.py": ""}},
        {**ROW, "files": {"/a.py": "", "a.py": ""}},
        {**ROW, "files": {".git/config": "", "a.py": ""}},
        {**ROW, "selected": "a.py"},
        {**ROW, "selected": [1]},
        {**ROW, "selected": ["absent.py"]},
        {**ROW, "task": "  "},
        {**ROW, "visible": []},
        {**ROW, "hidden": None},
        {**ROW, "hidden": {"files": {}, "command": []}},
        {**ROW, "hidden": {"files": {}, "command": "python h.py"}},
        {**ROW, "hidden": {"command": ["x"]}},
        {**ROW, "timeout_s": 0},
        {**ROW, "timeout_s": "20"},
        {**ROW, "timeout_s": True},
        {key: value for key, value in ROW.items() if key != "hidden"},
        {key: value for key, value in ROW.items() if key != "selected"},
        {**ROW, "id": "set/0"},
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: Any) -> None:
    file = write(tmp_path, {**ROW, "id": "set/0"}, bad)
    with pytest.raises(UsageError, match=r"tasks\.jsonl:2: ") as caught:
        read_tasks(file)
    assert caught.value.hint


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"\xff"])
def test_a_file_without_tasks_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "tasks.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError):
        read_tasks(file)


def test_tasks_are_chosen_by_id_and_number(tmp_path: Path) -> None:
    tasks = read_tasks(write(tmp_path, *({**ROW, "id": str(number)} for number in range(5))))
    assert ids(tasks, Chosen()) == ["0", "1", "2", "3", "4"]
    assert ids(tasks, Chosen(limit=2)) == ["0", "1"]
    assert ids(tasks, Chosen(ids=("4", "1"))) == ["1", "4"]
    with pytest.raises(UsageError, match="'9'"):
        choose_tasks(tasks, Chosen(ids=("9",)))


def test_a_sample_is_spread_over_the_file_and_grows(tmp_path: Path) -> None:
    tasks = read_tasks(write(tmp_path, *({**ROW, "id": str(number)} for number in range(11))))
    assert ids(tasks, Chosen(sample=3)) == ["0", "3", "7"]
    assert ids(tasks, Chosen(sample=11)) == ids(tasks, Chosen(sample=50)) == ids(tasks, Chosen())
    for size in range(1, 6):
        assert set(ids(tasks, Chosen(sample=size))) < set(ids(tasks, Chosen(sample=2 * size)))


@pytest.mark.parametrize("chosen", [Chosen(limit=0), Chosen(sample=0), Chosen(limit=1, sample=1)])
def test_a_choice_that_makes_no_sense_is_an_error(tmp_path: Path, chosen: Chosen) -> None:
    tasks = read_tasks(write(tmp_path, ROW))
    with pytest.raises(UsageError):
        choose_tasks(tasks, chosen)


def ids(tasks: Sequence[EvalTask], chosen: Chosen) -> list[str]:
    return [task.id for task in choose_tasks(tasks, chosen)]
