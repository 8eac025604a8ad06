"""Owns the history of tasks: what was typed, kept privately below the state directory."""

import json
import os
from pathlib import Path

_KEPT = 500
_LONGEST = 10_000
"""Characters; a longer entry is not kept."""


class History:
    """Entries, oldest first, and the place while leafing through them."""

    def __init__(self, state_dir: Path) -> None:
        self._file = state_dir / "history.jsonl"
        self._entries: list[str] | None = None
        self._at = 0
        self._draft = ""

    @property
    def entries(self) -> tuple[str, ...]:
        return tuple(self._load())

    def add(self, text: str) -> None:
        """Remembers what was submitted; the same twice in a row counts once.

        A directory that cannot be written to costs the memory of later sessions, nothing else.
        """
        entries = self._load()
        if text and len(text) <= _LONGEST and entries[-1:] != [text]:
            entries.append(text)
            del entries[:-_KEPT]
            self._save()
        self._at, self._draft = len(entries), ""

    def older(self, current: str) -> str | None:
        """The entry before; None at the oldest. What was being typed is kept for the way back."""
        entries = self._load()
        if self._at == 0:
            return None
        if self._at == len(entries):
            self._draft = current
        self._at -= 1
        return entries[self._at]

    def newer(self) -> str | None:
        """The entry after, at last what was being typed; None there."""
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
        text = "".join(json.dumps(entry) + "\n" for entry in self._load())
        temporary = self._file.with_suffix(".tmp")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            temporary.replace(self._file)
        except OSError:
            return


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
