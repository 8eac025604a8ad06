"""Commits applied changes: the accepted content of those files and nothing else.

The commit is built in a temporary index, and the branch moves to it only if it has not changed
meanwhile. A pending git operation and staged files are errors. No hook, filter or signing program
runs.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.apply.merging import merged
from assistant.errors import ApplyError
from assistant.repo.command import GitOutput
from assistant.repo.files import Operation
from assistant.repo.git import Repository
from assistant.sanitize import sanitize_line


@dataclass(frozen=True, slots=True)
class Written:
    """The content of one path before and after the apply; None means no file."""

    path: str
    old: bytes | None
    new: bytes | None
    executable: bool = False
    """Used only for files that are not in HEAD."""


@dataclass(frozen=True, slots=True)
class Committed:
    id: str
    branch: str
    """Empty when HEAD is detached: the commit needs a branch to be kept."""
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file in a tree or in the index."""

    mode: str
    blob: str


def commit_written(repository: Repository, written: Sequence[Written], message: str) -> Committed:
    """Commits the files on top of HEAD and updates git's index for these paths.

    Other uncommitted edits in the same files are left out of the commit. Raises ApplyError when
    git is busy, a path is staged, those edits touch the same lines, or the branch moved meanwhile.
    """
    if not message.strip():
        raise ApplyError("The commit has no message.", hint="Describe the change in one line.")
    paths = [file.path for file in written]
    _require_idle(repository)
    _require_no_filter(repository, paths)
    head = repository.head_commit()
    tracked = _tree_entries(repository, head, paths)
    _require_unstaged(tracked, _index_entries(repository, paths))
    entries = {
        file.path: _accepted_entry(repository, file, tracked.get(file.path)) for file in written
    }
    if entries == {path: tracked.get(path) for path in paths}:
        raise ApplyError("This is committed already.", hint="There is nothing left to commit.")
    commit = _commit_object(repository, head, _tree(repository, head, entries), message)
    _move_head(repository, head, commit, message)
    _refresh_index(repository, entries, commit)
    return Committed(commit, repository.branch(), tuple(paths))


def _require_idle(repository: Repository) -> None:
    operation = repository.operation()
    if operation is not Operation.NONE:
        raise ApplyError(
            f"A {operation.value} is in progress. Nothing was committed.",
            hint=f"Finish or abort the {operation.value} first.",
        )
    if (repository.git_dir / "index.lock").exists():
        raise ApplyError(
            "Another git process has locked the index. Nothing was committed.",
            hint="Wait for it to finish. If none is running, remove .git/index.lock.",
        )


def _require_no_filter(repository: Repository, paths: Sequence[str]) -> None:
    """Raises ApplyError for files that git would convert, with a filter for example."""
    asked = ("filter", "working-tree-encoding", "ident")
    output = repository.git.output("check-attr", "-z", *asked, "--", *paths)
    fields = output.split(b"\0")
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        if value not in (b"unspecified", b"unset"):
            shown = sanitize_line(path.decode("utf-8", "surrogateescape"))
            raise ApplyError(
                f"{shown} has the attribute {name.decode()}, which changes its stored content.",
                hint="Commit this file with git itself.",
            )


def _require_unstaged(tracked: Mapping[str, _Entry], staged: Mapping[str, _Entry]) -> None:
    for path in tracked.keys() | staged.keys():
        if tracked.get(path) != staged.get(path):
            raise ApplyError(
                f"{sanitize_line(path)} is staged. Nothing was committed.",
                hint="Commit or unstage it first.",
            )


def _tree_entries(repository: Repository, head: str, paths: Sequence[str]) -> dict[str, _Entry]:
    if not head:
        return {}
    output = repository.git.output("ls-tree", "-z", head, "--", *paths)
    found = {}
    for record in output.split(b"\0")[:-1]:
        facts, _, path = record.partition(b"\t")
        mode, _, blob = facts.decode().split(" ")
        found[os.fsdecode(path)] = _Entry(mode, blob)
    return found


