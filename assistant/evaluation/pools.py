"""Records the candidate pool of every task, and reranks recorded pools without a source or judge.

A replay shows in seconds which tasks an ablation may change. It cannot know what would have been
generated instead, so a task whose best candidate changes is doubtful until it is run again.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant.checks.results import Evidence, Status
from assistant.errors import UsageError
from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.judging import Solved, Stop, hidden_results, judge
from assistant.evaluation.results import Label, Row
from assistant.solving.pool import diff_size, ranked
from assistant.solving.values import Candidate, Tokens


@dataclass(frozen=True, slots=True)
class Replay:
    """The effect of an ablation on recorded tasks."""

    tasks: int = 0
    right: int = 0
    """Tasks whose recorded best candidate passes the hidden check."""
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    """Tasks whose best candidate changes or is gone."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """The recorded candidates of one task."""

    id: str
    candidates: tuple[dict[str, Any], ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class PoolRecorder:
    """A judge like `judging.judge` that also records the pool of every task in a file."""

    file: Path

    def __call__(self, root: Path, task: EvalTask, solved: Solved, label: Label, stop: Stop) -> Row:
        row = judge(root, task, solved, label, stop)
        right = hidden_results(root, task, solved, stop)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(pooled(task.id, solved.result.pool, right))
        return row


def pooled(task: str, candidates: Sequence[Candidate], right: Iterable[bool]) -> str:
    """One line of a recording: candidates with source, evidence and hidden-check result."""
    rows = [
        {
            "id": each.id,
            "source": each.source,
            "from_words": each.from_words,
            "votes": each.votes,
            "mean_logprob": each.tokens.mean_logprob,
            "size": diff_size(each),
            "evidence": [_evidence(found) for found in each.evidence],
            "right": passed,
        }
        for each, passed in zip(candidates, right, strict=True)
    ]
    return json.dumps({"id": task, "candidates": rows}) + "\n"


def read_pools(file: Path) -> tuple[Pooled, ...]:
    """Reads recorded pools. Raises UsageError if the file is not a recording."""
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return tuple(Pooled(row["id"], tuple(row["candidates"])) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{file} is not a recorded pool: {error}.",
            hint="Record one with `assistant eval --pool`.",
        ) from error


def replay(pools: Sequence[Pooled], without: Collection[str], judges: Sequence[str]) -> Replay:
    """Reranks every pool without some sources and judges."""
    right = 0
    gained: list[str] = []
    lost: list[str] = []
    doubtful: list[str] = []
    order = [each for each in judges if each not in without]
    for pool in pools:
        if not pool.candidates:
            continue
        before = pool.candidates[0]
        left = [each for each in pool.candidates if each["source"] not in without]
        first = _first(left, without, order)
        right += before["right"]
        if first is None or first["id"] != before["id"]:
            doubtful.append(pool.id)
        now = bool(first and first["right"])
        if now != before["right"]:
            (gained if now else lost).append(pool.id)
    return Replay(len(pools), right, tuple(gained), tuple(lost), tuple(doubtful))


def _first(
    rows: Sequence[dict[str, Any]], without: Collection[str], judges: Sequence[str]
) -> dict[str, Any] | None:
    candidates = [_candidate(row, without) for row in rows]
    sizes = {row["id"]: row["size"] for row in rows}
    words = frozenset(row["id"] for row in rows if row["from_words"])
    best = next(iter(ranked(candidates, judges, sizes=sizes, from_words=words)), None)
    return next((row for row in rows if best and row["id"] == best.id), None)


def _candidate(row: dict[str, Any], without: Collection[str]) -> Candidate:
    evidence = tuple(
        Evidence(**(each | {"status": Status(each["status"]), "about": ()}))
        for each in row["evidence"]
        if each["judge"] not in without
    )
    tokens = Tokens(1, row["mean_logprob"])
    return Candidate(
        row["id"], (), row["source"], tokens=tokens, evidence=evidence, votes=row["votes"]
    )


def _evidence(found: Evidence) -> dict[str, Any]:
    return asdict(found) | {"status": found.status.value, "output": ""}
