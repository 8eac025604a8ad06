"""The figures of a measurement and their JSON document, described in README.md.

Figure names are part of the document format and must not change.
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
    """A quantity that was measured one or more times."""

    name: str
    """In the document; ends with the unit."""
    title: str
    """For display."""
    unit: str
    """s, tok/s or bytes."""
    values: tuple[float, ...]
    """In the order measured; at least one."""

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
    """Converted weights against their source, computed in float32."""

    tokens: int
    """Number of predicted tokens of source code."""
    reference_nll: float
    """Mean negative log-likelihood of the source weights, in nats."""
    nll: float
    loss_percent: float
    """Relative increase of `nll` over `reference_nll`."""
    agreement_percent: float
    """Share of tokens with the same top-1 prediction."""


@dataclass(frozen=True, slots=True)
class Report:
    measured: Measured
    accuracy: Accuracy | str
    """Or a phrase that says why it is unavailable."""


def figures(measured: Measured) -> tuple[Figure, ...]:
    """In display order."""
    loads, rounds = measured.loads, measured.rounds
    seconds = (
        ("load_seconds", "start to ready", [load.ready for load in loads]),
        ("load_to_first_token_seconds", "start to first token", [load.first for load in loads]),
        ("cold_first_token_seconds", "first token, prompt not cached",
         [each.question.first for each in rounds]),
        ("warm_first_token_seconds", "first token, second task on the same context",
         [each.edit.first for each in rounds]),
        ("edit_seconds", "edit, request to end", [each.edit.last for each in rounds]),
    )  # fmt: skip
    rates = (
        ("prefill_tokens_per_second", "prefill",
         [each.question.read_rate for each in rounds]),
        ("decode_tokens_per_second", "decode, without drafting",
         [each.question.written_rate for each in rounds]),
        ("edit_tokens_per_second", "edit, with drafting",
         [each.edit.written_rate for each in rounds]),
        ("edit_plain_tokens_per_second", "edit, without drafting",
         [each.plain_edit.written_rate for each in rounds]),
    )  # fmt: skip
    found = [Figure(name, title, "s", tuple(values)) for name, title, values in seconds]
    found += [Figure(name, title, "tok/s", tuple(values)) for name, title, values in rates]
    if measured.info.peak_bytes:
        peak = (float(measured.info.peak_bytes),)
        found.append(Figure("peak_memory_bytes", "peak memory of the worker", "bytes", peak))
    return tuple(found)


def same_text(measured: Measured) -> bool:
    """Whether drafting changed no text. Near-ties may fall either way on real weights."""
    return all(each.edit.text == each.plain_edit.text for each in measured.rounds)


def render(report: Report) -> str:
    """The document: ASCII, without a trailing line feed."""
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
