"""Tests of a repository that misbehave, in every confinement that works on this machine."""

import os
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.checks import sandbox
from assistant.checks.runner import CheckRunner
from tests.checks.conftest import repo as checked
from tests.checks.running import alive_with, run
from tests.hostile.kit import untouched

__all__ = ["checked"]

HOWS = [how for how in ("bubblewrap", "namespaces") if getattr(sandbox, how)()]
isolated = pytest.mark.skipif(not HOWS, reason="no sandbox works on this machine")


@pytest.fixture(params=HOWS or ["limits only"])
def runner(request: pytest.FixtureRequest, checked: Path) -> Iterator[CheckRunner]:
    made = CheckRunner(checked, confinement=request.param)
    yield made
    made.close()


def test_a_gigabyte_of_output_takes_little_memory(runner: CheckRunner) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = "import os\nfor _ in range(1024): os.write(1, b'x' * (1 << 20))\nprint('last')"
    result = run(runner, code, timeout=120)
    assert result.passed
    assert result.truncated
    assert result.output.endswith("last\n")
    assert len(result.output) < 1_000_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200_000, "KiB"


@isolated
def test_removing_the_repository_and_its_git_folder_does_nothing(
    runner: CheckRunner, checked: Path
) -> None:
    code = (
        f"import os, shutil\nshutil.rmtree({str(checked)!r}, ignore_errors=True)\n"
        f"os.makedirs({str(checked / '.git')!r}, exist_ok=True)\n"
        f"open({str(checked / '.git' / 'HEAD')!r}, 'w').write('x')\n"
        f"os.system('rm -rf {checked} {checked}/.git')"
    )
    with untouched(checked):
        run(runner, code, timeout=60)


@isolated
def test_keys_agents_and_the_network_are_out_of_reach(
    runner: CheckRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "me"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text("a key")
    agent = home / "agent"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    monkeypatch.chdir(home)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("agent")
        server.listen()
        code = f"""
import os, socket
print("SSH_AUTH_SOCK" in os.environ)
for path in ({str(home / ".ssh" / "id_ed25519")!r}, os.path.expanduser("~/.ssh/id_ed25519")):
    try:
        print(open(path).read())
    except OSError as error:
        print(error.errno)
for family, address in ((socket.AF_UNIX, {str(agent)!r}), (socket.AF_INET, ("192.0.2.1", 9))):
    try:
        socket.socket(family).connect(address)
        print("connected")
    except OSError as error:
        print("refused")
"""
        output = run(runner, code).output
    assert output.split() == ["False", "2", "2", "refused", "refused"]


def test_a_daemon_that_closes_everything_and_renames_itself_is_gone(runner: CheckRunner) -> None:
    mark = f"daemon-{os.getpid()}-{time.monotonic_ns()}"
    code = f"""
import os, signal, sys
if os.fork() == 0:
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        os.closerange(0, 64)
        os.chdir("/")
        command = [sys.executable, "-c", "import time; time.sleep(600)", {mark!r}]
        os.execv(sys.executable, command)
    os._exit(0)
os.wait()
"""
    began = time.monotonic()
    assert run(runner, code, timeout=60).passed
    assert time.monotonic() - began < 50
    assert alive_with(mark) == []
