"""Hostile repositories: their programs must not run, and files outside must not be read."""

import os
import socket
from pathlib import Path

import pytest

from assistant.errors import ContextError, RepositoryError
from assistant.repo.command import Git, find_git, git_environment, safe_path
from assistant.repo.files import FileKind, FileState
from assistant.repo.git import Repository


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a file when it runs."""
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path / 'sprung'}\ncat\n")
    program.chmod(0o755)
    return program


def sprung(trap: Path) -> bool:
    return (trap.parent / "sprung").exists()


def use_everything(root: Path) -> None:
    """Exercise everything that this package does with a repository."""
    repository = Repository.open(root)
    for entry in repository.snapshot(include_ignored=True).files:
        repository.kind(entry.path)
        repository.head(entry.path)
    repository.recency()


@pytest.mark.parametrize(
    "key",
    [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.gitProxy",
        "core.askPass",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "merge.trap.driver",
        "gpg.program",
        "credential.helper",
        "pager.log",
        "pager.ls-files",
        "alias.ls-files",
    ],
)
def test_no_configured_program_runs(committed: Path, git, trap: Path, key: str) -> None:
    (committed / ".gitattributes").write_text("* diff=trap filter=trap merge=trap\n")
    git("add", "-A")
    git("commit", "-qm", "attributes")
    git("config", "log.showSignature", "true")
    git("config", key, str(trap))
    (committed / "a.py").write_text("changed = 1\n")
    os.utime(committed / "sub" / "b.txt", (1, 1))
    use_everything(committed)
    assert not sprung(trap)


def test_git_status_would_spring_the_trap(committed: Path, git, trap: Path) -> None:
    (committed / ".gitattributes").write_text("* filter=trap\n")
    git("config", "filter.trap.clean", str(trap))
    (committed / "a.py").write_text("def g():\n    return 1\n")
    git("status")
    assert sprung(trap)


def test_a_filtered_file_is_compared_by_its_stat_data(committed: Path, git, trap: Path) -> None:
    (committed / ".gitattributes").write_text("*.py filter=trap\n")
    git("config", "filter.trap.clean", str(trap))
    states = {e.path: e.state for e in Repository.open(committed).snapshot().files}
    assert states["a.py"] is FileState.TRACKED
    (committed / "a.py").write_text("longer than it was before\n")
    states = {e.path: e.state for e in Repository.open(committed).snapshot().files}
    assert states["a.py"] is FileState.CHANGED
    assert not sprung(trap)


def test_hooks_do_not_run(committed: Path, trap: Path) -> None:
    hooks = committed / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        (hooks / name).write_bytes(trap.read_bytes())
        (hooks / name).chmod(0o755)
    use_everything(committed)
    assert not sprung(trap)


@pytest.mark.parametrize("entry", [".", "", "bin", "{root}", "{root}/bin"])
def test_a_git_inside_the_working_tree_is_not_run(
    committed: Path, trap: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    for folder in (committed, committed / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "git").write_bytes(trap.read_bytes())
        (folder / "git").chmod(0o755)
    monkeypatch.chdir(committed)
    monkeypatch.setenv("PATH", entry.format(root=committed) + os.pathsep + os.environ["PATH"])
    use_everything(committed)
    assert not sprung(trap)


def test_a_link_to_a_git_inside_the_working_tree_is_refused(
    committed: Path, tmp_path: Path
) -> None:
    (committed / "git").write_text("#!/bin/sh\n")
    (committed / "git").chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(committed / "git")
    with pytest.raises(RepositoryError, match="git was not found"):
        find_git(committed, {"PATH": str(tmp_path / "bin")})


def test_path_keeps_only_absolute_entries_outside_the_tree(tmp_path: Path) -> None:
    path = os.pathsep.join(["/usr/bin", ".", "", "rel", str(tmp_path), str(tmp_path / "x"), "/bin"])
    assert safe_path(path, tmp_path) == os.pathsep.join(["/usr/bin", "/bin"])
    assert safe_path("/usr/bin", None) == "/usr/bin"


def test_the_environment_is_scrubbed(tmp_path: Path) -> None:
    environ = {"GIT_DIR": "/x", "GIT_EXTERNAL_DIFF": "/x", "LC_MESSAGES": "de", "HOME": "/h"}
    found = git_environment(None, environ | {"PATH": "/usr/bin"})
    assert "GIT_DIR" not in found
    assert "GIT_EXTERNAL_DIFF" not in found
    assert (found["HOME"], found["LC_ALL"], found["GIT_OPTIONAL_LOCKS"]) == ("/h", "C", "0")


def test_git_variables_of_a_hook_are_ignored(
    committed: Path, git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "-q", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere"))
    repository = Repository.open(committed)
    assert repository.root == committed
    assert repository.snapshot().entry("a.py") is not None
    assert repository.head("a.py") == b"def f():\n    return 1\n"


def test_a_working_tree_elsewhere_is_refused(committed: Path, git, tmp_path: Path) -> None:
    git("config", "core.worktree", str(tmp_path / "home"))
    with pytest.raises(RepositoryError, match="working tree somewhere else"):
        Repository.open(committed)


def test_an_embedded_bare_repository_is_refused(committed: Path, git, trap: Path) -> None:
    git("init", "-q", "--bare", str(committed / "evil"))
    git("config", "-f", str(committed / "evil" / "config"), "core.fsmonitor", str(trap))
    with pytest.raises(RepositoryError):
        Repository.open(committed / "evil")
    assert not sprung(trap)


def test_reading_a_partial_clone_fetches_nothing(
    committed: Path, git, tmp_path: Path, trap: Path
) -> None:
    git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git("clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{committed}", str(clone))
    git("config", "remote.origin.uploadpack", str(trap), cwd=clone)
    repository = Repository.open(clone)
    repository.snapshot()
    with pytest.raises(RepositoryError):
        repository.head("a.py")
    assert not sprung(trap)


def test_a_damaged_object_is_an_error_rather_than_a_missing_file(committed: Path, git) -> None:
    blob = git("rev-parse", "HEAD:a.py").strip()
    file = committed / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(b"nonsense")
    with pytest.raises(RepositoryError):
        Repository.open(committed).head("a.py")


def test_a_slow_git_times_out(committed: Path, tmp_path: Path) -> None:
    git = Git(committed, timeout=0.05)
    git.program = tmp_path / "slow"
    git.program.write_text("#!/bin/sh\nexec sleep 60\n")
    git.program.chmod(0o755)
    with pytest.raises(RepositoryError, match="timed out"):
        git.call("ls-files")


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "sub/../../x", ".git/config", "sub/.GIT/x", "git~1/config", ".git./x",
     "", "a\0b"],
)  # fmt: skip
def test_a_path_outside_the_repository_is_refused(committed: Path, path: str) -> None:
    repository = Repository.open(committed)
    for use in (repository.read, repository.text, repository.kind, repository.head):
        with pytest.raises(ContextError, match="not a path inside"):
            use(path)


def test_links_are_not_followed(committed: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key\n")
    (committed / "link").symlink_to(tmp_path / "secret")
    (committed / "folder").symlink_to(tmp_path)
    repository = Repository.open(committed)
    assert repository.kind("link") is FileKind.SYMLINK
    assert repository.kind("folder") is FileKind.SYMLINK
    assert repository.kind("folder/secret") is FileKind.SYMLINK
    for path in ("link", "folder/secret"):
        with pytest.raises(ContextError, match="symbolic link"):
            repository.read(path)


def test_special_files_are_never_opened(committed: Path) -> None:
    os.mkfifo(committed / "fifo")
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(committed / "socket"))
    repository = Repository.open(committed)
    assert repository.kind("fifo") is FileKind.SPECIAL
    assert repository.kind("socket") is FileKind.SPECIAL
    for path in ("fifo", "socket"):
        with pytest.raises(ContextError):
            repository.read(path)
    server.close()


def test_the_kind_follows_from_the_content(committed: Path, git) -> None:
    (committed / "utf16").write_bytes("text".encode("utf-16"))
    (committed / "pointer").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid x\n")
    (committed / "latin").write_bytes(b"caf\xe9\n")
    (committed / "empty").write_bytes(b"")
    (committed / "folder").mkdir()
    git("init", "-q", str(committed / "inner"))
    kinds = {
        name: Repository.open(committed).kind(name)
        for name in ("utf16", "pointer", "latin", "empty", "folder", "inner", "nowhere", "a.py/x")
    }
    assert kinds == {
        "utf16": FileKind.BINARY,
        "pointer": FileKind.BINARY,
        "latin": FileKind.TEXT,
        "empty": FileKind.TEXT,
        "folder": FileKind.ABSENT,
        "inner": FileKind.SUBMODULE,
        "nowhere": FileKind.ABSENT,
        "a.py/x": FileKind.ABSENT,
    }


def test_a_submodule_that_is_not_checked_out_is_recognized(committed: Path, git) -> None:
    head = git("rev-parse", "HEAD").strip()
    git("update-index", "--add", "--cacheinfo", f"160000,{head},module")
    (committed / "module").mkdir()
    repository = Repository.open(committed)
    assert repository.kind("module") is FileKind.SUBMODULE
    entry = repository.snapshot().entry("module")
    assert entry is not None
    assert entry.size == 0
    with pytest.raises(ContextError, match="not a regular file"):
        repository.text("module")


@pytest.mark.parametrize(
    ("data", "newline", "bom"),
    [
        (b"a\r\nb\r\nc\n", "\r\n", False),
        (b"a\rb\r", "\r", False),
        (b"\xef\xbb\xbfa\n", "\n", True),
        (b"caf\xe9", "\n", False),
        (b"", "\n", False),
    ],
)
def test_text_round_trips(committed: Path, data: bytes, newline: str, bom: bool) -> None:
    from assistant.repo.files import encode_text

    (committed / "file").write_bytes(data)
    file = Repository.open(committed).text("file")
    assert encode_text(file.text) == file.data == data
    assert (file.newline, file.bom) == (newline, bom)
