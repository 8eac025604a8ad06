"""Completions of a scripted engine, and of a real one with random weights."""

from itertools import pairwise
from pathlib import Path

import pytest

from assistant.completing.completer import LEAST_MEAN, Completer, Cursor
from assistant.engine.base import Cancel, EngineEvent, Prefill, Request, Token
from assistant.engine.local import LocalEngine
from assistant.engine.scripted import Answer, ScriptedEngine
from assistant.errors import EngineError
from tests.tiny_model import write_tiny_model

TEXT = "def f(a):\n    re\n\nprint(f(1))\n"
CURSOR = Cursor("f.py", TEXT, TEXT.index("\n\nprint"))
ANYTHING = 1e-300


class Odds(ScriptedEngine):
    """Tokens with the given texts and probabilities."""

    def __init__(self, *tokens: tuple[str, float | None]) -> None:
        super().__init__(["".join(text for text, _ in tokens)], can_infill=True)
        self._tokens = tokens

    def stream(self, request: Request, cancel: Cancel):
        from math import log

        *_, finish = super().stream(request, cancel)
        yield Prefill(1, 1, 0)
        for text, odds in self._tokens:
            if not cancel.is_set:
                yield Token(0, text, None if odds is None else log(odds), None)
        yield finish


def completed(engine, cursor: Cursor = CURSOR, least_mean: float = LEAST_MEAN) -> list[str]:
    return list(Completer(engine, least_mean).complete(cursor, Cancel()))


def test_the_model_reads_the_file_around_the_cursor() -> None:
    engine = ScriptedEngine([Answer("turn a", -0.01)], can_infill=True)
    assert completed(engine)[-1] == "turn a"
    (request,) = engine.requests
    (file,) = request.files
    assert (file.path, file.text) == ("f.py", "def f(a):\n    re")
    assert request.suffix == "\n\nprint(f(1))\n"
    assert request.samplings[0].temperature == 0


def test_what_is_shown_grows() -> None:
    engine = ScriptedEngine(
        [Answer("sult = a + 1\n    return b\n\n\nx = 1", -0.01)], can_infill=True
    )
    shown = completed(engine)
    assert len(shown) > 3
    assert all(new.startswith(old) for old, new in pairwise(shown))
    assert shown[-1] == "sult = a + 1\n    return b"


def test_the_engine_is_stopped_once_nothing_more_would_be_shown() -> None:
    written: list[EngineEvent] = []
    text = "turn a\n\n\n" + "x = 1\n" * 20
    engine = ScriptedEngine([Answer(text, -0.01)], can_infill=True, before=written.append)
    assert completed(engine)[-1] == "turn a"
    assert len(written) < 10


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ([("turn", 0.9), (" a", 0.9)], "turn a"),
        ([("turn", 0.9), (" a", None)], "turn a"),
        ([("turn", None), (" a", None)], "turn a"),
        ([("turn", 0.05), (" a", 0.9)], ""),
        ([("turn", 0.9), (" a", 0.9), (" +", 0.05), (" b", 0.9)], "turn a"),
        ([("turn", 0.9), (" a", 0.9), ("bc", 0.05)], "turn"),
        ([("turn", 0.3), (" a", 0.3)], ""),
        ([("turn", 0.9), (" a", 0.3), (" +", 0.2), (" b", 0.9)], "turn a"),
        ([("turn", 0.9), (" a", 0.3), ("bc", 0.2), (" b", 0.9)], "turn"),
        ([("turn", 0.3), (" a", 0.99), ("b", 0.99)], "turn ab"),
    ],
)
def test_what_the_model_is_not_sure_of_is_not_shown(tokens, text) -> None:
    shown = completed(Odds(*tokens), least_mean=0.5)
    assert (shown or [""])[-1] == text


def test_white_space_before_the_cursor_is_written_by_the_model() -> None:
    text = "def f(a):\n    \n"
    engine = ScriptedEngine([Answer("    return a", -0.01)], can_infill=True)
    assert completed(engine, Cursor("f.py", text, len(text) - 1))[-1] == "return a"
    assert engine.requests[0].files[0].text == "def f(a):\n"


def test_a_word_that_the_length_limit_cuts_is_not_shown() -> None:
    engine = ScriptedEngine([Answer("value = other", -0.01, "length")], can_infill=True)
    assert completed(engine)[-1] == "value ="


def test_a_model_that_cannot_infill_is_not_asked() -> None:
    engine = ScriptedEngine(["turn a"])
    assert completed(engine) == []
    Completer(engine).read_ahead(CURSOR, Cancel())
    assert engine.requests == engine.warmed == []


def test_nothing_is_read_that_looks_like_a_secret() -> None:
    text = 'TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"\n'
    engine = ScriptedEngine(["x"], can_infill=True)
    assert completed(engine, Cursor("f.py", text, len(text))) == []
    assert engine.requests == []


def test_an_empty_file_is_not_completed() -> None:
    engine = ScriptedEngine(["x"], can_infill=True)
    assert completed(engine, Cursor("f.py", "\n\n", 1)) == []
    assert engine.requests == []


def test_reading_ahead_reads_what_a_completion_needs() -> None:
    engine = ScriptedEngine([Answer("turn a", -0.01)], can_infill=True)
    completer = Completer(engine)
    completer.read_ahead(CURSOR, Cancel())
    list(completer.complete(CURSOR, Cancel()))
    assert engine.warmed[0].files == engine.requests[0].files


def test_errors_of_the_engine_are_raised() -> None:
    engine = ScriptedEngine([EngineError("The worker died.")], can_infill=True)
    with pytest.raises(EngineError, match="The worker died"):
        completed(engine)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("infills") / "tiny", infills=True)


class Watched:
    """An engine whose events are kept."""

    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine
        self.events: list[EngineEvent] = []
        self.info = engine.info

    def stream(self, request: Request, cancel: Cancel):
        for event in self._engine.stream(request, cancel):
            self.events.append(event)
            yield event


def test_only_what_was_typed_and_what_follows_is_read_again(tiny: Path) -> None:
    engine = Watched(LocalEngine.load(tiny, device="cpu", context_tokens=2048))
    before, after = "".join(f"value_{n} = {n}\n" for n in range(60)), "print(value_1)\n"
    completer = Completer(engine, ANYTHING)
    cached = []
    for typed in ("", "t", "to", "tot"):
        text = f"{before}{typed}{after}"
        cursor = Cursor("f.py", text, len(before + typed))
        shown = list(completer.complete(cursor, Cancel()))
        assert all(each.isprintable() for text in shown for each in text.split("\n"))
        (read,) = [e for e in engine.events if isinstance(e, Prefill) and e.done == e.total]
        cached.append(read.total - read.cached)
        engine.events.clear()
    assert cached[0] > 300
    assert all(count <= len(after) + 5 for count in cached[1:])


def test_a_cancel_ends_it(tiny: Path) -> None:
    engine = LocalEngine.load(tiny, device="cpu", context_tokens=2048)
    cancel = Cancel()
    cancel.set()
    assert list(Completer(engine, ANYTHING).complete(CURSOR, cancel)) == []
