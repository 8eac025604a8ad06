"""Recurrent states, sliding windows and latent attention: the same text as the model's own
`generate`, however the sequence got there."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from assistant.engine import checkpoints, decoding
from assistant.engine.backend import ReplayingBackend
from assistant.engine.base import Cancel, EngineInfo, Message, Prefill, Request, Sampling, Token
from assistant.engine.chat import ChatTemplate
from assistant.engine.local import LocalEngine
from assistant.engine.prefix_store import PrefixStore
from assistant.engine.prompts import Prompts
from assistant.engine.torch_backend import TorchBackend
from assistant.engine.transcript import Transcript
from assistant.errors import EngineError, OutOfMemory
from tests.engine.fake_backends import CODEC, END, GRAMMARS, WIDTH
from tests.engine.hybrid_models import MODELS, STATEFUL, generated, greedy, load, owner
from tests.engine.requests import reason, run
from tests.tiny_model import TEMPLATE

PROMPT = [random.Random(1).randrange(200) for _ in range(70)]
COUNT = 24
Load = Callable[[str], TorchBackend]
kinds = pytest.mark.parametrize("kind", MODELS)
stateful = pytest.mark.parametrize("kind", STATEFUL)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """An empty sequence over the weights of a kind, which are loaded once."""
    known: dict[str, TorchBackend] = {}

    def empty(kind: str) -> TorchBackend:
        if kind not in known:
            known[kind] = load(kind, tmp_path_factory.mktemp(kind))
        return known[kind].fork()

    return empty


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "SLACK", 8)


class Drafts:
    """Drafts a known text, in which every third token is wrong if `wrong`."""

    def __init__(self, text: Sequence[int], *, wrong: bool) -> None:
        self.text = [(n + 1) % WIDTH if wrong and at % 3 == 2 else n for at, n in enumerate(text)]
        self.at = 0

    def add(self, number: int) -> None:
        self.at += 1

    def propose(self, ahead: Sequence[int] = ()) -> list[int]:
        return self.text[self.at : self.at + 5]

    def judge(self, proposed: int, accepted: int) -> None:
        pass


def engine(backend: TorchBackend, store: PrefixStore | None = None) -> LocalEngine:
    info = EngineInfo("tiny", "cpu", "bf16", 2048, 1, 0, 0.0)
    template = ChatTemplate(TEMPLATE, {})
    return LocalEngine(backend, CODEC, GRAMMARS, template, [END], info, store=store)


def asked(*texts: str, samplings: int = 1) -> Request:
    messages = tuple(Message("user", text) for text in texts)
    return Request(messages, samplings=(Sampling(max_tokens=COUNT),) * samplings)


def encoded(request: Request) -> list[int]:
    return Prompts(ChatTemplate(TEMPLATE, {}), CODEC).encode(request, 2048).known


def pieces(ids: Sequence[int]) -> list[str]:
    """The text of each token, as an engine streams it."""
    transcript = Transcript(())
    found = [
        token.text
        for number in ids
        if number != END
        for token in transcript.add(Token(0, "", None, None), CODEC.bytes_of(number))
    ]
    return found + [token.text for token in transcript.finish()]


@kinds
def test_prefill_in_chunks_gives_the_text_of_generate(loaded: Load, kind: str) -> None:
    for sizes in ([70], [30, 1, 39], [7] * 10):
        backend, at = loaded(kind), 0
        for size in sizes:
            rows = backend.forward(PROMPT[at : at + size], 1)
            at += size
        assert greedy(backend, rows[-1], COUNT) == generated(backend, PROMPT, COUNT)


@kinds
def test_truncating_gives_the_text_of_generate(loaded: Load, kind: str) -> None:
    backend = loaded(kind)
    for start in range(0, 70, 20):
        backend.forward(PROMPT[start : start + 20], 1)
        if isinstance(backend, ReplayingBackend):
            backend.keep()
    for length in (69, 65, 61, 40, 39, 3, 0):
        backend.truncate(length)
        assert backend.length == length
        other = [*PROMPT[:length], 7, 8, 9]
        expected = generated(backend, other, 6)
        assert greedy(backend, backend.forward([7, 8, 9], 1)[0], 6) == expected
        backend.truncate(length)
        backend.forward(PROMPT[length:], 1)


@kinds
def test_rows_do_not_depend_on_what_happened_before(loaded: Load, kind: str) -> None:
    """Random appends, truncations, forks and checkpoints, against one pass over all ids."""
    choose = random.Random(2)
    backend, ids = loaded(kind), list[int]()
    for _ in range(25):
        length = choose.randrange(max(0, len(ids) - choose.choice([4, 200])), len(ids) + 1)
        backend.truncate(length)
        more = [choose.randrange(200) for _ in range(choose.choice([1, 3, 20]))]
        rows = backend.forward(more, len(more))
        ids = [*ids[:length], *more]
        with torch.inference_mode():
            expected = owner(backend).model(input_ids=torch.tensor([ids])).logits[0, -len(more) :]
        torch.testing.assert_close(rows, expected, rtol=0, atol=2e-2)
        if isinstance(backend, ReplayingBackend) and choose.random() < 0.4:
            backend.keep()
        if choose.random() < 0.2:
            backend = backend.fork()


@kinds
def test_a_checkpoint_of_dropped_tokens_is_never_used(loaded: Load, kind: str) -> None:
    backend = loaded(kind)
    backend.forward(PROMPT[:15], 1)
    if isinstance(backend, ReplayingBackend):
        backend.keep()
    backend.forward(PROMPT[15:20], 1)
    backend.forward([1, 2, 3], 1)
    backend.truncate(15)
    for number in range(30, 40):
        backend.forward([number], 1)
    backend.truncate(24)
    ids = [*PROMPT[:15], *range(30, 39)]
    row = backend.forward([9], 1)[0]
    assert greedy(backend, row, 6) == generated(backend, [*ids, 9], 6)


@kinds
@pytest.mark.parametrize("wrong", [False, True])
def test_drafts_change_no_token(
    loaded: Load, kind: str, wrong: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, backend = asked("one", "two"), loaded(kind)
    expected = generated(backend, encoded(request), COUNT)
    monkeypatch.setattr(decoding, "Drafter", lambda *_: Drafts(expected, wrong=wrong))
    [found] = run(engine(backend), request)
    assert found.pieces == pieces(expected)
    assert found.finish is not None
    assert found.finish.drafted >= len(found.pieces) // 3


@kinds
def test_three_candidates_are_the_same(loaded: Load, kind: str) -> None:
    request, backend = asked("one", samplings=3), loaded(kind)
    expected = pieces(generated(backend, encoded(request), COUNT))
    assert [each.pieces for each in run(engine(backend), request)] == [expected] * 3


@kinds
def test_forks_do_not_disturb_each_other(loaded: Load, kind: str) -> None:
    backend = loaded(kind)
    backend.forward(PROMPT, 1)
    forks = [backend.fork() for _ in range(3)]
    rows = [each.forward([number], 1)[0] for number, each in enumerate(forks, start=7)]
    found: list[list[int]] = [[], [], []]
    for _ in range(8):
        for at, each in enumerate(forks):
            found[at].append(int(rows[at].argmax()))
            rows[at] = each.forward(found[at][-1:], 1)[0]
    for number, text in enumerate(found, start=7):
        assert text == generated(backend, [*PROMPT, number], 8)
    assert greedy(backend, backend.forward([3], 1)[0], 8) == generated(backend, [*PROMPT, 3], 8)


@kinds
def test_a_second_request_reuses_the_prefix(loaded: Load, kind: str) -> None:
    backend = loaded(kind)
    running = engine(backend)
    first, second = asked("common " * 9, "one"), asked("common " * 9, "two", "three")
    run(running, first)
    events = list(running.stream(second, Cancel()))
    assert isinstance(events[0], Prefill)
    assert events[0].cached > 60
    expected = pieces(generated(backend, encoded(second), COUNT))
    assert [each.text for each in events if isinstance(each, Token)] == expected


@stateful
def test_a_shared_prefix_is_not_read_again(
    loaded: Load, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = loaded(kind)
    running, read = engine(backend), list[int]()
    run(running, asked("common " * 9, "one " * 9, "more " * 9))
    real = owner(backend)._forward

    def counted(ids: Sequence[int], *rest: Any) -> torch.Tensor:
        read.append(len(ids))
        return real(ids, *rest)

    monkeypatch.setattr(owner(backend), "_forward", counted)
    request = asked("common " * 9, "two")
    prompt = encoded(request)
    list(running.warm(request, Cancel()))
    assert sum(read) < len(prompt) - prompt.index(END)


@stateful
def test_a_cancelled_request_leaves_a_usable_sequence(loaded: Load, kind: str) -> None:
    backend, cancel = loaded(kind), Cancel()
    running, request = engine(backend), asked("one")
    for event in running.stream(request, cancel):
        if isinstance(event, Token):
            cancel.set()
    [found] = run(running, request)
    assert found.pieces == pieces(generated(backend, encoded(request), COUNT))
    assert reason(found) in ("length", "stop")


@kinds
def test_a_failed_pass_leaves_the_sequence_as_it_was(loaded: Load, kind: str) -> None:
    backend = loaded(kind)
    backend.forward(PROMPT[:40], 1)
    backend.forward(PROMPT[40:50], 1)
    layers = owner(backend).model.get_decoder().layers

    def fail(*_: object) -> None:
        raise RuntimeError("not enough memory: cannot alloc")

    hook = layers[2].register_forward_pre_hook(fail)
    with pytest.raises(OutOfMemory):
        backend.forward(PROMPT[50:], 1)
    hook.remove()
    assert backend.length == 50
    row = backend.forward(PROMPT[50:], 1)[0]
    assert greedy(backend, row, 6) == generated(backend, PROMPT, 6)


@stateful
def test_a_recurrent_state_is_not_stored(loaded: Load, kind: str, tmp_path: Path) -> None:
    running = engine(loaded(kind), PrefixStore(tmp_path, kind))
    run(running, asked("word " * 200))
    running.close()
    assert list(tmp_path.rglob("*.prefix")) == []


def test_latent_attention_is_not_stored(loaded: Load) -> None:
    backend = loaded("deepseek_v3")
    backend.forward(PROMPT, 1)
    assert backend.export_cache(len(PROMPT)) is None


def test_values_of_another_model_are_not_taken_for_a_state(loaded: Load) -> None:
    backend = loaded("qwen3_next")
    values = torch.zeros(4, 2, 2, 5, 8).numpy()
    with pytest.raises(ValueError, match="does not fit"):
        backend.import_cache(values)
    assert backend.length == 0


def test_infinite_logits_leave_the_sequence_as_it_was(
    loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = loaded("lfm2")
    backend.forward(PROMPT[:60], 1)
    real = owner(backend)._forward
    monkeypatch.setattr(owner(backend), "_forward", lambda *a: real(*a) * float("inf"))
    with pytest.raises(EngineError, match="not finite"):
        backend.forward(PROMPT[60:], 1)
    monkeypatch.undo()
    row = backend.forward(PROMPT[60:], 1)[0]
    assert greedy(backend, row, 6) == generated(backend, PROMPT, 6)
