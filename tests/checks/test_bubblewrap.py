"""What bubblewrap keeps from a command, and what limits alone do."""

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from assistant.checks import sandbox
from assistant.checks.commands import CheckCommand, parse_command
from assistant.checks.runner import CheckRunner
from tests.checks.running import Flag, alive_with, contents, run

needs_bubblewrap = pytest.mark.skipif(not sandbox.bubblewrap(), reason="needs bubblewrap")


@needs_bubblewrap
def test_bubblewrap_refuses_the_network(repo: Path) -> None:
    confined = CheckRunner(repo, confinement="bubblewrap")
    open_ = CheckRunner(repo, confinement="limits only")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert run(open_, code).passed
        assert "Connection refused" in run(confined, code).output
    far = "import socket; socket.create_connection(('192.0.2.1', 9), 2)"
    assert "unreachable" in run(confined, far).output
    confined.close()
    open_.close()


@needs_bubblewrap
def test_bubblewrap_refuses_writing_outside(repo: Path, tmp_path: Path) -> None:
    before = contents(repo)
    runner = CheckRunner(repo, confinement="bubblewrap")
    for target in ("/etc/assistant-was-here", "/usr/assistant-was-here"):
        assert "Read-only file system" in run(runner, f"open({target!r}, 'w')").output
    run(runner, f"open({str(tmp_path / 'x')!r}, 'w')")
    run(
        runner, f"import os; os.makedirs({str(repo / '.git')!r}); open('.git/HEAD', 'w').write('x')"
    )
    assert not (tmp_path / "x").exists()
    assert contents(repo) == before
    runner.close()


@needs_bubblewrap
def test_bubblewrap_hides_the_home(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "me"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text("key")
    monkeypatch.setenv("HOME", str(home))
    runner = CheckRunner(repo, confinement="bubblewrap")
    code = "import os; print(os.path.expanduser('~'), os.path.exists(os.path.expanduser('~/.ssh')))"
    assert run(runner, code).output == f"{home} False\n"
    runner.close()


@needs_bubblewrap
@pytest.mark.parametrize("home", ["/", "/nonexistent/home"])
def test_bubblewrap_works_without_a_home(
    repo: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("HOME", home)
    runner = CheckRunner(repo, confinement="bubblewrap")
    code = "import os; print(os.listdir(os.environ['HOME']))"
    assert run(runner, code).output == "[]\n"
    runner.close()


@needs_bubblewrap
def test_a_long_argument_is_no_path(repo: Path) -> None:
    runner = CheckRunner(repo, confinement="bubblewrap")
    command = CheckCommand(("python", "-c", "print(1)", "/" + "x" * 5000), "given")
    assert runner.run(command, {}, Flag(), timeout=20).output == "1\n"
    runner.close()


@needs_bubblewrap
def test_a_fork_bomb_ends_at_the_timeout(repo: Path) -> None:
    runner = CheckRunner(repo, confinement="bubblewrap")
    mark = f"bomb-{time.monotonic_ns()}"
    code = "import os, time\nfor _ in range(7): os.fork()\ntime.sleep(60)"
    command = CheckCommand((sys.executable, "-c", code, mark), "given")
    assert runner.run(command, {}, Flag(), timeout=1).timed_out
    assert alive_with(mark) == []
    runner.close()


@pytest.mark.skipif(os.getuid() == 0, reason="root has no limit of processes")
def test_a_fork_bomb_meets_the_limit_of_processes(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_PROCESSES", 64)
    runner = CheckRunner(repo, confinement="limits only")
    command = parse_command("sh -c 'b() { b | b & }; b; sleep 60'")
    result = runner.run(command, {}, Flag(), timeout=1)
    assert result.timed_out
    assert "fork" in result.output
    runner.close()