def _index_entries(repository: Repository, paths: Sequence[str]) -> dict[str, _Entry]:
    output = repository.git.output("ls-files", "--stage", "-z", "--", *paths)
    found = {}
    for record in output.split(b"\0")[:-1]:
        facts, _, path = record.partition(b"\t")
        mode, blob, stage = facts.decode().split(" ")
        found[os.fsdecode(path)] = _Entry(mode, blob if stage == "0" else f"stage {stage}")
    return found


def _accepted_entry(repository: Repository, file: Written, tracked: _Entry | None) -> _Entry | None:
    """The entry to commit: HEAD's version of the file with only the accepted change applied."""
    if file.new is None:
        return None
    head = repository.head(file.path) if tracked else None
    old, new = file.old, file.new
    if _stores_line_feeds(repository, head, old):
        old, new = old and old.replace(b"\r\n", b"\n"), new.replace(b"\r\n", b"\n")
    data = new
    if head is not None and old is not None and head != old:
        together = merged(old, head, new)
        if together is None:
            raise ApplyError(
                f"{sanitize_line(file.path)} has other uncommitted edits in the same lines.",
                hint="Commit this file with git itself, or commit your edits first.",
            )
        data = together
    blob = repository.git.output("hash-object", "-w", "--stdin", "--no-filters", stdin=data)
    fresh = "100755" if file.executable else "100644"
    return _Entry(tracked.mode if tracked else fresh, blob.decode().strip())


def _stores_line_feeds(repository: Repository, head: bytes | None, old: bytes | None) -> bool:
    """True when git stores this file with LF line endings instead of CRLF."""
    if head is not None and old is not None:
        return b"\r\n" in old and b"\r\n" not in head
    setting = repository.git.call("config", "--get", "core.autocrlf").stdout.strip().lower()
    return setting in (b"true", b"input")


def _tree(repository: Repository, head: str, entries: Mapping[str, _Entry | None]) -> str:
    """Writes a tree object: HEAD's tree with these entries, built in a temporary index."""
    git = repository.git
    with tempfile.TemporaryDirectory(prefix="assistant-index-") as folder:
        private = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.output("read-tree", head or "--empty", environment=private)
        lines = b"".join(_index_lines(entries, len(head) or 40))
        git.output("update-index", "-z", "--index-info", stdin=lines, environment=private)
        return git.output("write-tree", environment=private).decode().strip()


def _index_lines(entries: Mapping[str, _Entry | None], width: int) -> Iterator[bytes]:
    """Records for `update-index --index-info`.

    Removals come first: a folder may take the name of a removed file. `width` is the length of an
    object id in this repository.
    """
    for path, entry in sorted(entries.items(), key=lambda item: item[1] is not None):
        facts = f"{entry.mode} {entry.blob} 0" if entry else f"0 {'0' * width} 0"
        yield facts.encode() + b"\t" + os.fsencode(path) + b"\0"


def _commit_object(repository: Repository, head: str, tree: str, message: str) -> str:
    parents = ("-p", head) if head else ()
    text = message.strip().encode("utf-8", "replace") + b"\n"
    done = repository.git.call("commit-tree", tree, *parents, "-F", "-", stdin=text)
    if done.code != 0:
        raise ApplyError(
            f"git could not create the commit: {done.reason}",
            hint='Set your identity: git config user.name "…" and git config user.email "…".',
        )
    return done.stdout.decode().strip()


def _move_head(repository: Repository, head: str, commit: str, message: str) -> None:
    reason = "commit (assistant): " + message.strip().splitlines()[0]
    expected = head or "0" * len(commit)
    done = repository.git.call("update-ref", "-m", reason, "HEAD", commit, expected)
    _require_success(done, "The branch moved meanwhile, so nothing was committed", "Commit again.")


def _refresh_index(
    repository: Repository, entries: Mapping[str, _Entry | None], commit: str
) -> None:
    lines = b"".join(_index_lines(entries, len(commit)))
    done = repository.git.call("update-index", "-z", "--index-info", stdin=lines)
    _require_success(
        done,
        f"Commit {commit[:12]} was created, but git's index could not be updated",
        "Run `git reset -q` when no other git process is running. It does not change files.",
    )


def _require_success(done: GitOutput, message: str, hint: str) -> None:
    if done.code != 0:
        raise ApplyError(f"{message}: {done.reason}", hint=hint)
