"""Commands run on a scratch copy, limited and confined, and do not change the repository."""

import json
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from assistant.checks import sandbox
from assistant.checks.commands import CheckCommand, parse_command
from assistant.checks.runner import CheckRunner
from assistant.errors import Cancelled, CheckError
from tests.checks.running import Flag, alive_with, contents, run

HOWS = ["limits only"]


if sandbox.bubblewrap():
    HOWS.append("bubblewrap")


if sandbox.namespaces():
    HOWS.append("namespaces")


def test_a_failing_command_is_an_ordinary_result(runner: CheckRunner) -> None:
    result = run(runner, "import sys; print('out', flush=True); sys.exit('err')")
    assert (result.exit_code, result.passed, result.output) == (1, False, "out\nerr\n")


def test_a_command_killed_by_a_signal_has_a_negative_exit_code(runner: CheckRunner) -> None:
    assert run(runner, "import os; os.kill(os.getpid(), 11)").exit_code == -11


def test_paths_in_the_output_refer_to_the_repository(runner: CheckRunner, repo: Path) -> None:
    result = run(runner, "import os; print(os.getcwd())")
    assert result.output == f"{repo}\n"


def test_a_hanging_command_ends_at_the_timeout(runner: CheckRunner) -> None:
    started = time.monotonic()
    result = run(runner, "print('before', flush=True)\nwhile True: pass", timeout=0.5)
    assert result.timed_out
    assert not result.passed
    assert time.monotonic() - started < 10


def test_a_cancel_ends_the_run(runner: CheckRunner) -> None:
    flag = Flag()
    timer = threading.Timer(0.3, lambda: setattr(flag, "is_set", True))
    timer.start()
    command = CheckCommand(("python", "-c", "while True: pass"), "given")
    with pytest.raises(Cancelled):
        runner.run(command, {}, flag, timeout=60)
    timer.join()


def test_a_cancel_before_the_run_copies_nothing(runner: CheckRunner) -> None:
    with pytest.raises(Cancelled):
        runner.run(parse_command("python -c 1"), {}, Flag(True), timeout=60)


def test_a_daemon_left_behind_is_killed(runner: CheckRunner) -> None:
    mark = f"daemon-{os.getpid()}-{time.monotonic_ns()}"
    code = f"""
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", {mark!r}])
    os._exit(0)
os.wait()
"""
    assert run(runner, code, timeout=20).passed
    assert alive_with(mark) == []


def test_all_child_processes_are_killed_at_the_timeout(runner: CheckRunner) -> None:
    mark = f"tree-{os.getpid()}-{time.monotonic_ns()}"
    code = f"""
import os, sys
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        os.execv(sys.executable, [sys.executable, "-c", "while True: pass", {mark!r}])
while True: pass
"""
    assert run(runner, code, timeout=1).timed_out
    assert alive_with(mark) == []


def test_long_output_keeps_its_head_and_tail(runner: CheckRunner) -> None:
    code = (
        "import sys; print('first');"
        "[sys.stdout.write('x' * 1_000_000) for _ in range(64)]; print('last')"
    )
    result = run(runner, code)
    assert result.passed
    assert result.truncated
    assert result.output.startswith("first\n")
    assert result.output.endswith("last\n")
    assert len(result.output) < 1_000_000
    assert "bytes left out" in result.output


def test_short_output_is_complete(runner: CheckRunner) -> None:
    result = run(runner, "print('x' * 200_000)")
    assert result.output == "x" * 200_000 + "\n"
    assert not result.truncated


def test_undecodable_bytes_are_replaced(runner: CheckRunner) -> None:
    assert run(runner, r"import os; os.write(1, b'\xff ok')").output == "\ufffd ok"


def test_standard_input_is_empty(runner: CheckRunner) -> None:
    assert run(runner, "print(repr(input()))").exit_code == 1


def test_a_command_may_delete_its_working_folder(runner: CheckRunner, repo: Path) -> None:
    before = contents(repo)
    run(runner, "import os, shutil; shutil.rmtree(os.getcwd(), ignore_errors=True)")
    assert contents(repo) == before
    assert run(runner, "print(open('value.py').read())").output == "VALUE = 1\n\n"


def test_the_environment_contains_no_secrets(
    runner: CheckRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "hunter2")
    code = "import os, json; print(json.dumps(dict(os.environ)))"
    seen = json.loads(run(runner, code).output)
    assert "hunter2" not in seen.values()
    assert seen["PYTHONDONTWRITEBYTECODE"] == "1"


def test_memory_is_limited(runner: CheckRunner) -> None:
    assert "MemoryError" in run(runner, "bytearray(10 ** 13)").output


def test_the_number_of_processes_is_limited(runner: CheckRunner) -> None:
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_NPROC)[1])"
    assert 4096 <= int(run(runner, code).output) < 4096 + 100_000


def test_the_size_of_a_file_is_limited(
    runner: CheckRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_FILE_BYTES", 1 << 20)
    code = "import signal; signal.signal(25, 1); open('big', 'wb').write(bytes(1 << 21))"
    assert "File too large" in run(runner, code).output


def test_an_unknown_program_is_an_error_with_a_hint(runner: CheckRunner) -> None:
    with pytest.raises(CheckError) as caught:
        runner.run(parse_command("no-such-program-here"), {}, Flag(), timeout=1)
    assert caught.value.hint


def test_a_program_that_cannot_start_is_an_error(repo: Path) -> None:
    script = repo / "broken"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    runner = CheckRunner(repo, confinement="limits only")
    with pytest.raises(CheckError, match="cannot be started"):
        runner.run(parse_command("./broken"), {}, Flag(), timeout=5)
    runner.close()


def test_a_repository_script_runs_from_the_copy(runner: CheckRunner, repo: Path) -> None:
    script = repo / "check.sh"
    script.write_text("#!/bin/sh\ncat value.py\n")
    script.chmod(0o755)
    result = runner.run(parse_command("./check.sh"), {"value.py": b"new\n"}, Flag(), timeout=20)
    assert result.output == "new\n"


def test_hostile_git_configuration_runs_nothing(
    runner: CheckRunner, repo: Path, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "filter.x.clean", "filter.x.smudge", "diff.external"):
        subprocess.run(["git", "-C", str(repo), "config", key, str(trap)], check=True)
    (repo / ".gitattributes").write_text("* filter=x\n")
    assert run(runner, "pass").passed
    assert not (tmp_path / "sprung").exists()


def test_a_shell_command_does_what_it_would_in_a_terminal(runner: CheckRunner, repo: Path) -> None:
    (repo / "sub").mkdir()
    (repo / "sub" / "here.txt").write_text("found\n")
    command = parse_command('cd sub && SIZE=1 cat *.txt | tr a-z A-Z; echo $SIZE"end"')
    result = runner.run(command, {}, Flag(), timeout=30)
    assert (result.output, result.exit_code) == ("FOUND\nend\n", 0)
    failed = runner.run(parse_command("false || cd none"), {}, Flag(), timeout=30)
    assert failed.exit_code == 2
    assert "none" in failed.output
