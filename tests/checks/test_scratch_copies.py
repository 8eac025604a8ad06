"""What is in the copy that a check runs in, and what stays of it."""

import os
import subprocess
from pathlib import Path

import pytest

from assistant.checks.commands import CheckCommand
from assistant.checks.runner import CheckRunner
from assistant.errors import CheckError, RepositoryError
from tests.checks.running import Flag, contents, run


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
