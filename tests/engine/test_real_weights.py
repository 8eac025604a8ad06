"""The engine on real weights: the 0.5B model talks, obeys constraints and copies."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.engine.base import (
    Cancel,
    Completion,
    Constraint,
    Message,
    Prefill,
    Request,
    Sampling,
    gather,
)
from assistant.engine.client import WorkerEngine
from assistant.settings import Settings

pytestmark = pytest.mark.weights

SYSTEM = Message("system", "You are a careful programmer.")
UNIT = '''def average(values: list[float]) -> float:
    """The arithmetic mean of the values; zero for none."""
    total = 0.0
    for value in values:
        total += value
    if not values:
        return 0.0
    return total / len(value)
'''
FIX = Request(
    (
        SYSTEM,
        Message(
            "user",
            "The last line uses a wrong name. Write the whole function again, corrected.\n"
            f"```python\n{UNIT}```",
        ),
    ),
    opening="```python\ndef average(values: list[float]) -> float:\n",
    samplings=(Sampling(max_tokens=160, stop=("```",)),),
)
PLAN = {
    "type": "object",
    "properties": {"verb": {"enum": ["edit", "create", "delete"]}, "count": {"type": "integer"}},
    "required": ["verb", "count"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def engine(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerEngine]:
    engine = WorkerEngine(weights_dir, Settings(cache_dir=tmp_path_factory.mktemp("cache")))
    yield engine
    engine.close()


def run(engine: WorkerEngine, request: Request) -> Completion:
    completion = Completion()
    for event in engine.stream(request, Cancel()):
        if not isinstance(event, Prefill):
            gather(completion, event)
    return completion


def test_it_greets_and_ends_its_turn(engine: WorkerEngine) -> None:
    asked = (SYSTEM, Message("user", "Say hello in one short sentence."))
    found = run(engine, Request(asked, samplings=(Sampling(max_tokens=60),)))
    assert "hello" in found.text.lower()
    assert found.finish is not None
    assert found.finish.reason == "stop"
    assert found.mean_logprob > -2.0


def test_a_constraint_is_obeyed(engine: WorkerEngine) -> None:
    asked = (
        SYSTEM,
        Message("user", "Delete three files. Which verb, and how many? Answer in JSON."),
    )
    found = run(engine, Request(asked, constraint=Constraint("json_schema", json.dumps(PLAN))))
    assert json.loads(found.text) == {"verb": "delete", "count": 3}


def test_scores_follow_the_question(engine: WorkerEngine) -> None:
    def letter(right: str) -> list[float]:
        question = f"The secret letter is {right}. Say the secret letter, and nothing else."
        return [*engine.score(Request((Message("user", question),)), ["A", "B", "C"], Cancel())]

    for at, right in enumerate("ABC"):
        scores = letter(right)
        assert scores.index(max(scores)) == at


def test_drafting_speeds_up_a_rewrite_and_changes_nothing(engine: WorkerEngine) -> None:
    drafted = run(engine, replace(FIX, draft=UNIT))
    assert "/ len(values)" in drafted.text
    assert drafted.finish is not None
    assert drafted.finish.drafted > 0.6 * drafted.finish.tokens
    assert run(engine, FIX).text == drafted.text
