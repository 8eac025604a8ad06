"""The sessions of one repository, in the user's private state folder."""

import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UsageError
from assistant.private import name_of
from assistant.sessions.file import (
    FORMAT,
    Entry,
    SessionFile,
    lines_of,
    locked,
    parsed,
    read_entries,
)
from assistant.sessions.records import Record
from assistant.sessions.summary import Summary, summary_of

_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class Limits:
    sessions: int = 100
    """Most sessions to keep."""
    size: int = 256 * 2**20
    """Bytes of all sessions together."""
    largest: int = 32 * 2**20
    """Bytes of one session."""


class SessionStore:
    """Creates, lists, reads and deletes sessions. Touches nothing of the repository."""

    def __init__(
        self,
        state_dir: Path,
        root: Path,
        *,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._root = root.resolve()
        self.folder = state_dir / "sessions" / name_of(root)
        self._clock = clock
        self._limits = limits or Limits()

    def create(self) -> SessionFile:
        """Starts a session, and removes the oldest over the limits. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.folder, self.folder.parent):
            folder.chmod(0o700)
        self._prune()
        when = time.strftime("%Y%m%d-%H%M%S", time.localtime(self._clock()))
        path = self.folder / f"{when}-{secrets.token_hex(2)}.jsonl"
        return SessionFile.create(path, self._root, self._clock, self._limits.largest)

    def open(self, session: str) -> SessionFile:
        """Opens a session to go on with it.

        Raises UsageError if it is unknown, of a later version, or open in another process, and
        OSError.
        """
        path = self._known(session)
        self._require_format(path)
        try:
            return SessionFile(path, self._clock, self._limits.largest)
        except BlockingIOError as error:
            raise UsageError(
                f"The session {session} is open in another window.",
                hint="Go on with it there, or close it first.",
            ) from error

    def records(self, session: str) -> tuple[Record, ...]:
        """The records of a session, oldest first. Raises UsageError like `open`."""
        return tuple(entry.record for entry in self.entries(session))

    def entries(self, session: str) -> tuple[Entry, ...]:
        """The records of a session with their times."""
        path = self._known(session)
        self._require_format(path)
        return read_entries(path.read_bytes())

    def summaries(self) -> tuple[Summary, ...]:
        """The sessions, the one that was last written to first."""
        found = [
            summary_of(path.stem, path.read_bytes(), path.stat().st_mtime) for path in self._files()
        ]
        return tuple(sorted(found, key=lambda each: (each.last, each.id), reverse=True))

    def summary(self, session: str) -> Summary:
        """One session of those. Raises UsageError if there is none."""
        path = self._known(session)
        return summary_of(path.stem, path.read_bytes(), path.stat().st_mtime)

    def delete(self, session: str) -> None:
        """Deletes a session. Raises UsageError if it is unknown, or open in a process."""
        path = self._known(session)
        if not self._removed(path):
            raise UsageError(
                f"The session {session} is open.", hint="Close the window that has it open first."
            )

    def delete_all(self) -> int:
        """Deletes every session that is not open, and returns their number."""
        return sum(self._removed(path) for path in self._files())

    def find(self, text: str) -> str:
        """The id that begins or ends with a text. Raises UsageError unless it is exactly one."""
        ids = [path.stem for path in self._files()]
        found = [each for each in ids if text and (each.startswith(text) or each.endswith(text))]
        if len(found) == 1:
            return found[0]
        what = "There is no session" if not found else f"{len(found)} sessions match"
        raise UsageError(
            f"{what} {text!r} in this repository.", hint="See: assistant sessions list"
        )

    def _files(self) -> list[Path]:
        try:
            return sorted(p for p in self.folder.glob("*.jsonl") if _ID.fullmatch(p.stem))
        except OSError:
            return []

    def _known(self, session: str) -> Path:
        path = self.folder / f"{session}.jsonl"
        if not _ID.fullmatch(session) or not path.is_file():
            raise UsageError(
                f"There is no session {session!r} in this repository.",
                hint="See: assistant sessions list",
            )
        return path

    def _require_format(self, path: Path) -> None:
        rows = (parsed(line) for kind, line in lines_of(path.read_bytes()) if kind == "session")
        version = next(rows, {}).get("format", FORMAT)
        if not isinstance(version, int) or version > FORMAT:
            raise UsageError(
                f"The session {path.stem} was written by a later version of the program.",
                hint="Open it with that version.",
            )

    def _prune(self) -> None:
        """Removes the oldest sessions over the limits, with room for one more."""
        stats = {path: path.stat() for path in self._files()}
        newest = sorted(stats, key=lambda path: stats[path].st_mtime, reverse=True)
        size = 0
        for at, path in enumerate(newest):
            size += stats[path].st_size
            if at >= self._limits.sessions - 1 or size > self._limits.size:
                self._removed(path)

    def _removed(self, path: Path) -> bool:
        """Deletes a file unless a process has it open."""
        try:
            fd = locked(path)
        except OSError:
            return False
        path.unlink(missing_ok=True)
        path.with_suffix(".part").unlink(missing_ok=True)
        os.close(fd)
        return True
