"""The worker's conversation, in this process, over engines that are scripted."""

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.engine.base import (
    Cancel,
    Engine,
    EngineEvent,
    Message,
    Prefill,
    Request,
    Token,
)
from assistant.engine.protocol import read_line, request_to_json, write_line
from assistant.engine.scripted import ScriptedEngine
from assistant.engine.worker import Worker
from assistant.errors import EngineError, ModelError

HELLO = Request((Message("user", "hello"),))


class Wire:
    """Both ends of a worker's pipes."""

    def __init__(self, engine: Engine | Exception) -> None:
        self._to: queue.Queue[str | None] = queue.Queue()
        self._from: queue.Queue[str] = queue.Queue()
        self._engine = engine
        self.loads = 0
        self._worker = Worker(self._load, self)  # type: ignore[arg-type]
        self._thread = threading.Thread(target=self._worker.serve, args=(self._lines(),))
        self._thread.start()

    def _load(self) -> Engine:
        self.loads += 1
        if isinstance(self._engine, Exception):
            raise self._engine
        return self._engine

    def _lines(self) -> Iterator[str]:
        while (line := self._to.get()) is not None:
            yield line

    def write(self, line: str) -> None:
        self._from.put(line)

    def flush(self) -> None:
        pass

    def say(self, op: str, number: int = 1, **more: Any) -> None:
        self._to.put(write_line({"op": op, "id": number, **more}))

    def say_raw(self, line: str) -> None:
        self._to.put(line)

    def hear(self) -> dict[str, Any]:
        return read_line(self._from.get(timeout=20))

    def answer(self, number: int = 1) -> list[dict[str, Any]]:
        """Everything up to the result or error of one operation."""
        heard = []
        while True:
            heard.append(self.hear())
            if heard[-1]["id"] == number and "event" not in heard[-1]:
                return heard

    def close(self) -> None:
        self._to.put(None)
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def stream(wire: Wire, number: int = 1, op: str = "stream") -> None:
    wire.say(op, number, request=request_to_json(HELLO))


def test_answers_each_operation() -> None:
    engine = ScriptedEngine(["Hi."])
    wire = Wire(engine)
    wire.say("info")
    assert wire.answer()[0]["result"]["model"] == "scripted"
    stream(wire)
    kinds = [message.get("event", ["end"])[0] for message in wire.answer()]
    assert kinds == ["prefill", "token", "token", "finish", "end"]
    wire.say("score", request=request_to_json(HELLO), labels=["A", "B"])
    assert len(wire.answer()[0]["result"]) == 2
    stream(wire, op="warm")
    assert wire.answer()[0]["event"][0] == "prefill"
    wire.close()
    assert wire.loads == 1
    assert engine.closed


def test_error_is_an_answer_and_the_next_operation_works() -> None:
    wire = Wire(ScriptedEngine([EngineError("no", hint="try"), "Hi."]))
    stream(wire)
    assert wire.answer()[-1]["error"] == ["EngineError", "no", "try"]
    stream(wire, 2)
    assert "result" in wire.answer(2)[-1]
    wire.close()


def test_unexpected_error_is_an_answer_too(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(request: Request) -> str:
        raise ZeroDivisionError

    wire = Wire(ScriptedEngine(fail))
    stream(wire)
    assert "ZeroDivisionError" in wire.answer()[-1]["error"][1]
    wire.close()
    assert "Traceback" in capsys.readouterr().err


def test_failed_load_is_tried_again() -> None:
    wire = Wire(ModelError("absent"))
    for number in (1, 2):
        wire.say("info", number)
        assert wire.answer(number)[-1]["error"][0] == "ModelError"
    wire.close()
    assert wire.loads == 2


def test_unknown_operation_is_an_error() -> None:
    wire = Wire(ScriptedEngine())
    wire.say("dance")
    assert "dance" in wire.answer()[-1]["error"][1]
    wire.close()


def test_cancel_is_heard_while_tokens_are_made(gate: threading.Event) -> None:
    def wait_after_first(event: EngineEvent) -> None:
        if isinstance(event, Token):
            gate.wait(20)

    wire = Wire(ScriptedEngine(["one two three four"], before=wait_after_first))
    stream(wire)
    assert wire.hear()["event"][0] == "prefill"
    wire.say("cancel")
    stream(wire, 2)
    while 2 not in wire._worker._cancels:  # both lines are heard before the engine goes on
        pass
    gate.set()
    events = [message["event"] for message in wire.answer() if "event" in message]
    assert [event[0] for event in events] == ["token", "finish"]
    assert events[-1][2] == "cancelled"
    wire.close()


def test_cancel_of_nothing_is_ignored() -> None:
    wire = Wire(ScriptedEngine(["Hi."]))
    wire.say("cancel", 77)
    stream(wire)
    assert "result" in wire.answer()[-1]
    wire.close()


class SlowWarm(ScriptedEngine):
    """Warms for ever, until it is cancelled."""

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        step = 0
        while not cancel.is_set:
            step += 1
            yield Prefill(step, 10**9, 0)


def test_background_warm_gives_way_to_a_request() -> None:
    wire = Wire(SlowWarm(["Hi."]))
    stream(wire, 1, op="warm")
    wire.hear()
    stream(wire, 2)
    messages = wire.answer(2)
    ends = [message["id"] for message in messages if "result" in message]
    assert ends == [1, 2]
    wire.close()


def test_ends_when_the_client_is_gone_even_in_the_middle() -> None:
    wire = Wire(SlowWarm())
    stream(wire, 1, op="warm")
    wire.hear()
    wire.close()


def test_shutdown_and_garbage_end_it(capsys: pytest.CaptureFixture[str]) -> None:
    for line in (write_line({"op": "shutdown"}), "garbage\n"):
        engine = ScriptedEngine(["Hi."])
        wire = Wire(engine)
        stream(wire)
        wire.answer()
        wire.say_raw(line)
        wire._thread.join(20)
        assert not wire._thread.is_alive()
        assert engine.closed
    assert "stopped listening" in capsys.readouterr().err


def test_stdout_is_the_protocol_alone(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "assistant.engine.worker", "--model", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(write_line({"op": "info", "id": 5}))
        worker.stdin.flush()
        line = worker.stdout.readline()
        worker.stdin.close()
        assert worker.stdout.read() == ""
    assert read_line(line)["error"][0] == "ModelError"
    assert worker.returncode == 0


def test_prints_of_libraries_go_to_stderr() -> None:
    code = (
        "import os\n"
        "from assistant.engine import worker\n"
        "output = worker._reserve_stdout()\n"
        "print('stray'); os.write(1, b'raw\\n'); output.write('protocol\\n'); output.flush()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "protocol\n"
    assert set(done.stderr.split()) == {"stray", "raw"}
