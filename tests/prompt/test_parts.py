"""The parts of a prompt, for people."""

from assistant.context.bundle import Context, ContextFile, Selected
from assistant.prompt.builder import ask_messages
from assistant.prompt.conversation import Exchange
from assistant.prompt.parts import Composition, common_tokens, composition, with_cached
from tests.worlds import WordCounter

WHOLE = ContextFile("a.py", "def one():\n    pass\n", (), 6)
PART = ContextFile("src/b.py", "def two():\n", (), 4, True, False, ("two",), 90, ("three",))
CONTEXT = Context(
    (WHOLE, PART),
    "c.py\n  def four()",
    3,
    13,
    100,
    ("big.py",),
    (("src/b.py", "words in common: two"),),
    ("d.py::five",),
)
EARLIER = (Exchange("What is one?", "A function."),)


def composed(*selection: Selected, task: str = "What does two do?") -> Composition:
    return composition(CONTEXT, task, EARLIER, selection, WordCounter())


def test_parts_have_the_order_and_the_text_of_the_prompt() -> None:
    found = composed()
    names = [part.name for part in found.parts]
    assert names == ["instructions", "outline", "a.py", "src/b.py", "earlier question", "task"]
    sent = "\n".join(each.content for each in ask_messages(CONTEXT, "What does two do?", EARLIER))
    places = [sent.index(text) for part in found.parts for text in part.text.split("\n\n")]
    assert places == sorted(places)


def test_each_part_says_why_it_is_there() -> None:
    found = composed(Selected("a.py"), Selected("src", ""))
    reasons = {part.name: part.reason for part in found.parts}
    assert reasons["a.py"] == "you selected it"
    assert reasons["src/b.py"] == "in a folder that you selected"
    assert composed(Selected("src/b.py", "two")).parts[3].reason == "you selected two"
    assert composed().parts[3].reason == "words in common: two"
    assert composed().parts[2].reason == "chosen for the task"
    assert composed().parts[3].detail.endswith("two, three (its beginning)")


def test_what_is_left_out_is_listed_with_the_reason() -> None:
    left_out = dict(composed(Selected("src/b.py")).left_out)
    assert "no room" in left_out["big.py"]
    assert "less relevant" in left_out["d.py::five"]
    assert left_out["src/b.py"].startswith("in part")
    assert "a.py" not in left_out


def test_without_a_task_there_is_none() -> None:
    assert composed(task=" ").parts[-1].name == "earlier question"


def test_the_cache_covers_the_beginning() -> None:
    first, second, third, *rest = with_cached(composed(), composed().parts[0].tokens + 5).parts
    assert (first.cached, second.cached, third.cached) == (first.tokens, 3, 2)
    assert not any(part.cached for part in rest)
    assert with_cached(composed(), 10_000).cached == composed().tokens


def test_what_is_common_with_the_last_prompt_ends_at_the_first_difference() -> None:
    other = composed(task="Another task")
    assert common_tokens(other, None) == 0
    assert common_tokens(other, composed()) == sum(part.tokens for part in other.parts[:-1])
