"""The worker's protocol, in this process, with scripted engines."""

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

    def send(self, op: str, number: int = 1, **more: Any) -> None:
        self._to.put(write_line({"op": op, "id": number, **more}))

    def send_raw(self, line: str) -> None:
        self._to.put(line)

    def receive(self) -> dict[str, Any]:
        return read_line(self._from.get(timeout=20))

    def replies(self, number: int = 1) -> list[dict[str, Any]]:
        """All messages up to the result or error of one operation."""
        received = []
        while True:
            received.append(self.receive())
            if received[-1]["id"] == number and "event" not in received[-1]:
                return received

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
    wire.send(op, number, request=request_to_json(HELLO))


def test_each_operation_is_answered() -> None:
    engine = ScriptedEngine(["Hi."])
    wire = Wire(engine)
    wire.send("info")
    assert wire.replies()[0]["result"]["model"] == "scripted"
    stream(wire)
    kinds = [message.get("event", ["end"])[0] for message in wire.replies()]
    assert kinds == ["prefill", "token", "token", "finish", "end"]
    wire.send("score", request=request_to_json(HELLO), labels=["A", "B"])
    assert len(wire.replies()[0]["result"]) == 2
    stream(wire, op="warm")
    assert wire.replies()[0]["event"][0] == "prefill"
    wire.close()
    assert wire.loads == 1
    assert engine.closed


def test_an_error_is_reported_and_the_next_operation_works() -> None:
    wire = Wire(ScriptedEngine([EngineError("no", hint="try"), "Hi."]))
    stream(wire)
    assert wire.replies()[-1]["error"] == ["EngineError", "no", "try"]
    stream(wire, 2)
    assert "result" in wire.replies(2)[-1]
    wire.close()


def test_an_unexpected_error_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(request: Request) -> str:
        raise ZeroDivisionError

    wire = Wire(ScriptedEngine(fail))
    stream(wire)
    assert "ZeroDivisionError" in wire.replies()[-1]["error"][1]
    wire.close()
    assert "Traceback" in capsys.readouterr().err


def test_a_failed_load_is_retried() -> None:
    wire = Wire(ModelError("absent"))
    for number in (1, 2):
        wire.send("info", number)
        assert wire.replies(number)[-1]["error"][0] == "ModelError"
    wire.close()
    assert wire.loads == 2


def test_an_unknown_operation_is_an_error() -> None:
    wire = Wire(ScriptedEngine())
    wire.send("dance")
    assert "dance" in wire.replies()[-1]["error"][1]
    wire.close()


def test_a_cancel_arrives_during_generation(gate: threading.Event) -> None:
    def wait_after_first(event: EngineEvent) -> None:
        if isinstance(event, Token):
            gate.wait(20)

    wire = Wire(ScriptedEngine(["one two three four"], before=wait_after_first))
    stream(wire)
    assert wire.receive()["event"][0] == "prefill"
    wire.send("cancel")
    stream(wire, 2)
    while 2 not in wire._worker._cancels:  # wait until both lines have been read
        pass
    gate.set()
    events = [message["event"] for message in wire.replies() if "event" in message]
    assert [event[0] for event in events] == ["token", "finish"]
    assert events[-1][2] == "cancelled"
    wire.close()


def test_a_cancel_without_an_operation_is_ignored() -> None:
    wire = Wire(ScriptedEngine(["Hi."]))
    wire.send("cancel", 77)
    stream(wire)
    assert "result" in wire.replies()[-1]
    wire.close()


class SlowWarm(ScriptedEngine):
    """Warms until it is cancelled."""

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        step = 0
        while not cancel.is_set:
            step += 1
            yield Prefill(step, 10**9, 0)


def test_a_sign_of_life_is_no_operation() -> None:
    wire = Wire(ScriptedEngine(["Hi."]))
    wire.send("ping")
    stream(wire, 2)
    assert "result" in wire.replies(2)[-1]
    wire.close()
    assert list(wire._worker._cancels) == []


def test_a_background_warm_yields_to_a_request() -> None:
    wire = Wire(SlowWarm(["Hi."]))
    stream(wire, 1, op="warm")
    wire.receive()
    stream(wire, 2)
    messages = wire.replies(2)
    ends = [message["id"] for message in messages if "result" in message]
    assert ends == [1, 2]
    wire.close()


def test_the_worker_ends_with_its_client_even_during_an_operation() -> None:
    wire = Wire(SlowWarm())
    stream(wire, 1, op="warm")
    wire.receive()
    wire.close()


def test_shutdown_and_garbage_end_the_worker(capsys: pytest.CaptureFixture[str]) -> None:
    for line in (write_line({"op": "shutdown"}), "garbage\n"):
        engine = ScriptedEngine(["Hi."])
        wire = Wire(engine)
        stream(wire)
        wire.replies()
        wire.send_raw(line)
        wire._thread.join(20)
        assert not wire._thread.is_alive()
        assert engine.closed
    assert "stopped reading" in capsys.readouterr().err


def test_stdout_carries_only_the_protocol(tmp_path: Path) -> None:
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


def test_library_output_goes_to_stderr() -> None:
    code = (
        "import os\n"
        "from assistant.engine import protocol\n"
        "output = protocol.reserve_stdout()\n"
        "print('stray'); os.write(1, b'raw\\n'); output.write('protocol\\n'); output.flush()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "protocol\n"
    assert set(done.stderr.split()) == {"stray", "raw"}
