"""What this process opens and starts while a test looks."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Seen:
    opened: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    """Programs."""


_watching: list[Seen] = []
_hooked: list[bool] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event == "open" and isinstance(arguments[0], str | bytes):
        _watching[-1].opened.append(os.fsdecode(arguments[0]))
    elif event in ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system"):
        _watching[-1].started.append(str(arguments[0]))


@contextmanager
def audited() -> Iterator[Seen]:
    """A hook cannot be taken away again, so there is one, which is idle outside of this."""
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    seen = Seen()
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
