"""Searches the lines of a working tree with ripgrep, or with `git grep` where it is not installed.

Both leave out ignored and binary files; files that may hold secrets are left out here.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from assistant.errors import RepositoryError, UsageError
from assistant.repo.command import Git, enclosing_work_tree, safe_path
from assistant.repo.paths import is_secret_path
from assistant.repo.searchoutput import Hit, git_hit, ripgrep_hit

MOST_HITS = 2_000
"""Lines found after which a search ends."""
MOST_PER_FILE = 200
_READ_SIZE = 1 << 16
_LONGEST_LINE = 1 << 20
"""Bytes of one line of output; what is longer is skipped."""
_LARGEST_FILE = "20M"
_COLOURS = tuple(
    part
    for name, value in (
        ("match", "reverse"),
        *((each, "") for each in ("filename", "lineNumber", "separator", "selected", "context")),
    )
    for part in ("-c", f"color.grep.{name}={value}")
)
"""Marks what matched, and nothing else, with an escape sequence that `git_hit` reads."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for. Upper and lower case differ only where the text has an upper case."""

    text: str
    regex: bool = False

    @property
    def ignores_case(self) -> bool:
        text = re.sub(r"\\.", "", self.text) if self.regex else self.text
        return text == text.lower()


class TextSearch:
    """One search. `batches` runs in a thread; `stop` may be called from any."""

    def __init__(self, git: Git, query: Query, *, most: int = MOST_HITS) -> None:
        self._git = git
        self._query = query
        self._most = most
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self.limited = False
        """True when not every hit was reported."""

    def stop(self) -> None:
        """Ends the search; `batches` then ends without an error."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def batches(self) -> Iterator[tuple[Hit, ...]]:
        """Yields the hits as they are found, those of one file one after the other.

        Raises UsageError for a pattern that is no regular expression, RepositoryError when the
        program cannot be started.
        """
        if not self._query.text:
            return
        program = _ripgrep(self._git.folder)
        argv = _ripgrep_argv(program, self._query) if program else self._git_argv()
        parse = ripgrep_hit if program else git_hit
        with tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    argv,
                    cwd=self._git.folder,
                    env=self._git.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                )
            except (OSError, ValueError) as error:
                raise RepositoryError(
                    f"The search cannot be started: {error}",
                    hint="Check that the folder of the repository still exists.",
                ) from error
            self._process = process
            if self._stopped:
                process.kill()
            try:
                yield from self._read(process, parse)
            finally:
                process.kill()
                code = process.wait()
                if process.stdout is not None:
                    process.stdout.close()
            if not self._stopped and not self.limited and code > 1:
                errors.seek(0)
                raise _failed(errors.read(4_000).decode("utf-8", "replace"), self._query)

    def _read(
        self, process: "subprocess.Popen[bytes]", parse: Callable[[bytes], Hit | None]
    ) -> Iterator[tuple[Hit, ...]]:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        kept = _Kept(self._most)
        for lines in _lines(process.stdout):
            if self._stopped:
                return
            hits = tuple(hit for hit in map(parse, lines) if hit is not None and kept.add(hit))
            self.limited = kept.left_out
            if hits:
                yield hits
            if kept.full:
                self.limited = True
                return
        process.wait()

    def _git_argv(self) -> list[str]:
        flags = ["--untracked", "--exclude-standard", "--no-textconv", "--color=always"]
        case = ["-i"] if self._query.ignores_case else []
        kind = "-E" if self._query.regex else "-F"
        pattern = ["-I", "-n", "-z", *case, kind, "-e", self._query.text, "--"]
        return self._git.argv([*_COLOURS, "grep", *flags, *pattern])


class _Kept:
    """Decides which hits are reported."""

    def __init__(self, most: int) -> None:
        self._most, self._total = most, 0
        self._path, self._in_file = "", 0
        self.left_out = False

    @property
    def full(self) -> bool:
        return self._total >= self._most

    def add(self, hit: Hit) -> bool:
        if is_secret_path(hit.path):
            return False
        if hit.path != self._path:
            self._path, self._in_file = hit.path, 0
        if self._in_file >= MOST_PER_FILE or self.full:
            self.left_out = True
            return False
        self._in_file += 1
        self._total += 1
        return True


def _lines(stream: IO[bytes]) -> Iterator[list[bytes]]:
    """The complete lines of each piece that the program has written, without their ends."""
    rest = b""
    skipping = False
    while chunk := os.read(stream.fileno(), _READ_SIZE):
        *complete, rest = (rest + chunk).split(b"\n")
        if skipping and complete:
            del complete[0]
            skipping = False
        if len(rest) > _LONGEST_LINE:
            rest, skipping = b"", True
        yield complete


def _ripgrep(folder: Path) -> str:
    """The path of ripgrep, never from inside the repository; empty where it is not installed."""
    path = safe_path(os.environ.get("PATH", os.defpath), enclosing_work_tree(folder))
    return shutil.which("rg", path=path) or ""


def _ripgrep_argv(program: str, query: Query) -> list[str]:
    return [
        program, "--no-config", "--no-messages", "--json", "--hidden", "--glob=!.git",
        f"--max-filesize={_LARGEST_FILE}",
        "--ignore-case" if query.ignores_case else "--case-sensitive",
        *([] if query.regex else ["--fixed-strings"]),
        "-e", query.text, "--", "./",
    ]  # fmt: skip


def _failed(stderr: str, query: Query) -> UsageError | RepositoryError:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    reason = (lines[-1] if lines else "it failed").removeprefix("fatal: ").removeprefix("error: ")
    if query.regex:
        return UsageError(
            f"This is no regular expression: {reason}",
            hint="Correct it, or press ctrl+t to search for the text as it is.",
        )
    return RepositoryError(
        f"The search failed: {reason}", hint="Run `git grep` in the repository for details."
    )
