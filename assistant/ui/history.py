"""The history of the task line, stored in a private file in the state directory."""

import json
from contextlib import suppress
from pathlib import Path

from assistant.credentials.redacting import redacted
from assistant.private import write_private

_KEPT = 500
_LONGEST = 10_000
"""Characters. Longer entries are not kept."""


class History:
    """Entries from oldest to newest, and the current position."""

    def __init__(self, state_dir: Path) -> None:
        self._file = state_dir / "history.jsonl"
        self._entries: list[str] | None = None
        self._at = 0
        self._draft = ""

    @property
    def entries(self) -> tuple[str, ...]:
        return tuple(self._load())

    def add(self, text: str) -> None:
        """Adds a submitted text, unless it repeats the last entry. Keys in it are not stored.

        If the directory is not writable, the history is kept for this session only.
        """
        entries = self._load()
        if text and len(text) <= _LONGEST and entries[-1:] != [text]:
            entries.append(text)
            del entries[:-_KEPT]
            self._save()
        self._at, self._draft = len(entries), ""

    def older(self, current: str) -> str | None:
        """Returns the previous entry, or None at the oldest. Keeps `current` as the draft."""
        entries = self._load()
        if self._at == 0:
            return None
        if self._at == len(entries):
            self._draft = current
        self._at -= 1
        return entries[self._at]

    def newer(self) -> str | None:
        """Returns the next entry, then the draft, then None."""
        entries = self._load()
        if self._at >= len(entries):
            return None
        self._at += 1
        return self._draft if self._at == len(entries) else entries[self._at]

    def _load(self) -> list[str]:
        if self._entries is None:
            self._entries = _read(self._file)
            self._at = len(self._entries)
        return self._entries

    def _save(self) -> None:
        text = "".join(json.dumps(redacted(entry)) + "\n" for entry in self._load())
        with suppress(OSError):
            write_private(self._file, text.encode())


def _read(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    entries = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, str):
            entries.append(entry)
    return entries[-_KEPT:]
