"""Runs the converter in a child process and reports its progress and errors.

The converter needs torch and a lot of memory; this process needs neither and survives a crash.
"""

import signal
from pathlib import Path
from typing import Any

from assistant.errors import ModelError
from assistant.models.catalog import Weights
from assistant.models.processes import Finished, last_error, run_module
from assistant.models.progress import CancelFlag, Meter, Report


def convert(
    source: Path, target: Path, weights: Weights, name: str, report: Report, cancel: CancelFlag
) -> None:
    """Convert a source into the folder `target`, with `name` in its manifest.

    Raises ModelError and Cancelled.
    """
    progress = _Progress(report)
    finished = run_module(
        "assistant.models.convert",
        (str(source), str(target), "--weights", weights, "--name", name),
        folder=target.parent,
        cancel=cancel,
        message=progress.update,
    )
    if finished.code != 0:
        raise _failure(source, finished, progress.last)


class _Progress:
    """Turns the converter's messages into progress reports, with a rate per stage."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._stage: tuple[str, int] = ("", -1)
        self._meter: Meter | None = None
        self.last: dict[str, Any] = {}

    def update(self, message: dict[str, Any]) -> None:
        self.last = message
        done, total, stage = message.get("done"), message.get("total"), message.get("stage", "")
        if not isinstance(done, int) or not isinstance(total, int):
            return
        if self._meter is None or self._stage != (stage, total):
            self._stage = (stage, total)
            self._meter = Meter(self._report, "converting", total)
        self._meter.update(done, str(stage))


def _failure(source: Path, finished: Finished, last: dict[str, Any]) -> ModelError:
    if finished.code == -signal.SIGKILL:
        return ModelError(
            f"The conversion of {source.name} was killed, probably because memory ran out.",
            hint="Close other programs and pull again (the download is kept), or choose a "
            "smaller model.",
        )
    reason = last.get("error") or last_error(finished.errors)
    return ModelError(
        f"Cannot convert {source.name}: {reason}",
        hint=str(last.get("hint") or "Pull again (the download is kept), or try another model."),
    )
