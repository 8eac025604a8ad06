"""What the sandbox denies a command, and what resource limits alone achieve."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from assistant.checks import sandbox
from assistant.checks.commands import CheckCommand, parse_command
from assistant.checks.results import CommandResult
from assistant.checks.runner import CheckRunner
from assistant.checks.supervisor import _KEYCTL
from assistant.headless.scratch import make_repository
from tests.checks.running import Flag, alive_with, contents, run

HOWS: list[sandbox.Confinement] = []
if sandbox.bubblewrap():
    HOWS.append("bubblewrap")
if sandbox.namespaces():
    HOWS.append("namespaces")

ALL = ("--ro-bind", "/", "/")

isolated = pytest.mark.parametrize("how", HOWS)


@isolated
def test_the_network_is_not_accessible(repo: Path, how: sandbox.Confinement) -> None:
    confined = CheckRunner(repo, confinement=how)
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


@isolated
def test_writing_outside_is_refused(repo: Path, tmp_path: Path, how: sandbox.Confinement) -> None:
    before = contents(repo)
    runner = CheckRunner(repo, confinement=how)
    for target in ("/etc/assistant-was-here", "/usr/assistant-was-here"):
        assert "Read-only file system" in run(runner, f"open({target!r}, 'w')").output
    run(runner, f"open({str(tmp_path / 'x')!r}, 'w')")
    run(
        runner, f"import os; os.makedirs({str(repo / '.git')!r}); open('.git/HEAD', 'w').write('x')"
    )
    assert not (tmp_path / "x").exists()
    assert contents(repo) == before
    runner.close()


@isolated
def test_the_home_folder_is_hidden(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: sandbox.Confinement
) -> None:
    home = tmp_path / "me"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text("key")
    monkeypatch.setenv("HOME", str(home))
    runner = CheckRunner(repo, confinement=how)
    code = "import os; print(os.path.expanduser('~'), os.path.exists(os.path.expanduser('~/.ssh')))"
    assert run(runner, code).output == f"{home} False\n"
    runner.close()


@isolated
@pytest.mark.parametrize("home", ["/", "/nonexistent/home"])
def test_the_sandbox_works_without_a_home_folder(
    repo: Path, monkeypatch: pytest.MonkeyPatch, home: str, how: sandbox.Confinement
) -> None:
    monkeypatch.setenv("HOME", home)
    runner = CheckRunner(repo, confinement=how)
    code = "import os; print(os.listdir(os.environ['HOME']))"
    assert run(runner, code).output == "[]\n"
    runner.close()


@isolated
def test_a_long_argument_is_not_treated_as_a_path(repo: Path, how: sandbox.Confinement) -> None:
    runner = CheckRunner(repo, confinement=how)
    command = CheckCommand(("python", "-c", "print(1)", "/" + "x" * 5000), "given")
    assert runner.run(command, {}, Flag(), timeout=20).output == "1\n"
    runner.close()


@isolated
def test_a_fork_bomb_ends_at_the_timeout(repo: Path, how: sandbox.Confinement) -> None:
    runner = CheckRunner(repo, confinement=how)
    mark = f"bomb-{time.monotonic_ns()}"
    code = "import os, time\nfor _ in range(7): os.fork()\ntime.sleep(60)"
    command = CheckCommand((sys.executable, "-c", code, mark), "given")
    assert runner.run(command, {}, Flag(), timeout=1).timed_out
    assert alive_with(mark) == []
    runner.close()


@isolated
def test_other_processes_are_not_visible(repo: Path, how: sandbox.Confinement) -> None:
    runner = CheckRunner(repo, confinement=how)
    code = "import os; print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit())[-1] < 50)"
    assert run(runner, code).output == "True\n"
    runner.close()


@isolated
def test_the_loopback_interface_works(repo: Path, how: sandbox.Confinement) -> None:
    runner = CheckRunner(repo, confinement=how)
    code = (
        "import socket; server = socket.create_server(('127.0.0.1', 0));"
        "socket.create_connection(server.getsockname()); print('heard')"
    )
    assert run(runner, code).output == "heard\n"
    runner.close()


@isolated
def test_only_harmless_devices_exist(repo: Path, how: sandbox.Confinement) -> None:
    runner = CheckRunner(repo, confinement=how)
    code = (
        "import os; found = set(os.listdir('/dev')); print(sorted(found - {'core', 'console'}));"
        "open('/dev/null', 'w').write('x'); print(len(open('/dev/urandom', 'rb').read(4)));"
        "os.openpty(); open('/dev/shm/x', 'w').close()"
    )
    first, second = run(runner, code).output.splitlines()
    names = "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"
    assert first == str(names.split())
    assert second == "4"
    runner.close()


@isolated
def test_privileges_cannot_be_gained(repo: Path, how: sandbox.Confinement) -> None:
    runner = CheckRunner(repo, confinement=how)
    code = (
        "print(*(line.split()[1].strip('0') or 'none' for line in open('/proc/self/status')"
        " if line.startswith(('CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs'))))"
    )
    assert run(runner, code).output == "none none none none 1\n"
    runner.close()


@isolated
@pytest.mark.parametrize("unshared", [0, 0x10000000 | 0x20000])
@pytest.mark.parametrize("undone", ["umount({home!r})", "remount(b'/')"])
def test_hidden_folders_cannot_be_revealed(
    repo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: sandbox.Confinement,
    undone: str,
    unshared: int,
) -> None:
    home = tmp_path / "me"
    home.mkdir()
    (home / "key").write_text("key")
    monkeypatch.setenv("HOME", str(home))
    runner = CheckRunner(repo, confinement=how)
    code = f"""
