"""The side of the other machine, before the worker starts, and its end in silence."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.engine.process import Launch, WorkerProcess
from assistant.engine.protocol import VERSION, write_line
from assistant.engine.remote.reception import (
    MARKER,
    Chosen,
    Desk,
    become_worker,
    receive,
    unbuffered_lines,
)
from assistant.errors import EngineError, ModelError
from assistant.models import folder as layout
from assistant.settings import Settings
from assistant.version import __version__


@pytest.fixture
def desk(tiny_model: Path) -> Desk:
    def choose(model: str, context_tokens: int) -> Chosen:
        if model == "absent":
            raise ModelError("It is not installed.", hint="Pull it.")
        return Chosen(Settings(model=model or "tiny", context_tokens=context_tokens), tiny_model)

    return Desk(choose, lambda model: [{"topic": "model", "value": model}])


def talk(desk: Desk, *messages: dict[str, Any]) -> tuple[Chosen | None, list[dict[str, Any]]]:
    output = io.StringIO()
    chosen = receive([write_line(each) for each in messages], output, desk)
    greeting, *others = output.getvalue().lstrip("\n").splitlines()
    assert greeting.startswith(MARKER)
    return chosen, [json.loads(greeting.removeprefix(MARKER)), *map(json.loads, others)]


def opened(number: int = 1, model: str = "") -> dict[str, Any]:
    wish = {"model": model, "context_tokens": 512, "thinking_tokens": 77}
    return {"op": "open", "id": number, **wish}


def test_it_greets_finds_the_model_and_starts(desk: Desk, tiny_model: Path) -> None:
    chosen, said = talk(desk, opened(), {"op": "tokenizer", "id": 2}, {"op": "start", "id": 3})
    assert chosen is not None
    assert (chosen.folder, chosen.settings.context_tokens) == (tiny_model, 512)
    assert chosen.settings.thinking_tokens == 77  # of the user, not of this machine
    assert said[0]["result"] == {"version": __version__, "protocol": VERSION, "program": ""}
    assert said[1]["result"]["model"] == "tiny"
    assert said[2]["result"] == (tiny_model / layout.TOKENIZER).read_text()
    assert said[3] == {"id": 3, "result": None}


def test_it_describes_the_machine(desk: Desk) -> None:
    chosen, said = talk(desk, {"op": "describe", "id": 1, "model": "m"})
    assert chosen is None
    assert said[1]["result"] == [{"topic": "model", "value": "m"}]


def test_an_error_is_told_and_the_next_question_answered(desk: Desk) -> None:
    _, said = talk(desk, opened(model="absent"), opened(2))
    assert said[1]["error"] == ["ModelError", "It is not installed.", "Pull it."]
    assert said[2]["result"]["model"] == "tiny"


@pytest.mark.parametrize(
    "message",
    [
        {"op": "start", "id": 1},
        {"op": "tokenizer", "id": 1},
        {"op": "stream", "id": 1},
        {"op": "open", "id": 1},
        {"op": "open", "id": 1, "model": "m", "context_tokens": "many"},
    ],
)
def test_what_makes_no_sense_is_an_error_and_starts_nothing(
    desk: Desk, message: dict[str, Any]
) -> None:
    chosen, said = talk(desk, message)
    assert chosen is None
    assert said[1]["error"][0] == "EngineError"


def test_a_line_that_is_no_message_ends_it(desk: Desk) -> None:
    with pytest.raises(EngineError):
        receive(["garbage\n"], io.StringIO(), desk)


def test_what_follows_a_line_is_left_in_the_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"one\ntwo\nfor the worker\n")
    lines = unbuffered_lines(reader)
    assert [next(lines), next(lines)] == ["one\n", "two\n"]
    assert os.read(reader, 100) == b"for the worker\n"
    os.close(writer)
    assert list(lines) == []
    os.close(reader)


def test_a_silent_pipe_ends() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"one\nunfinished")
    assert list(unbuffered_lines(reader, seconds=0.0)) == ["one\n"]
    os.close(writer)
    os.close(reader)


def test_the_process_becomes_a_worker_that_ends_in_silence(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(os, "dup2", lambda *numbers: None)
    monkeypatch.setattr(os, "execve", lambda *arguments: called.extend(arguments))
    become_worker(desk.choose("tiny", 512), sys.__stdout__)  # type: ignore[arg-type]
    program, arguments, environment = called
    assert program == sys.executable
    assert arguments[1:4] == ["-P", "-m", "assistant.engine.worker"]
    assert arguments[-2:] == ["--silence", "120.0"]
    assert environment["HF_HUB_OFFLINE"] == "1"


def test_a_worker_ends_when_it_hears_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assistant.engine.worker", "--model", str(tmp_path)]
    with subprocess.Popen([*command, "--silence", "0.2"], stdin=subprocess.PIPE) as worker:
        assert worker.wait(60) == 0  # its stdin is still open


def test_signs_of_life_are_sent_until_the_worker_ends() -> None:
    code = (
        "import json, sys\n"
        "lines = [json.loads(sys.stdin.readline()) for _ in range(3)]\n"
        "print(json.dumps({'id': 0, 'result': lines}), flush=True)"
    )
    process = WorkerProcess(Launch([sys.executable, "-c", code], dict(os.environ)))
    process.keep_alive(0.01)
    message = None
    while message is None:
        message = process.receive(0)
    assert message["result"] == [{"op": "ping"}] * 3
    process.end()
