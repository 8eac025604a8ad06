"""Child processes: their messages, exit and isolation, and running the converter."""

import os
from pathlib import Path

import pytest

from assistant.errors import Cancelled, ModelError
from assistant.models import conversion
from assistant.models.conversion import convert
from assistant.models.processes import Finished, last_error, run_module
from assistant.models.progress import PullProgress


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A function that creates a module for a child to run."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def make(code: str) -> str:
        (folder / "child.py").write_text(code)
        return "child"

    return make


def test_json_objects_are_received_and_other_output_is_ignored(module, tmp_path, make_flag) -> None:
    code = "print('noise')\nfor n in range(200): print('{\"n\": %d}' % n)\nprint('[1]')"
    received: list[dict[str, int]] = []
    finished = run_module(
        module(code), (), folder=tmp_path, cancel=make_flag(), message=received.append
    )
    assert received == [{"n": n} for n in range(200)]
    assert (finished.code, finished.timed_out) == (0, False)


def test_arguments_environment_and_folder_reach_the_child(module, tmp_path, make_flag) -> None:
    code = (
        "import json, os, sys\n"
        "print(json.dumps([sys.argv[1:], os.environ['GIVEN'], os.getcwd()]).join(['{\"a\":', '}']))"
    )
    received: list[dict[str, object]] = []
    run_module(
        module(code),
        ("x y", "z"),
        folder=tmp_path,
        cancel=make_flag(),
        message=received.append,
        environ={"GIVEN": "value"},
    )
    assert received == [{"a": [["x y", "z"], "value", str(tmp_path)]}]


def test_the_tail_of_stderr_is_kept(module, tmp_path, make_flag) -> None:
    code = "import sys\nsys.stderr.write('x' * 100_000 + '\\nERROR: at last\\n')\nsys.exit(3)"
    finished = run_module(module(code), (), folder=tmp_path, cancel=make_flag())
    assert finished.code == 3
    assert len(finished.errors) <= 8192
    assert last_error(finished.errors) == "ERROR: at last"


def test_a_child_that_ignores_sigterm_is_killed_on_cancel(
    module, tmp_path, make_flag, monkeypatch
) -> None:
    monkeypatch.setattr("assistant.models.processes._GRACE", 0.2)
    code = (
        "import signal, os, json, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(json.dumps({'pid': os.getpid()}), flush=True)\n"
        "signal.pause()"
    )
    flag = make_flag()
    pids: list[int] = []

    def receive(message: dict[str, int]) -> None:
        pids.append(message["pid"])
        flag.event.set()

    with pytest.raises(Cancelled):
        run_module(module(code), (), folder=tmp_path, cancel=flag, message=receive)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_child_is_ended_after_its_timeout(module, tmp_path, make_flag) -> None:
    finished = run_module(
        module("import signal; signal.pause()"),
        (),
        folder=tmp_path,
        cancel=make_flag(),
        timeout=0.1,
    )
    assert finished.timed_out
    assert finished.code != 0


def test_the_working_directory_is_not_on_the_import_path_of_a_child(
    module, tmp_path, make_flag
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('hostile')")
    code = "import json; print(json.dumps({'fine': 1}))"
    received: list[dict[str, int]] = []
    run_module(module(code), (), folder=tmp_path, cancel=make_flag(), message=received.append)
    assert received == [{"fine": 1}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nERROR: b\nWARNING: c\n", "ERROR: b"),
        ("a\n  b  \n\n", "b"),
        ("", "no error output"),
    ],
)
def test_the_most_informative_line_is_reported(text, expected) -> None:
    assert last_error(text) == expected


def fake_converter(monkeypatch, finished: Finished, *messages: dict[str, object]) -> None:
    def run(*_: object, message, **__: object) -> Finished:
        for each in messages:
            message(each)
        return finished

    monkeypatch.setattr(conversion, "run_module", run)


def test_progress_of_the_converter_is_reported(monkeypatch, tmp_path, make_flag) -> None:
    steps = [
        {"stage": "tokenizer", "done": 1, "total": 1},
        {"stage": "weights", "done": 5, "total": 10},
        {"stage": "weights", "done": 10, "total": 10},
        {"stage": "odd"},
    ]
    fake_converter(monkeypatch, Finished(0, ""), *steps)
    seen: list[PullProgress] = []
    convert(tmp_path / "a.gguf", tmp_path / "to", "int8", "a", seen.append, make_flag())
    assert [(p.stage, p.done, p.total, p.detail) for p in seen] == [
        ("converting", 1, 1, "tokenizer"),
        ("converting", 5, 10, "weights"),
        ("converting", 10, 10, "weights"),
    ]


@pytest.mark.parametrize(
    ("finished", "messages", "expected", "hint"),
    [
        (Finished(-9, ""), (), "memory ran out", "smaller model"),
        (
            Finished(3, ""),
            ({"error": "no such type", "hint": "take Q8_0"},),
            "no such type",
            "Q8_0",
        ),
        (Finished(1, "Traceback\nValueError: odd"), (), "ValueError: odd", "download is kept"),
    ],
)
def test_a_failure_of_the_converter_is_explained(
    monkeypatch, tmp_path, make_flag, finished, messages, expected, hint
) -> None:
    fake_converter(monkeypatch, finished, *messages)
    with pytest.raises(ModelError, match=expected) as caught:
        convert(tmp_path / "a.gguf", tmp_path / "to", "int8", "a", lambda _: None, make_flag())
    assert hint in caught.value.hint


def test_the_real_converter_refuses_an_empty_model(world, tmp_path, make_flag) -> None:
    source = Path(tmp_path / "a.gguf")
    source.write_bytes(world.content())
    with pytest.raises(ModelError, match="Cannot convert"):
        convert(source, tmp_path / "to", "int8", "a", lambda _: None, make_flag())
    assert not (tmp_path / "to").exists()
