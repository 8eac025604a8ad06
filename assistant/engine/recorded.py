"""Records what an engine answers, and replays it, so that an evaluation can be repeated in seconds.

Answers are stored one candidate at a time under a hash of what was asked, so a run that asks for
other numbers of candidates, or in another order, reuses all that was ever generated. What was not
recorded is passed on to the engine, and then recorded. Sampling is deterministic, so a replay
gives what a run would have given, apart from near-ties.
"""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.engine.base import (
    Cancel,
    Engine,
    EngineEvent,
    EngineInfo,
    Finish,
    Prefill,
    Request,
    Sampling,
    Thought,
)
from assistant.engine.protocol import event_from_json, event_to_json, info_from_json, info_to_json
from assistant.engine.protocol import request_to_json as to_json

_VARYING = re.compile(r"assistant-\w+-\w{6,}|\b\d+\.\d+ ?s\b|0x[0-9a-f]{6,}")
"""What differs between two runs of the same task: temporary folders, durations, addresses."""


@dataclass(slots=True)
class _Take:
    """One recorded candidate."""

    events: list[EngineEvent] = field(default_factory=list)
    seconds: float = 0.0
    whole: bool = False
    """It came to its end, and was not stopped on the way."""


class RecordedEngine:
    """Implements `Engine` over another one and a file of what that one answered before."""

    def __init__(self, engine: Engine, file: Path) -> None:
        self._engine = engine
        self._file = file
        self._takes: dict[str, _Take] = {}
        self._values: dict[str, Any] = {}
        self.saved_seconds = 0.0
        """What the replayed answers took when they were generated."""
        self.generated = 0
        """Candidates that were not recorded."""
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._read(json.loads(line))

    def stream(self, request: Request, cancel: Cancel) -> Iterator[EngineEvent]:
        for at, sampling in enumerate(request.samplings):
            take = self._takes.get(_key(request, sampling))
            if take is None or not take.whole:
                yield from self._generate(request, at, cancel)
                return
            if cancel.is_set:
                yield from _cancelled(range(at, len(request.samplings)))
                return
            yield from _replayed(take, at, cancel)
            self.saved_seconds += take.seconds

    def _generate(self, request: Request, first: int, cancel: Cancel) -> Iterator[EngineEvent]:
        """The candidates of a request from `first` on, from the engine; records them."""
        rest = replace(request, samplings=request.samplings[first:])
        take, started = _Take(), time.monotonic()
        for event in self._engine.stream(rest, cancel):
            take.events.append(event)
            if isinstance(event, Prefill | Thought):
                yield event
                continue
            at = first + event.candidate
            if isinstance(event, Finish) and event.reason != "cancelled":
                now = time.monotonic()
                take.seconds, take.whole, started = now - started, True, now
                self.generated += 1
                key = _key(request, request.samplings[at])
                self._takes[key] = take
                self._write(
                    {
                        "key": key,
                        "seconds": take.seconds,
                        "events": [event_to_json(each) for each in take.events],
                    }
                )
                take = _Take()
            yield replace(event, candidate=at)

    def score(self, request: Request, labels: Sequence[str], cancel: Cancel) -> tuple[float, ...]:
        key = _key(request, None, *labels)
        if key not in self._values:
            self._store(key, list(self._engine.score(request, labels, cancel)))
        return tuple(self._values[key])

    def warm(self, request: Request, cancel: Cancel) -> Iterator[Prefill]:
        """Nothing is read ahead: a replay may never need it."""
        return iter(())

    def info(self) -> EngineInfo:
        if "info" not in self._values:
            self._store("info", info_to_json(self._engine.info()))
        return info_from_json(self._values["info"])

    def close(self) -> None:
        self._engine.close()

    def _store(self, key: str, value: Any) -> None:
        self._values[key] = value
        self._write({"key": key, "value": value})

    def _read(self, row: dict[str, Any]) -> None:
        if "value" in row:
            self._values[row["key"]] = row["value"]
            return
        events = [event_from_json(each) for each in row["events"]]
        self._takes[row["key"]] = _Take(events, row["seconds"], whole=True)

    def _write(self, row: dict[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")


def _key(request: Request, sampling: Sampling | None, *labels: str) -> str:
    """The same for requests that must be answered alike; drafts only change the speed, and what
    was interrupted ends as it would have."""
    asked = replace(request, samplings=(sampling,) if sampling else (), draft="")
    fields = to_json(replace(asked, drafting=True, wants_all=False))
    del fields["resumed"]
    text = json.dumps([fields, *labels], sort_keys=True)
    return hashlib.sha256(_VARYING.sub("~", text).encode()).hexdigest()[:32]


def _replayed(take: _Take, candidate: int, cancel: Cancel) -> Iterator[EngineEvent]:
    """A recorded candidate; cut with a Finish when it is cancelled on the way."""
    for event in take.events:
        if isinstance(event, Finish) or not cancel.is_set:
            yield (
                event
                if isinstance(event, Prefill | Thought)
                else replace(event, candidate=candidate)
            )
            continue
        yield Finish(candidate, "cancelled", 0, 0, 0.0)
        return


def _cancelled(candidates: range) -> Iterator[Finish]:
    return (Finish(each, "cancelled", 0, 0, 0.0) for each in candidates)
