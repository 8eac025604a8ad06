"""Measures the accuracy of converted weights: finds their source and runs the comparison.

The comparison itself is `assistant.engine.accuracy`, which needs torch and therefore runs as a
separate process.
"""

import json
import subprocess
import sys
from pathlib import Path

import psutil

from assistant.bench.figures import Accuracy
from assistant.engine.base import Cancel
from assistant.engine.process import worker_environment
from assistant.models.record import fingerprints, read_record
from assistant.settings import Settings

FILES, TOKENS = 5, 256
"""Enough to tell whether something is wrong with the weights; run the comparison directly for more.
"""

_POLL_SECONDS = 0.2
_FLOAT_BYTES = 4


def source_of(folder: Path) -> Path | None:
    """The user's file or folder that was converted into `folder`, unless it has changed since."""
    record = read_record(folder)
    if record is None or not record.sources:
        return None
    first = record.sources[0].file
    for path in (first, first.parent):
        try:
            if fingerprints(path) == record.sources:
                return path
        except OSError:
            continue
    return None


def compare(
    source: Path | None, folder: Path, weights: str, settings: Settings, cancel: Cancel
) -> Accuracy | str:
    """The accuracy of a folder, or the reason why it cannot be measured.

    Raises Cancelled when stopped.
    """
    if weights != "int8":
        return f"the weights are {weights}, which are not quantized"
    if source is None:
        return "the source weights were not found; name them with --source FILE"
    need = _FLOAT_BYTES * sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    free = psutil.virtual_memory().available
    if need > free:
        return f"it needs {need / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free"
    command = [sys.executable, "-P", "-m", "assistant.engine.accuracy", str(source.resolve())]
    command += [str(folder.resolve()), "--files", str(FILES), "--tokens", str(TOKENS)]
    return _run(command, settings, cancel)


def _run(command: list[str], settings: Settings, cancel: Cancel) -> Accuracy | str:
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=worker_environment(settings),
        cwd=Path(sys.executable).anchor,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # the terminal's Ctrl-C must not reach it
    )
    try:
        output, errors = _wait(child, cancel)
    finally:
        child.kill()
        child.communicate()
    if child.returncode:
        reason = (errors.strip().splitlines() or [f"code {child.returncode}"])[-1]
        return f"the comparison failed: {reason}"
    return Accuracy(**json.loads(output))


def _wait(child: "subprocess.Popen[str]", cancel: Cancel) -> tuple[str, str]:
    while True:
        try:
            output, errors = child.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            cancel.check()
        else:
            return output, errors
