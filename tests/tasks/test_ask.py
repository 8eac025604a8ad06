"""Questions, and those that follow up on earlier ones."""

import pytest

from assistant.context.bundle import Context, Selected
from assistant.engine.base import Cancel, Request
from assistant.prompt.builder import ask_messages
from assistant.prompt.conversation import SHARE, Exchange, fitting
from assistant.solving.events import AnswerReady, ContextRead, Phase, PhaseStarted
from assistant.solving.request import Said, TaskRequest
from assistant.tasks.ask import ask
from tests.worlds import WordCounter

FIRST = Exchange("What does mean do?", "It divides the sum.")
SECOND = Exchange("Where is it?", "In calc.py.")
NOTHING = Context((), "", 0, 0, 100)


def answer(request: Request) -> str:
    return "Nothing does."


def test_earlier_questions_are_turns_of_one_conversation() -> None:
    messages = ask_messages(NOTHING, "And who calls it?", (FIRST, SECOND))
    assert [each.role for each in messages] == [
        *("system", "user", "assistant", "user", "assistant", "user")
    ]
    contents = [each.content for each in messages[1:]]
    assert FIRST.question in contents[0]
    assert contents[1] == FIRST.answer
    assert SECOND.question in contents[2]
    assert contents[3] == SECOND.answer
    assert "And who calls it?" in contents[4]
    assert messages[:1] == ask_messages(NOTHING, "x")[:1]


def test_the_code_comes_before_the_first_question(make_world) -> None:
    world = make_world(answer)
    request = TaskRequest("Who calls it?", (Selected("calc.py"),), said=Said((FIRST,)))
    list(ask(world.workspace, request, Cancel()))
    (asked,) = world.engine.requests
    assert "def mean" in asked.messages[1].content
    assert "def mean" not in asked.messages[-1].content


def test_the_status_says_how_many_answers_are_part_of_it(make_world) -> None:
    world = make_world(answer)
    for earlier, detail in (
        ((), ""),
        ((FIRST,), "with 1 earlier answer"),
        ((FIRST, SECOND), "with 2 earlier answers"),
    ):
        request = TaskRequest("Who calls it?", (Selected("calc.py"),), said=Said(earlier))
        events = list(ask(world.workspace, request, Cancel()))
        assert PhaseStarted(Phase.ANSWERING, detail) in events
        assert events[-1] == AnswerReady("Nothing does.")


def test_a_follow_up_reads_what_the_question_before_was_about(make_world) -> None:
    files = {f"part{n}.py": f"def job{n}(x):\n    return x + {n}\n" * 40 for n in range(30)}
    request = TaskRequest("And who calls it?", said=Said((Exchange("What is job7?", "A job."),)))
    read = []
    world = make_world(answer, files=files)
    for asked in (TaskRequest(request.task), request):
        events = ask(world.workspace, asked, Cancel())
        context = next(each.context for each in events if isinstance(each, ContextRead))
        read.append([file.path for file in context.files])
    assert "part7.py" not in read[0]
    assert "part7.py" in read[1]


@pytest.mark.parametrize(
    ("room", "kept"),
    [(0, ()), (4, ()), (5, (SECOND,)), (12, (SECOND,)), (13, (FIRST, SECOND))],
)
def test_the_newest_answers_that_fit_are_kept(room, kept) -> None:
    assert fitting((FIRST, SECOND), WordCounter(), room * SHARE) == kept


def test_an_answer_that_does_not_fit_hides_those_before_it() -> None:
    long = Exchange("q", "word " * 100)
    assert fitting((FIRST, long, SECOND), WordCounter(), 30 * SHARE) == (SECOND,)
