"""The real program in a terminal that stops, shrinks, knows little, or goes away."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from assistant.checks.commands import parse_command
from assistant.checks.consent import Consents
from assistant.checks.sandbox import detect
from tests.checks.running import alive_with
from tests.offline.terminal import Terminal
from tests.small_project import make_small_project

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-P", "-m", "assistant"]
CTRL_Q = b"\x11"
pytestmark = pytest.mark.skipif(
    "ASSISTANT_TEST_EVERY_POINT" not in os.environ, reason="`make hostile` runs it: it takes long"
)
ALTERNATE_OFF = b"\x1b[?1049l"


@pytest.fixture
def environment(tiny_model: Path, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ASSISTANT_MODEL": str(tiny_model),
        "ASSISTANT_STATE_DIR": str(tmp_path / "state"),
        "ASSISTANT_CACHE_DIR": str(tmp_path / "cache"),
        "ASSISTANT_THREADS": "1",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "TERM": "xterm-256color",
    }


Open = Callable[..., Terminal]


@pytest.fixture
def opened(environment: dict[str, str], tmp_path: Path) -> Iterator[Open]:
    """Opens the interface in a terminal of its own."""
    terminals: list[Terminal] = []
    project = make_small_project(tmp_path / "project")

    def open_(*, controls: bool = True, **variables: str) -> Terminal:
        terminal = Terminal(PROGRAM, project, {**environment, **variables}, controls=controls)
        terminals.append(terminal)
        return terminal

    yield open_
    for each in terminals:
        each.close()


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def children(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    found = [each for each in processes if each.is_running()]
    return [each for each in found if each.status() != psutil.STATUS_ZOMBIE]


def test_it_stops_goes_on_is_resized_and_terminates(opened: Open, tmp_path: Path) -> None:
    terminal = opened()
    before = terminal.attributes()
    terminal.until("ready")
    assert terminal.attributes() != before

    for size in [(1, 1), (200, 60), (2, 3), (8, 50), (300, 4)] * 30:
        terminal.resize(*size)
    terminal.resize(100, 30)
    terminal.press(b"/ask after the storm")
    terminal.until("storm")

    process = psutil.Process(terminal.pid)
    process.send_signal(signal.SIGTSTP)
    until(lambda: process.status() == psutil.STATUS_STOPPED)
    terminal.shown = b""
    process.send_signal(signal.SIGCONT)
    terminal.until("storm")
    terminal.press(b" and the stop")
    terminal.until("stop")

    family = children(terminal.pid)
    assert family, "the model runs in a process of its own"
    process.send_signal(signal.SIGTERM)
    assert terminal.ended() == 128 + signal.SIGTERM
    assert ALTERNATE_OFF in terminal.shown
    assert terminal.attributes() == before
    until(lambda: not alive(family))
    assert not list(tmp_path.rglob("journal.json"))


@pytest.mark.parametrize("controls", [True, False], ids=["with a signal", "without one"])
def test_a_terminal_that_goes_away_ends_it_with_all_its_children(
    opened: Open, tmp_path: Path, controls: bool
) -> None:
    """A check runs in its sandbox, and a model is loaded."""
    mark = f"hang-{time.monotonic_ns()}"
    check = parse_command(f"python -c 'import time; time.sleep(600)' {mark}")
    root = (tmp_path / "project").resolve()
    Consents(tmp_path / "state").grant(root, check, confinement=detect())
    terminal = opened(controls=controls, ASSISTANT_CHECK=check.text)
    terminal.until("ready")
    terminal.press(b"/fix\r")
    until(lambda: terminal.drawn() and alive_with(mark))
    family = children(terminal.pid)
    terminal.hang_up()
    terminal.gone()
    until(lambda: not alive(family))
    assert not list(tmp_path.rglob("journal.json"))
    assert list((tmp_path / "state" / "sessions").rglob("*.jsonl")), "what happened is stored"


@pytest.mark.parametrize(
    "variables",
    [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}],
    ids=["dumb", "no colour", "C"],
)
def test_it_works_where_the_terminal_knows_little(opened: Open, variables: dict[str, str]) -> None:
    terminal = opened(**variables)
    terminal.until("ready")
    if "NO_COLOR" in variables:
        assert b"\x1b[38;2" not in terminal.shown
    terminal.press(CTRL_Q)
    assert terminal.ended() == 0
    assert b"Traceback" not in terminal.shown


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_it_survives_a_detached_tmux_and_ends_with_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    project = make_small_project(tmp_path / "project")
    socket = tmp_path / "tmux"

    def tmux(*arguments: str) -> str:
        command = ["tmux", "-S", str(socket), "-f", os.devnull, *arguments]
        done = subprocess.run(command, env=environment, cwd=project, capture_output=True, text=True)
        return done.stdout

    tmux("new-session", "-d", "-x", "100", "-y", "30", *PROGRAM)
    try:
        until(lambda: "ready" in tmux("capture-pane", "-p"), 60)
        program = psutil.Process(int(tmux("list-panes", "-F", "#{pane_pid}")))
        tmux("resize-window", "-x", "60", "-y", "15")
        tmux("send-keys", "-l", "/ask inside")
        until(lambda: "inside" in tmux("capture-pane", "-p"))
        family = [program, *program.children(recursive=True)]
        assert len(family) > 1
    finally:
        tmux("kill-server")
    until(lambda: not alive(family))