import ctypes, os
libc = ctypes.CDLL(None)
uid, gid = os.getuid(), os.getgid()
libc.unshare({unshared})  # users and mounts of its own give all rights over what is seen
umount = lambda path: libc.umount2(path.encode(), 2)
remount = lambda path: libc.mount(None, path, None, 0x1000 | 0x20, None)
print({undone.format(home=str(home))}, os.path.exists({str(home / "key")!r}))
try:
    open("/etc/assistant-was-here", "w")
except OSError:
    print("no")
"""
    assert run(runner, code).output == "-1 False\nno\n"
    runner.close()


@isolated
def test_a_signal_is_reported(repo: Path, how: sandbox.Confinement) -> None:
    runner = CheckRunner(repo, confinement=how)
    result = run(runner, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert result.exit_code == -9
    assert run(runner, "raise SystemExit(3)").exit_code == 3
    runner.close()


@isolated
def test_system_settings_are_read_only(repo: Path, how: sandbox.Confinement) -> None:
    """Root can write them without any capability."""
    path = "/proc/sys/kernel/printk_ratelimit_burst"
    if not Path(path).exists():
        pytest.skip("a kernel without that setting")
    runner = CheckRunner(repo, confinement=how)
    assert "Errno" in run(runner, f"open({path!r}, 'r+')").output
    runner.close()


@isolated
def test_nested_namespaces_are_not_available(repo: Path, how: sandbox.Confinement) -> None:
    """In one, control groups could be mounted writable and outside processes killed."""
    if how == "bubblewrap" and "--disable-userns" not in sandbox.bubblewrap():
        pytest.skip("bubblewrap is older than 0.8")
    runner = CheckRunner(repo, confinement=how)
    code = "import ctypes; print(ctypes.CDLL(None).unshare(0x10000000))"
    assert run(runner, code).output == "-1\n"
    runner.close()


@isolated
def test_the_users_keyring_is_not_visible(repo: Path, how: sandbox.Confinement) -> None:
    keyctl = _KEYCTL.get(os.uname().machine, 0)
    code = (
        "import ctypes; libc = ctypes.CDLL(None);"
        f"print(libc.syscall({keyctl}, 10, -3, b'user', b'assistant-test', 0) > 0)"
    )
    libc = ctypes.CDLL(None)
    add = {"x86_64": 248, "aarch64": 217}.get(os.uname().machine, 0)
    if libc.syscall(add, b"user", b"assistant-test", b"secret", 6, -3) <= 0:
        pytest.skip("no keyring on this machine")
    outside = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    runner = CheckRunner(repo, confinement=how)
    assert (outside.stdout, run(runner, code).output) == ("True\n", "False\n")
    runner.close()


@isolated
@pytest.mark.parametrize("script", ["check.sh", "tools/check.sh"])
def test_the_folder_around_a_script_is_not_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: sandbox.Confinement, script: str
) -> None:
    root = tmp_path / "me" / "code" / "repo"
    (root / "tools").mkdir(parents=True)
    (root.parent / "other").mkdir()
    (root.parent / "other" / "key").write_text("secret")
    (root / script).write_text(f"#!/bin/sh\ncat {root.parent}/other/key; cat ../other/key\n")
    (root / script).chmod(0o755)
    make_repository(root)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    runner = CheckRunner(root, confinement=how)
    result = runner.run(parse_command(f"./{script}"), {}, Flag(), timeout=30)
    assert "No such file" in result.output
    assert "secret" not in result.output
    runner.close()


@isolated
def test_a_shim_finds_its_program(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: sandbox.Confinement
) -> None:
    """Version managers install shims: scripts that call another of their programs."""
    manager = tmp_path / "me" / ".manager"
    for name, text in (
        ("shims/check", f"exec {manager}/libexec/real"),
        ("libexec/real", "echo ran"),
    ):
        path = manager / name
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    monkeypatch.setenv("HOME", str(manager.parent))
    runner = CheckRunner(repo, confinement=how)
    for command in (f"{manager}/shims/check", f"env A=1 {manager}/shims/check"):
        assert runner.run(parse_command(command), {}, Flag(), timeout=30).output == "ran\n"
    runner.close()


@isolated
@pytest.mark.parametrize("folder", ["scripts", "bin"])
def test_a_program_in_the_users_home_runs(
    repo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: sandbox.Confinement,
    folder: str,
) -> None:
    scripts = tmp_path / "me" / folder
    scripts.mkdir(parents=True)
    (scripts / "check").write_text("#!/bin/sh\necho ran; ls ..\n")
    (scripts / "check").chmod(0o755)
    (scripts.parent / "private").touch()
    monkeypatch.setenv("HOME", str(scripts.parent))
    runner = CheckRunner(repo, confinement=how)
    output = runner.run(parse_command(f"{scripts}/check"), {}, Flag(), timeout=30).output
    assert output.startswith("ran\n")
    assert "private" not in output
    runner.close()


@isolated
def test_a_test_that_fails_cannot_end_the_sandbox_with_success(
    repo: Path, how: sandbox.Confinement
) -> None:
    runner = CheckRunner(repo, confinement=how)
    code = (
        "import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(0.2)\n"
        "raise SystemExit(7)"
    )
    assert run(runner, code).exit_code == 7
    runner.close()


@isolated
def test_programs_start_with_default_signal_handlers(repo: Path, how: sandbox.Confinement) -> None:
    runner = CheckRunner(repo, confinement=how)
    command = parse_command("sh -c 'grep SigIgn /proc/self/status'")
    output = runner.run(command, {}, Flag(), timeout=30).output
    ignored = int(output.split()[1], 16)
    # Other signals may be ignored by the process that started the tests.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        assert not ignored & 1 << (number - 1)
    runner.close()


def _is_python(pid: int) -> bool:
    """True when the process is the command itself, not its sandbox."""
    return psutil.Process(pid).cmdline()[:2] == [sys.executable, "-c"]


@isolated
def test_no_process_is_left_when_the_supervisor_is_killed(
    repo: Path, how: sandbox.Confinement
) -> None:
    runner = CheckRunner(repo, confinement=how)
    mark = f"orphan-{time.monotonic_ns()}"
    code = "import sys, time; print('up', flush=True); time.sleep(60)"
    command = CheckCommand((sys.executable, "-c", code, mark), "given")
    results: list[CommandResult] = []
    running = threading.Thread(
        target=lambda: results.append(runner.run(command, {}, Flag(), timeout=60))
    )
    running.start()
    deadline = time.monotonic() + 30
    started: list[int] = []
    while time.monotonic() < deadline and not any(map(_is_python, started)):
        started = alive_with(mark)
    supervisor = min(started, key=lambda pid: psutil.Process(pid).create_time())
    psutil.Process(supervisor).kill()
    running.join(30)
    while time.monotonic() < deadline and alive_with(mark):
        pass
    assert alive_with(mark) == []
    assert not results[0].passed
    runner.close()


@pytest.mark.skipif(not sandbox.namespaces(), reason="needs user namespaces")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((*ALL, "--ro-bind", "/nonexistent", "/tmp"), "No such file or directory (/nonexistent)"),
        ((*ALL, "--seccomp", "3"), "--seccomp is unknown"),
        ((*ALL, "--bind", "/tmp"), "--bind needs more arguments"),
        ((*ALL, "--ro-bind", "//", "/mnt"), "the root is mounted twice or covered"),
        (("--tmpfs", "/root"), "--ro-bind / / must come first"),
        (("--ro-bind", "/", "/."), "--ro-bind / / must come first"),
    ],
)
def test_nothing_runs_in_an_incomplete_sandbox(options: tuple[str, ...], said: str) -> None:
    script = Path(sandbox.__file__).with_name("namespaces.py")
    words = [sys.executable, "-I", "-S", str(script), *options]
    words += ["--", "/bin/echo", "ran"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"namespaces: {said}\n"


@pytest.mark.skipif(os.getuid() == 0, reason="root has no limit of processes")
def test_a_fork_bomb_hits_the_process_limit(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_PROCESSES", 64)
    runner = CheckRunner(repo, confinement="limits only")
    command = parse_command("sh -c 'b() { b | b & }; b; sleep 60'")
    result = runner.run(command, {}, Flag(), timeout=1)
    assert result.timed_out
    assert "fork" in result.output
    runner.close()
