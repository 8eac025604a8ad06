"""Owns the figures that come out of a measurement, and their JSON document, described in README.md.

Names of figures are part of the document's shape: they stay as they are.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.bench.measure import Measured
from assistant.version import __version__

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured some times."""

    name: str
    """In the document; ends in the unit."""
    title: str
    """For people."""
    unit: str
    """s, tok/s or bytes."""
    values: tuple[float, ...]
    """In the order of measuring; at least one."""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The converted weights against the ones they were made from, multiplied in float32."""

    tokens: int
    """Tokens of source code that were predicted."""
    reference_nll: float
    """Mean negative log-likelihood in nats, of the source's weights."""
    nll: float
    loss_percent: float
    """How much higher `nll` is."""
    agreement_percent: float
    """How often the likeliest token is the same."""


@dataclass(frozen=True, slots=True)
class Report:
    measured: Measured
    accuracy: Accuracy | str
    """Or why there is none, in one phrase."""


def figures(measured: Measured) -> tuple[Figure, ...]:
    """In the order in which they are shown."""
    loads, rounds = measured.loads, measured.rounds
    seconds = (
        ("load_seconds", "start to ready", [load.ready for load in loads]),
        ("load_to_first_token_seconds", "start to first token", [load.first for load in loads]),
        ("cold_first_token_seconds", "first token, prompt not read before",
         [each.question.first for each in rounds]),
        ("warm_first_token_seconds", "first token of a second task on the same context",
         [each.edit.first for each in rounds]),
        ("edit_seconds", "edit, from asking to its end", [each.edit.last for each in rounds]),
    )  # fmt: skip
    rates = (
        ("prefill_tokens_per_second", "reading the prompt",
         [each.question.read_rate for each in rounds]),
        ("decode_tokens_per_second", "writing, nothing drafted",
         [each.question.written_rate for each in rounds]),
        ("edit_tokens_per_second", "editing, with drafting",
         [each.edit.written_rate for each in rounds]),
        ("edit_plain_tokens_per_second", "editing, without drafting",
         [each.plain_edit.written_rate for each in rounds]),
    )  # fmt: skip
    found = [Figure(name, title, "s", tuple(values)) for name, title, values in seconds]
    found += [Figure(name, title, "tok/s", tuple(values)) for name, title, values in rates]
    if measured.info.peak_bytes:
        peak = (float(measured.info.peak_bytes),)
        found.append(Figure("peak_memory_bytes", "most memory of the worker", "bytes", peak))
    return tuple(found)


def same_text(measured: Measured) -> bool:
    """True when drafting changed no answer. Near-ties may fall either way on real weights."""
    return all(each.edit.text == each.plain_edit.text for each in measured.rounds)


def render(report: Report) -> str:
    """The document, ASCII only, ending without a line feed."""
    measured = report.measured
    info, last = measured.info, measured.rounds[-1]
    document: dict[str, Any] = {
        "format": FORMAT,
        "program": __version__,
        "model": {
            "name": info.model,
            "device": info.device,
            "weights": info.weights,
            "context_tokens": info.context_tokens,
            "threads": info.threads,
        },
        "loads": len(measured.loads),
        "rounds": len(measured.rounds),
        "prompt_tokens": last.question.prompt,
        "figures": {each.name: _figure(each.values) for each in figures(measured)},
        "edit": {
            "tokens": last.edit.tokens,
            "drafted": last.edit.drafted,
            "same_text": same_text(measured),
        },
        "accuracy": _accuracy(report.accuracy),
    }
    return json.dumps(document, indent=2, ensure_ascii=True)


def _figure(values: Sequence[float]) -> dict[str, Any]:
    return {
        "median": statistics.median(values),
        "low": min(values),
        "high": max(values),
        "values": list(values),
    }


def _accuracy(accuracy: Accuracy | str) -> dict[str, Any]:
    if isinstance(accuracy, str):
        return {"available": False, "reason": accuracy}
    return {"available": True, **asdict(accuracy)}
