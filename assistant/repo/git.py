"""The user's git repository: locates it, lists its files and reads them.

Writes nothing, fetches nothing, and starts no program that the repository names (see command.py).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from assistant.errors import RepositoryError
from assistant.repo.command import Git, GitOutput
from assistant.repo.comparison import Comparison
from assistant.repo.files import FileKind, Operation, Snapshot, TextFile
from assistant.repo.indexing.lookup import SearchIndex
from assistant.repo.objects import Objects
from assistant.repo.reading import kind_of, parts_of, read_bytes, read_text
from assistant.repo.snapshot import list_files

MOST_FILES = 200_000
"""Files that a snapshot lists; a kernel has 70,000."""
_RECENT_COMMITS = 200

_OPERATIONS = (
    ("rebase-merge", Operation.REBASE),
    ("rebase-apply", Operation.REBASE),
    ("MERGE_HEAD", Operation.MERGE),
    ("CHERRY_PICK_HEAD", Operation.CHERRY_PICK),
    ("REVERT_HEAD", Operation.REVERT),
    ("BISECT_LOG", Operation.BISECT),
)


class Repository:
    """A git working tree, read-only."""

    def __init__(self, root: Path, git_dir: Path, git: Git) -> None:
        """Use `open` instead."""
        self.root = root
        self.git_dir = git_dir
        """Of this working tree; a linked one has its own."""
        self.git = git
        self.index: SearchIndex | None = None
        """Finds files by words in a large repository, once a front end has opened it."""
        self._objects = Objects(git, git_dir)
        self._comparison = Comparison(git)

    @classmethod
    def open(cls, path: Path) -> "Repository":
        """Open the repository that contains a folder or file.

        Raises RepositoryError if there is no repository, it is bare, git does not trust it (with
        git's own message), or git is not installed.
        """
        start = path.absolute()
        folder = start if start.is_dir() else start.parent
        git = Git(folder)
        parsed = git.call(
            "rev-parse", "--is-inside-work-tree", "--is-inside-git-dir", "--is-bare-repository"
        )
        if parsed.code != 0:
            raise _cannot_open(folder, parsed)
        match parsed.stdout.split():
            case [b"true", *_]:
                pass
            case [_, b"false", b"false"]:
                raise _work_tree_elsewhere(folder)
            case _:
                raise _no_work_tree(folder)
        output = git.output("rev-parse", "--show-toplevel").removesuffix(b"\n")
        root = Path(os.fsdecode(output))
        if not folder.resolve().is_relative_to(root.resolve()):
            raise _work_tree_elsewhere(folder)
        found = git.output("rev-parse", "--absolute-git-dir").removesuffix(b"\n")
        git_dir = Path(os.fsdecode(found))
        if _borrows(git_dir):
            raise _borrowed(folder)
        return cls(root, git_dir, Git(root))

    def pinned(self) -> "Repository":
        """The repository for one request, all of which sees the same list of files."""
        return _Pinned(self)

    def snapshot(self, *, include_ignored: bool = False, limit: int = MOST_FILES) -> Snapshot:
        """The state of the working tree, with at most `limit` files. Raises RepositoryError."""
        head = self.head_commit()
        listing = list_files(
            self.git,
            self.git_dir,
            self._comparison,
            has_head=bool(head),
            ignored=include_ignored,
            limit=limit,
        )
        return Snapshot(
            self.root, self.branch(), head, self.operation(), listing.files, listing.truncated
        )

    def head_commit(self) -> str:
        """Commit id of HEAD; empty if there is no commit yet.

        Raises RepositoryError if the commit is missing or damaged.
        """
        found = self.git.call("rev-parse", "--verify", "-q", "HEAD^{commit}").stdout
        if not found and self.git.call("rev-parse", "--verify", "-q", "HEAD").code == 0:
            raise RepositoryError(
                "The commit that HEAD names is missing or damaged.",
                hint="Run `git fsck` in the repository to find the damage.",
            )
        return found.decode().strip()

    def branch(self) -> str:
        """Short name of the branch; empty if HEAD is detached."""
        found = self.git.call("symbolic-ref", "-q", "--short", "HEAD")
        return os.fsdecode(found.stdout.strip())

    def operation(self) -> Operation:
        """The git operation in progress."""
        return next(
            (operation for name, operation in _OPERATIONS if (self.git_dir / name).exists()),
            Operation.NONE,
        )

    def kind(self, path: str) -> FileKind:
        """What is at a path, without opening special files.

        Raises ContextError if the path is outside the repository.
        """
        kind = kind_of(self.root, path)
        if kind is FileKind.ABSENT and (self.root / path).is_dir():
            listed = self.git.output("ls-files", "-s", "-z", "--", path)
            return FileKind.SUBMODULE if listed.startswith(b"160000 ") else kind
        return kind

    def is_text(self, path: str) -> bool:
        """Whether a path is a text file. Raises ContextError if it is outside the repository."""
        return self.kind(path) is FileKind.TEXT

    def read(self, path: str) -> bytes:
        """The bytes of a regular file in the working tree.

        Raises ContextError if it is outside the repository, missing, a link, special or unreadable.
        """
        return read_bytes(self.root, path)

    def text(self, path: str) -> TextFile:
        """Like `read`, but also raises ContextError if the file is binary or larger than 2 MB."""
        return read_text(self.root, path)

    def head(self, path: str) -> bytes | None:
        """The bytes of a file in HEAD; None if HEAD has no file at the path."""
        name = "/".join(parts_of(path))
        commit = self.head_commit()
        return self._objects.blob(commit, name) if commit else None

    def recency(self) -> Mapping[str, int]:
        """Rank of recently committed paths by their last change; 0 is the latest."""
        arguments = ["log", f"--max-count={_RECENT_COMMITS}", "--format=", "--name-only", "-z"]
        arguments += ["--no-renames", "--no-merges", "--no-ext-diff", "--no-textconv"]
        found = self.git.call(*arguments)  # fails without a commit and in a partial clone
        ranks: dict[str, int] = {}
        for name in found.stdout.split(b"\0"):
            if name:
                ranks.setdefault(os.fsdecode(name), len(ranks))
        return ranks


class _Pinned(Repository):
    """Takes the snapshot and the recency once, when they are first needed. Thread-safe."""

    def __init__(self, repository: Repository) -> None:
        vars(self).update(vars(repository))  # shares what the repository has cached
        self._lock = Lock()
        self._snapshots: dict[tuple[bool, int], Snapshot] = {}
        self._recency: Mapping[str, int] | None = None

    def pinned(self) -> Repository:
        return self

    def snapshot(self, *, include_ignored: bool = False, limit: int = MOST_FILES) -> Snapshot:
        key = (include_ignored, limit)
        with self._lock:
            if key not in self._snapshots:
                taken = super().snapshot(include_ignored=include_ignored, limit=limit)
                self._snapshots[key] = taken
            return self._snapshots[key]

    def recency(self) -> Mapping[str, int]:
        with self._lock:
            if self._recency is None:
                self._recency = super().recency()
            return self._recency


def _borrows(git_dir: Path) -> bool:
    """Whether a git folder uses the refs and objects of a repository that did not make it.

    A linked worktree is a folder in `worktrees` of the repository that it belongs to.
    """
    try:
        named = (git_dir / "commondir").read_bytes().rstrip(b"\n")
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return git_dir.resolve().parent != (git_dir / os.fsdecode(named) / "worktrees").resolve()


def _borrowed(folder: Path) -> RepositoryError:
    return RepositoryError(
        f"The repository at {folder} keeps its commits in another repository (.git/commondir).",
        hint="Remove that file if you did not make it, or start in the other repository.",
    )


def _cannot_open(folder: Path, output: GitOutput) -> RepositoryError:
    if "safe.bareRepository" in output.stderr:
        return _no_work_tree(folder)
    if "not a git repository" in output.stderr:
        return RepositoryError(
            f"{folder} is not inside a git repository.",
            hint="Change to a repository, or create one with `git init`.",
        )
    return RepositoryError(
        f"git refuses the repository at {folder}: {output.reason}",
        hint=output.stderr.partition("\n")[2].strip() or "Run `git status` there for details.",
    )


def _work_tree_elsewhere(folder: Path) -> RepositoryError:
    return RepositoryError(
        f"The repository at {folder} has its working tree somewhere else.",
        hint="Remove core.worktree from its configuration, or start in the folder it names.",
    )


def _no_work_tree(folder: Path) -> RepositoryError:
    return RepositoryError(
        f"{folder} has no working tree: the repository is bare, or this is its .git folder.",
        hint="Start in a working tree: clone the repository, or use `git worktree add`.",
    )
