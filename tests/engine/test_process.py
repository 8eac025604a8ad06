"""Worker processes that misbehave."""

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.engine import client
from assistant.engine.base import Cancel, Message, Request
from assistant.engine.client import WorkerEngine
from assistant.engine.process import physical_cores, worker_arguments, worker_environment
from assistant.errors import EngineError, WorkerDied
from assistant.settings import Settings

HELLO = Request((Message("user", "hello"),))


def engine_running(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> WorkerEngine:
    monkeypatch.setattr(
        client, "worker_arguments", lambda model, settings: [sys.executable, "-c", code]
    )
    return WorkerEngine(tmp_path, Settings())


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("print('Loading weights...', flush=True); input(); input()",
         EngineError, "invalid message"),
        ("print('{\"id\": 1, \"event\": [\"x\"]}', flush=True); input(); input()",
         EngineError, "invalid message"),
        ("import sys; sys.exit('libfoo.so is missing')", WorkerDied, "libfoo.so is missing"),
        ("input(); raise SystemExit(7)", WorkerDied, "ended with code 7"),
        ("input(); print('{\"id\": 1, \"ev', end='')", WorkerDied, "ended with code 0"),
        ("import os; os.abort()", WorkerDied, "SIGABRT"),
        ("import os; os.close(1); input(); input()", WorkerDied, "killed by SIGKILL"),
    ],
)  # fmt: skip
def test_misbehaviour_is_an_error_and_leaves_no_process(
    code: str,
    error: type[EngineError],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    engine = engine_running(code, monkeypatch, tmp_path)
    for _ in range(2):  # the second time with a new process
        with pytest.raises(error, match=message) as caught:
            list(engine.stream(HELLO, Cancel()))
        assert caught.value.hint
    engine.close()


def test_an_unresponsive_worker_delays_neither_cancel_nor_close(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = engine_running("import time; time.sleep(600)", monkeypatch, tmp_path)
    monkeypatch.setattr(client, "_GRACE_SECONDS", 0.0)
    cancel = Cancel()
    stream = engine.stream(HELLO, Cancel(cancel))
    monkeypatch.setattr(
        "assistant.engine.process.WorkerProcess.receive", lambda self, number: cancel.set()
    )
    [finish] = list(stream)
    assert finish.reason == "cancelled"  # type: ignore[union-attr]
    engine.close()


def test_a_missing_program_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(client, "worker_arguments", lambda model, settings: ["/no/such/program"])
    with pytest.raises(EngineError, match="cannot be started"):
        list(WorkerEngine(tmp_path, Settings()).stream(HELLO, Cancel()))


def test_modules_are_not_imported_from_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f".{':' if sys.platform != 'win32' else ';'}{tmp_path}")
    paths = worker_environment(Settings())["PYTHONPATH"]
    assert "." not in paths.replace(":", ";").split(";")
    assert str(tmp_path) in paths
    assert "-P" in worker_arguments(tmp_path, Settings())


def test_settings_reach_the_worker(tmp_path: Path) -> None:
    settings = Settings(
        device="cuda",
        gpu_weights="4bit",
        threads=3,
        context_tokens=777,
        cache_dir=tmp_path,
        thinking_tokens=55,
    )
    arguments = worker_arguments(tmp_path, settings)
    assert arguments[-12:-8] == ["--device", "cuda", "--gpu-weights", "4bit"]
    assert arguments[-8:-2] == ["--threads", "3", "--context", "777", "--thinking", "55"]
    assert arguments[-2:] == ["--prefixes", str(tmp_path / "prefixes")]
    assert worker_environment(Settings(threads=3))["OMP_NUM_THREADS"] == "3"
    assert worker_environment(Settings())["HF_HUB_OFFLINE"] == "1"


def test_there_is_at_least_one_core() -> None:
    assert physical_cores() >= 1


def test_the_client_does_not_import_torch() -> None:
    code = "import sys, assistant.engine.client; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'assistant.engine.client'" in done.stdout
    assert not {"'torch'", "'transformers'", "'numpy'"} & set(done.stdout.strip("[]\n").split(", "))
