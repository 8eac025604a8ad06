"""A conversation in lines: what is understood as what, and what goes wrong."""

import io
from dataclasses import dataclass, field

import pytest

from assistant.errors import Cancelled, ModelError
from assistant.headless.conversation import Conversation, parse_line
from assistant.headless.outcome import Kind
from assistant.headless.spoken import Voice
from tests.headless.fakes import console_on


@dataclass
class FakeDeeds:
    failure: Exception | None = None
    done: list[tuple[object, ...]] = field(default_factory=list)

    def run(self, kind: Kind, text: str, pasted: str) -> None:
        self.done.append((kind, text, pasted))
        if self.failure is not None:
            raise self.failure

    def undo(self) -> str:
        return "Undone: it."

    def redo(self) -> str:
        return "Redone: it."


def talk(lines: str, failure: Exception | None = None) -> tuple[list[tuple[object, ...]], str]:
    stream, deeds = io.StringIO(), FakeDeeds(failure)
    voice = Voice(console_on(stream), io.StringIO(lines).readline)
    assert Conversation(voice, deeds).run() == 0
    return deeds.done, stream.getvalue()


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("round the totals", ("plan", "round the totals")),
        ("fix", ("fix", "")),
        ("Fix the parser", ("fix", "the parser")),
        ("/edit a b", ("edit", "a b")),
        ("ask why", ("ask", "why")),
        ("undo", ("undo", "")),
        ("undo the last loop", ("plan", "undo the last loop")),
        ("/undo now", ("undo", "now")),
        ("help me", ("plan", "help me")),
        ("/nothing", ("plan", "/nothing")),
    ],
)
def test_a_line_is_a_command_or_a_task(line: str, parsed: tuple[str, str]) -> None:
    assert parse_line(line) == parsed


def test_tasks_are_carried_out_until_the_user_leaves() -> None:
    done, text = talk("round it\n\nfix\nquit\nedit x\n")
    assert done == [(Kind.PLAN, "round it", ""), (Kind.FIX, "", "")]
    assert text.count("Task:") == 4


def test_the_end_of_input_ends_the_conversation() -> None:
    assert talk("")[0] == []
    assert talk("edit")[0] == []


def test_a_task_without_words_is_asked_for() -> None:
    done, text = talk("edit\nask\n")
    assert done == []
    assert "Type it after the word edit." in text


def test_undo_redo_and_help_say_what_they_do() -> None:
    text = talk("undo\nredo\nhelp\n")[1]
    assert "Undone: it.\n" in text
    assert "Redone: it.\n" in text
    assert "Control C stops a task." in text


def test_a_traceback_is_read_up_to_a_full_stop() -> None:
    assert talk("traceback\nError: x\n  at y\n.\n")[0] == [(Kind.FIX, "", "Error: x\n  at y\n")]
    assert talk("traceback\n.\n")[0] == []


def test_an_error_is_said_with_what_to_do_and_the_conversation_goes_on() -> None:
    done, text = talk("edit x\nedit y\n", ModelError("No model.", hint="Pull one."))
    assert len(done) == 2
    assert "Error: No model.\nWhat to do: Pull one.\n" in text


def test_a_stopped_task_is_no_error() -> None:
    text = talk("edit x\n", Cancelled())[1]
    assert "Stopped. Nothing was written." in text
    assert "Error" not in text
