"""Commands run on a scratch copy, limited and confined, and do not change the repository."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.checks import sandbox
from assistant.checks.commands import CheckCommand, parse_command
from assistant.checks.runner import CheckRunner
from assistant.errors import Cancelled, CheckError, RepositoryError
from tests.checks.running import Flag, alive_with, contents, run

HOWS = ["limits only"]
if sandbox.bubblewrap():
    HOWS.append("bubblewrap")
if sandbox.namespaces():
    HOWS.append("namespaces")


@pytest.fixture(params=HOWS)
def runner(request: pytest.FixtureRequest, repo: Path) -> Iterator[CheckRunner]:
    made = CheckRunner(repo, confinement=request.param)
    yield made
    made.close()


def test_the_overlay_is_applied_to_the_working_tree(runner: CheckRunner, repo: Path) -> None:
    before = contents(repo)
    code = (
        "import os;print(open('value.py').read(), os.path.exists('data.txt'), open('n/new').read())"
    )
    overlay = {"value.py": b"VALUE = 2\n", "data.txt": None, "n/new": b"hello"}
    result = run(runner, code, overlay)
    assert result.passed
    assert result.output == "VALUE = 2\n False hello\n"
    assert result.sandbox == runner.confinement
    assert contents(repo) == before


def test_each_run_starts_from_the_working_tree(runner: CheckRunner, repo: Path) -> None:
    spoil = (
        "import os, shutil, pathlib; pathlib.Path('value.py').write_text('VALUE = 3\\n');"
        "os.remove('data.txt'); os.mkdir('left'); os.symlink('/', 'left/out'); os.chmod('left', 0);"
        "pathlib.Path('extra.py').write_text('x')"
    )
    assert run(runner, spoil, {"value.py": b"VALUE = 2\n"}).passed
    (repo / "later.txt").write_text("added meanwhile\n")
    show = (
        "import os;print(sorted(os.listdir('.')), open('value.py').read(), open('data.txt').read())"
    )
    output = run(runner, show).output
    assert output.startswith(
        "['.gitignore', 'data.txt', 'later.txt', 'value.py'] VALUE = 1\n one\n"
    )


def test_links_left_by_a_command_are_not_followed(runner: CheckRunner, repo: Path) -> None:
    (repo / "pkg").mkdir()
    (repo / "pkg" / "kept.txt").write_text("kept\n")
    before = contents(repo)
    swap = f"import os, shutil; shutil.rmtree('pkg'); os.symlink({str(repo / 'pkg')!r}, 'pkg')"
    assert run(runner, swap).passed
    assert run(runner, "print(open('pkg/kept.txt').read())").output == "kept\n\n"
    assert contents(repo) == before


def test_ignored_files_are_left_out_and_dependencies_are_visible(
    runner: CheckRunner, repo: Path
) -> None:
    site = repo / ".venv" / "lib"
    site.mkdir(parents=True)
    (repo / ".venv" / "pyvenv.cfg").write_text("")
    (site / "module.py").write_text("here\n")
    code = "import os; print(os.path.exists('ignored.txt'), open('.venv/lib/module.py').read())"
    assert run(runner, code).output == "False here\n\n"


def test_tracked_dependencies_are_copied_as_sources(runner: CheckRunner, repo: Path) -> None:
    (repo / "vendor" / "lib").mkdir(parents=True)
    (repo / "vendor" / "modules.txt").write_text("")
    (repo / "vendor" / "lib" / "a.txt").write_text("old")
    subprocess.run(["git", "-C", str(repo), "add", "vendor"], check=True)
    result = run(runner, "print(open('vendor/lib/a.txt').read())", {"vendor/lib/a.txt": b"new"})
    assert result.output == "new\n"


def test_a_nested_repository_is_visible(runner: CheckRunner, repo: Path) -> None:
    subprocess.run(["git", "init", "-q", str(repo / "inner")], check=True)
    (repo / "inner" / "a.txt").write_text("inside")
    assert run(runner, "print(open('inner/a.txt').read())").output == "inside\n"


def test_generated_sources_are_copied_and_caches_are_not(runner: CheckRunner, repo: Path) -> None:
    (repo / ".gitignore").write_text("_version.py\n*.so\n__pycache__/\n*.md\n*.txt\n!data.txt\n")
    for name in ("_version.py", "fast.so", "notes.md", "__pycache__/a.py"):
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text("")
    names = run(runner, "import os; print(sorted(os.listdir('.')))").output
    assert names == "['.gitignore', '_version.py', 'data.txt', 'fast.so', 'value.py']\n"


@pytest.mark.parametrize("name", [b"new\nline", b"-x", b":(glob)*", b"[b", b"no-utf8-\xff"])
def test_files_with_unusual_names_are_copied(runner: CheckRunner, repo: Path, name: bytes) -> None:
    (repo / os.fsdecode(name)).write_text("here")
    code = f"import os; print(os.path.exists({name!r}), open('value.py').read())"
    assert run(runner, code, {"value.py": b""}).output == "True \n"
    assert run(runner, code, {os.fsdecode(name): None}).output == "False VALUE = 1\n\n"


def test_a_deleted_file_is_not_in_the_copy(runner: CheckRunner, repo: Path) -> None:
    subprocess.run(["git", "-C", str(repo), "add", "."], check=True)
    (repo / "data.txt").unlink()
    assert run(runner, "import os; print(os.path.exists('data.txt'))").output == "False\n"


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


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", ".git/config", ".GIT/x", "a/../../x", "", "a//b"]
)
def test_an_overlay_path_outside_the_tree_is_refused(runner: CheckRunner, path: str) -> None:
    with pytest.raises(CheckError, match="outside"):
        run(runner, "pass", {path: b""})


def test_an_overlay_path_through_a_link_is_refused(
    runner: CheckRunner, repo: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (repo / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(CheckError, match="symbolic link"):
        run(runner, "pass", {"link/x": b"escaped"})
    assert list((tmp_path / "outside").iterdir()) == []


def test_an_absolute_link_into_the_repository_points_to_the_copy(
    runner: CheckRunner, repo: Path
) -> None:
    (repo / "alias").symlink_to(repo / "data.txt")
    assert run(runner, "open('alias', 'w').write('spoilt')").passed
    assert (repo / "data.txt").read_text() == "one\n"


def test_a_folder_without_a_repository_is_an_error(tmp_path: Path) -> None:
    runner = CheckRunner(tmp_path)
    with pytest.raises(RepositoryError, match="ls-files"):
        run(runner, "pass")
    runner.close()


def test_a_full_disk_is_an_error_with_a_hint(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", refuse)
    runner = CheckRunner(repo)
    with pytest.raises(CheckError, match="No space left") as caught:
        run(runner, "pass")
    assert caught.value.hint
    runner.close()


def test_a_tree_that_is_too_large_is_refused(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.checks.scratch._MAX_BYTES", 3)
    runner = CheckRunner(repo)
    with pytest.raises(CheckError, match="too large"):
        run(runner, "pass")
    runner.close()


def test_close_removes_the_copy(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    runner = CheckRunner(repo)
    run(runner, "import os; os.mkdir('locked'); open('locked/x', 'w'); os.chmod('locked', 0)")
    assert list(tmp_path.glob("assistant-check-*"))
    runner.close()
    assert not list(tmp_path.glob("assistant-check-*"))


def test_scratch_copies_of_killed_processes_are_removed(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    living = CheckRunner(repo)
    run(living, "pass")
    (held,) = tmp_path.glob("assistant-check-*")
    abandoned = tmp_path / "assistant-check-abandoned"
    fresh = tmp_path / "assistant-check-fresh"
    (abandoned / "tree").mkdir(parents=True)
    fresh.mkdir()
    for folder in (held, abandoned):
        os.utime(folder, (0, 0))
    other = CheckRunner(repo)
    run(other, "pass")
    assert (held.exists(), abandoned.exists(), fresh.exists()) == (True, False, True)
    living.close()
    other.close()


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


def test_a_kept_folder_has_what_the_last_run_left_and_other_runs_do_not_see_it(
    runner: CheckRunner, repo: Path
) -> None:
    count = CheckCommand(
        (
            *("python", "-I", "-S", "-c"),
            "import pathlib; f = pathlib.Path('caches/n'); n = f.exists() and f.read_text();"
            "print(n); f.write_text(f'{n}+')",
        ),
        "given",
    )
    seen = [runner.run(count, {}, Flag(), timeout=30, kept="caches").output for _ in range(3)]
    assert [each.strip() for each in seen] == ["False", "False+", "False++"]
    assert run(runner, "import os; print(os.path.exists('caches'))").output.strip() == "False"
    assert not (repo / "caches").exists()


def test_a_kept_folder_that_became_a_link_is_forgotten(runner: CheckRunner, repo: Path) -> None:
    before = contents(repo)
    code = f"import os; os.rmdir('caches'); os.symlink({str(repo)!r}, 'caches')"
    link = CheckCommand(("python", "-I", "-S", "-c", code), "given")
    assert runner.run(link, {}, Flag(), timeout=30, kept="caches").passed
    show = "import os; print(os.path.islink('caches'), os.listdir('caches'))"
    command = CheckCommand(("python", "-I", "-S", "-c", show), "given")
    again = runner.run(command, {}, Flag(), timeout=30, kept="caches")
    assert again.output.strip() == "False []"
    assert contents(repo) == before


def test_a_folder_of_the_repository_is_not_taken_for_a_kept_one(
    runner: CheckRunner, repo: Path
) -> None:
    (repo / "caches").mkdir()
    (repo / "caches" / "n").write_text("mine\n")
    spoil = CheckCommand(
        ("python", "-I", "-S", "-c", "import pathlib; pathlib.Path('caches/n').write_text('x')"),
        "given",
    )
    for _ in range(2):
        assert runner.run(spoil, {}, Flag(), timeout=30, kept="caches").passed
    assert run(runner, "print(open('caches/n').read())").output == "mine\n\n"
