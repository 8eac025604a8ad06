"""Owns running the converter as a child process and telling how it ended.

The converter needs torch and much memory; this process needs neither, and outlives it.
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
    """Converts a source into the folder `target`, which calls itself `name`.

    Raises ModelError, and Cancelled.
    """
    progress = _Progress(report)
    finished = run_module(
        "assistant.models.convert",
        (str(source), str(target), "--weights", weights, "--name", name),
        folder=target.parent,
        cancel=cancel,
        message=progress.hear,
    )
    if finished.code != 0:
        raise _failure(source, finished, progress.last)


class _Progress:
    """Turns the converter's lines into reports, with the rate of the stage it is in."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._stage: tuple[str, int] = ("", -1)
        self._meter: Meter | None = None
        self.last: dict[str, Any] = {}

    def hear(self, message: dict[str, Any]) -> None:
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
            f"The conversion of {source.name} was killed, most likely for want of memory.",
            hint="Close other programs and pull again (the download is kept), or choose a "
            "smaller model.",
        )
    said = last.get("error") or last_error(finished.errors)
    return ModelError(
        f"{source.name} could not be converted: {said}",
        hint=str(last.get("hint") or "The download is kept; pull again, or choose another model."),
    )
