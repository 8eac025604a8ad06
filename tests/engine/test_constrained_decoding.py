"""The decode loop under a grammar."""

import json
import re

import pytest

from assistant.engine.base import (
    Cancel,
    Constraint,
    Sampling,
    Token,
)
from assistant.errors import EngineError
from tests.engine.fake_backends import engine_over, hashed
from tests.engine.requests import SAMPLINGS, SCHEMA, reason, request, run


@pytest.mark.parametrize(
    "sampling", [Sampling(max_tokens=200), Sampling(1.5, seed=5, max_tokens=200)]
)
@pytest.mark.parametrize("memory", [1, 2, 3, 4])
def test_constrained_output_parses(memory: int, sampling: Sampling) -> None:
    asked = request(sampling, constraint=Constraint("json_schema", SCHEMA))
    for drafts in (True, False):
        [found] = run(engine_over(hashed(memory), drafts=drafts), asked)
        value = json.loads(found.text)
        assert value["verb"] in ("edit", "create", "delete")
        assert reason(found) == "stop"


def test_constraint_with_drafts_changes_no_token() -> None:
    lark = 'start: line{1,20}\nline: /[a-z]+ = [0-9]+/ "\\n"'.replace("{1,20}", "+")
    for constraint in (Constraint("regex", r"([a-z]{1,4} = [0-9]{1,3}\n){5,9}end"),
                       Constraint("lark", lark), Constraint("json_schema", SCHEMA)):  # fmt: skip
        asked = request(*SAMPLINGS, constraint=constraint, draft="abc = 12\nend")
        plain = run(engine_over(hashed(2), drafts=False), asked)
        drafted = run(engine_over(hashed(2)), asked)
        assert [each.pieces for each in drafted] == [each.pieces for each in plain]


def test_forced_tokens_share_forward_passes() -> None:
    backend = hashed(3)
    text = "the only sentence that can be written here."
    [found] = run(engine_over(backend), request(constraint=Constraint("regex", re.escape(text))))
    assert found.text == text
    assert len(backend.forwards) < 8


def test_forced_tokens_are_marked() -> None:
    asked = request(constraint=Constraint("regex", "(yes|no), certainly"))
    tokens = [e for e in engine_over(hashed(3)).stream(asked, Cancel()) if isinstance(e, Token)]
    assert tokens[0].source == "sampled"
    assert {token.source for token in tokens[1:]} == {"forced"}


@pytest.mark.parametrize(
    "constraint",
    [
        Constraint("regex", "(unclosed"),
        Constraint("lark", "start: missing"),
        Constraint("json_schema", '{"type": "nonsense"}'),
        Constraint("json_schema", "{not json"),
    ],
)
def test_an_invalid_grammar_is_refused_before_any_event(constraint: Constraint) -> None:
    backend = hashed(1)
    with pytest.raises(EngineError, match=constraint.kind) as caught:
        next(engine_over(backend).stream(request(constraint=constraint), Cancel()))
    assert caught.value.hint
    assert "\n" not in caught.value.message
    assert not backend.forwards
