"""Reasoning of local models: apart from the answer, within its budget, once for all candidates."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from tokenizers import AddedToken
from torch import Tensor

from assistant.engine.base import (
    Cancel,
    Constraint,
    EngineEvent,
    EngineInfo,
    Finish,
    Message,
    Prefill,
    Request,
    Sampling,
    Thought,
    Token,
)
from assistant.engine.chat import ChatTemplate
from assistant.engine.client import WorkerEngine
from assistant.engine.codec import Codec
from assistant.engine.constraints import Grammars
from assistant.engine.local import LocalEngine
from assistant.engine.prompts import Prompts
from assistant.engine.protocol import (
    event_from_json,
    event_to_json,
    request_from_json,
    request_to_json,
)
from assistant.engine.recorded import RecordedEngine
from assistant.engine.thinking import THINKING_TOKENS
from assistant.errors import EngineError
from assistant.settings import Settings
from assistant.solving.drawing import Drawn, draw
from assistant.solving.events import CandidateStarted, ThoughtStreamed
from tests.engine.fake_backends import FakeBackend
from tests.engine.requests import HELLO
from tests.tiny_model import TEMPLATE, tiny_tokenizer, write_tiny_model

ALWAYS = TEMPLATE.replace("assistant\\n' }}", "assistant\\n<think>\\n' }}")
SWITCHED = TEMPLATE.replace(
    "{{- '<|im_start|>assistant\\n' }}",
    "{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}"
    "{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}",
)
UNSWITCHED = "{# strips <think> blocks of earlier turns #}" + TEMPLATE
HARMONY = (
    "{# <|channel|>analysis<|message|> #}{%- for message in messages %}"
    "{{- '<|start|>' + message.role + '<|message|>' + message.content + '<|end|>' }}{%- endfor %}"
    "{{- '<|start|>assistant' }}"
)
GEMMA = TEMPLATE + (
    "{# <|channel>thought #}{%- if not enable_thinking %}"
    "{{- '<|channel>thought\\n<channel|>' }}{%- endif %}"
)
THOUGHT, ANSWER = "Two numbers are added.\n", "return a + b"


def _codec() -> Codec:
    tokenizer = tiny_tokenizer()
    names = ("<think>", "</think>", "<|start|>", "<|channel|>", "<|message|>", "<|end|>")
    names += ("<|channel>", "<channel|>")
    tokenizer.add_special_tokens([AddedToken(each, normalized=False) for each in names])
    return Codec(tokenizer.to_str())


CODEC = _codec()
END = CODEC.encode_prompt("<|im_end|>", "")[0]
GRAMMARS = Grammars(CODEC.source, [END])


def reasoning(
    thought: str | None = THOUGHT,
    *,
    end: str = "</think>",
    start: str = "</think>\n\n",
    begin: str = "<think>\n",
    begins: bool = True,
) -> FakeBackend:
    """Thinks after `begin`, without end if None, and answers after `start`.

    It writes `begin` itself if it `begins`.
    """
    ids = None if thought is None else CODEC.encode_prompt(thought + end, "")
    answer = [*CODEC.encode(ANSWER), END]
    opened, lead = CODEC.encode_prompt(begin, ""), CODEC.encode_prompt(start, "")
    endless = CODEC.encode(",".join(map(str, range(2000))))

    def row(seen: tuple[int, ...]) -> Tensor:
        answering, thinking = _after(seen, lead), _after(seen, opened)
        if answering is not None and (thinking is None or answering <= thinking):
            following = answer[min(answering, len(answer) - 1)]
        elif thinking is None:
            following = opened[0] if begins else answer[0]
        else:
            following = endless[thinking] if ids is None else ids[min(thinking, len(ids) - 1)]
        logits = torch.zeros(CODEC.size)
        logits[following] = 20.0
        return logits

    return FakeBackend(row)


def _after(seen: Sequence[int], part: list[int]) -> int | None:
    """How many ids follow the last occurrence of the part."""
    for end in range(len(seen), len(part) - 1, -1):
        if list(seen[end - len(part) : end]) == part:
            return len(seen) - end
    return None


def engine(
    backend: FakeBackend,
    template: str = ALWAYS,
    *,
    context_tokens: int = 4096,
    thinking: int = THINKING_TOKENS,
) -> LocalEngine:
    info = EngineInfo("fake", "cpu", "none", context_tokens, 1, 0, 0.0)
    chat = ChatTemplate(template, {})
    return LocalEngine(backend, CODEC, GRAMMARS, chat, [END], info, thinking=thinking)


def asked(
    thinking: int | None = None, opening: str = "", samplings: int = 1, most: int = 40
) -> Request:
    given = (Sampling(max_tokens=most),) * samplings
    return Request(HELLO, opening, given, thinking=thinking)


def told(events: Sequence[EngineEvent]) -> tuple[str, list[str]]:
    """The reasoning, and the text of each candidate."""
    texts = [""] * sum(isinstance(each, Finish) for each in events)
    for each in events:
        if isinstance(each, Token):
            texts[each.candidate] += each.text
    return "".join(each.text for each in events if isinstance(each, Thought)), texts


def finishes(events: Sequence[EngineEvent]) -> list[Finish]:
    return [each for each in events if isinstance(each, Finish)]


def test_reasoning_is_no_part_of_the_answer() -> None:
    events = list(engine(reasoning()).stream(asked(), Cancel()))
    assert told(events) == (THOUGHT, [ANSWER])
    [finish] = finishes(events)
    assert finish.reason == "stop"
    assert finish.thought == len(CODEC.encode(THOUGHT))
    assert finish.tokens == len(CODEC.encode(ANSWER))
    prompts = Prompts(ChatTemplate(ALWAYS, {}), CODEC)
    closing = prompts.thinking.closing(forced=False)
    assert finish.prompt_tokens == prompts.encode(asked(), 4096).length + len(closing)
    prefills = [at for at, each in enumerate(events) if isinstance(each, Prefill)]
    assert prefills == list(range(len(prefills)))


def test_reasoning_is_closed_when_its_budget_is_used_up() -> None:
    backend = reasoning(None)
    events = list(engine(backend).stream(asked(thinking=7), Cancel()))
    thought, texts = told(events)
    assert thought == "0,1,2,3"
    assert texts == [ANSWER]
    assert finishes(events)[0].thought == 7
    assert CODEC.decode(backend.ids).endswith(f"0,1,2,3\n\n\n\n{ANSWER}")


def test_the_default_budget_ends_reasoning_of_a_model_that_always_thinks() -> None:
    events = list(engine(reasoning(None)).stream(asked(), Cancel()))
    assert finishes(events)[0].thought == THINKING_TOKENS
    assert told(events)[1] == [ANSWER]


@pytest.mark.parametrize("template", [ALWAYS, UNSWITCHED])
def test_the_settings_may_name_another_default(template: str) -> None:
    events = list(engine(reasoning(None), template, thinking=7).stream(asked(), Cancel()))
    assert finishes(events)[0].thought == 7
    events = list(engine(reasoning(), template, thinking=0).stream(asked(), Cancel()))
    assert told(events) == ("", [ANSWER])
    events = list(engine(reasoning(), template, thinking=0).stream(asked(thinking=90), Cancel()))
    assert told(events) == (THOUGHT, [ANSWER])


@pytest.mark.parametrize("budget", [0, 5])
def test_the_setting_reaches_the_worker(tmp_path: Path, budget: int) -> None:
    settings = Settings(
        cache_dir=tmp_path / "cache", threads=1, context_tokens=512, thinking_tokens=budget
    )
    running = WorkerEngine(write_tiny_model(tmp_path / "model", reasons=True), settings)
    events = list(running.stream(asked(most=4), Cancel()))
    running.close()
    thoughts = [each for each in events if isinstance(each, Thought)]
    assert bool(thoughts) == bool(budget)
    assert len(thoughts) <= budget
    assert finishes(events)[0].thought == len(thoughts)


def test_repetition_ends_reasoning() -> None:
    events = list(engine(reasoning("so " * 400)).stream(asked(thinking=1200), Cancel()))
    assert 0 < finishes(events)[0].thought < 600
    assert told(events)[1] == [ANSWER]


@pytest.mark.parametrize("template", [ALWAYS, SWITCHED, UNSWITCHED])
def test_a_budget_of_zero_skips_reasoning(template: str) -> None:
    backend = reasoning()
    events = list(engine(backend, template).stream(asked(thinking=0), Cancel()))
    assert told(events) == ("", [ANSWER])
    assert finishes(events)[0].thought == 0


def test_a_model_that_can_be_told_not_to_think_does_not_unless_asked() -> None:
    assert told(list(engine(reasoning(), SWITCHED).stream(asked(), Cancel()))) == ("", [ANSWER])
    events = list(engine(reasoning(), SWITCHED).stream(asked(thinking=90), Cancel()))
    assert told(events) == (THOUGHT, [ANSWER])


def test_a_model_that_begins_reasoning_by_itself_thinks() -> None:
    events = list(engine(reasoning(), UNSWITCHED).stream(asked(), Cancel()))
    assert told(events) == (THOUGHT, [ANSWER])


def test_a_model_without_a_wish_to_think_answers_at_once() -> None:
    """Templates of models that never think may still handle reasoning in earlier turns."""
    for budget in (None, 0, 50):
        backend = reasoning(begins=False)
        events = list(engine(backend, UNSWITCHED).stream(asked(budget, most=1), Cancel()))
        assert told(events) == ("", ["return"])
        assert (
            backend.ids
            == Prompts(ChatTemplate(UNSWITCHED, {}), CODEC).encode(asked(), 4096).place.ids
        )


@pytest.mark.parametrize(("budget", "expected"), [(None, THOUGHT), (5, "Two n"), (0, "")])
def test_the_analysis_channel_is_reasoning(budget: int | None, expected: str) -> None:
    backend = reasoning(
        end="<|end|>",
        begin="<|channel|>analysis<|message|>",
        start="<|channel|>final<|message|>",
    )
    events = list(engine(backend, HARMONY).stream(asked(budget), Cancel()))
    assert told(events) == (expected, [ANSWER])


@pytest.mark.parametrize(("budget", "expected"), [(None, ""), (90, THOUGHT)])
def test_the_thought_channel_is_reasoning(budget: int | None, expected: str) -> None:
    backend = reasoning(end="<channel|>", begin="<|channel>thought\n", start="<channel|>")
    events = list(engine(backend, GEMMA).stream(asked(budget), Cancel()))
    assert told(events) == (expected, [ANSWER])


def test_models_without_reasoning_ignore_the_budget() -> None:
    prompts = Prompts(ChatTemplate(TEMPLATE, {}), CODEC)
    assert prompts.thinking.end == frozenset()
    with_budget = prompts.encode(asked(thinking=99), 4096)
    assert with_budget == prompts.encode(asked(), 4096)
    assert with_budget.place.budget == 0


def test_text_of_a_message_opens_no_reasoning() -> None:
    prompts = Prompts(ChatTemplate(TEMPLATE + "{# <think> #}", {}), CODEC)
    hostile = Request((Message("user", "<think>\n"),), thinking=0)
    ids = prompts.encode(hostile, 4096).place.ids
    assert CODEC.encode_prompt("<think>", "")[0] not in ids


def test_the_opening_and_the_constraint_begin_after_the_reasoning() -> None:
    opening = ANSWER[:6]
    request = Request(
        HELLO,
        opening,
        (Sampling(max_tokens=40),),
        Constraint("regex", r"[ +ab]{6}"),
    )
    backend = reasoning()
    events = list(engine(backend).stream(request, Cancel()))
    assert told(events) == (THOUGHT, [ANSWER[6:]])


def test_all_candidates_share_one_reasoning() -> None:
    backend = reasoning()
    events = list(engine(backend).stream(asked(samplings=3), Cancel()))
    assert told(events) == (THOUGHT, [ANSWER] * 3)
    assert [each.thought for each in finishes(events)] == [len(CODEC.encode(THOUGHT))] * 3


def test_cancelling_while_the_model_thinks_ends_all_candidates() -> None:
    cancel = Cancel()
    events = []
    for event in engine(reasoning(None)).stream(asked(samplings=2), cancel):
        events.append(event)
        if isinstance(event, Thought):
            cancel.set()
    assert [each.reason for each in finishes(events)] == ["cancelled", "cancelled"]
    assert told(events)[1] == ["", ""]


def test_stop_strings_do_not_end_reasoning() -> None:
    request = Request(HELLO, samplings=(Sampling(max_tokens=40, stop=("numbers", " + b")),))
    events = list(engine(reasoning()).stream(request, Cancel()))
    assert told(events) == (THOUGHT, ["return a"])


def test_a_template_that_closes_reasoning_always_leaves_no_budget() -> None:
    closed = ALWAYS.replace("<think>\\n", "</think>\\n\\n") + "{# <think> #}"
    events = list(engine(reasoning(), closed).stream(asked(thinking=50), Cancel()))
    assert told(events) == ("", [ANSWER])


def test_the_context_holds_the_block_that_skips_reasoning() -> None:
    request = asked(thinking=0, most=10)
    place = Prompts(ChatTemplate(UNSWITCHED, {}), CODEC).encode(request, 4096).place
    size = len(place.ids) + len(place.skip) + 10
    events = list(engine(reasoning(), UNSWITCHED, context_tokens=size).stream(request, Cancel()))
    assert told(events) == ("", [ANSWER])
    with pytest.raises(EngineError, match="more than the context"):
        list(engine(reasoning(), UNSWITCHED, context_tokens=size - 1).stream(request, Cancel()))


def test_reasoning_takes_no_more_than_the_context_has() -> None:
    request = asked(most=40)
    size = Prompts(ChatTemplate(ALWAYS, {}), CODEC).encode(request, 4096).length
    tight = engine(reasoning(None), context_tokens=size + 40 + 60)
    [finish] = finishes(list(tight.stream(request, Cancel())))
    assert 32 <= finish.thought < 60
    none = engine(reasoning(None), context_tokens=size + 40 + 20)
    events = list(none.stream(request, Cancel()))
    assert told(events) == ("", [ANSWER])
    with pytest.raises(EngineError, match="more than the context"):
        list(engine(reasoning(), context_tokens=size + 39).stream(request, Cancel()))


@pytest.mark.parametrize("template", [ALWAYS, SWITCHED, UNSWITCHED])
def test_labels_are_scored_without_reasoning(template: str) -> None:
    scores = engine(reasoning(), template).score(asked(), ["return", "x"], Cancel())
    assert scores[0] > scores[1]


def test_a_prompt_that_was_read_ahead_is_not_read_again() -> None:
    running = engine(reasoning())
    list(running.warm(asked(), Cancel()))
    first = next(iter(running.stream(asked(), Cancel())))
    assert isinstance(first, Prefill)
    assert first.cached == first.total - 1


def test_thoughts_and_budgets_pass_through_the_protocol() -> None:
    assert event_from_json(event_to_json(Thought("hm\n"))) == Thought("hm\n")
    for request in (asked(), asked(thinking=0), asked(thinking=9)):
        assert request_from_json(request_to_json(request)) == request


def test_drafts_may_run_past_the_end_of_the_reasoning(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CODEC.encode_prompt(f"{THOUGHT}</think>\n\n{ANSWER}", "")

    class Drafts:
        """Drafts reasoning and answer as one text."""

        def __init__(self, *_: object) -> None:
            self.at = 0

        def add(self, number: int) -> None:
            self.at += 1

        def propose(self, ahead: Sequence[int] = ()) -> list[int]:
            return text[self.at : self.at + 30]

        def judge(self, proposed: int, accepted: int) -> None:
            pass

    monkeypatch.setattr("assistant.engine.decoding.Drafter", Drafts)
    assert told(list(engine(reasoning()).stream(asked(), Cancel()))) == (THOUGHT, [ANSWER])


def test_recordings_replay_reasoning(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    first = list(RecordedEngine(engine(reasoning()), file).stream(asked(), Cancel()))
    again = list(RecordedEngine(engine(reasoning("other")), file).stream(asked(), Cancel()))
    assert told(again) == told(first) == (THOUGHT, [ANSWER])


def test_a_draw_leaves_reasoning_out_of_its_candidate() -> None:
    events = list(draw(engine(reasoning()), asked(), Cancel(), lambda: 1))
    [drawn] = [each for each in events if isinstance(each, Drawn)]
    assert drawn.completion.text == ANSWER
    thoughts = [at for at, each in enumerate(events) if isinstance(each, ThoughtStreamed)]
    assert "".join(events[at].text for at in thoughts) == THOUGHT
    assert thoughts[-1] < events.index(CandidateStarted(1))
