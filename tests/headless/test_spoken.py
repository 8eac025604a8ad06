"""What is said and asked where there is no screen."""

import io

import pytest
from rich.console import Console

from assistant.headless.spoken import (
    SpokenReview,
    Voice,
    choose_steps,
    hunk_lines,
    plain_console,
)
from assistant.solving.values import Proposal
from tests.headless.fakes import FAILED, SYNTAX, Terminal, candidate, console_on, plan_of, proposal


def voice(answers: str) -> tuple[Voice, io.StringIO]:
    stream = io.StringIO()
    return Voice(console_on(stream), io.StringIO(answers).readline), stream


def reviewed(answers: str, shown=None) -> tuple[list[str], str]:
    speaker, stream = voice(answers)
    review = SpokenReview(speaker)(shown or proposal(SYNTAX))
    return [hunk.id for hunk in review.accepted], stream.getvalue()


@pytest.mark.parametrize(
    ("answers", "accepted"),
    [
        ("y\ny\n", [1, 2]),
        ("y\nn\n", [1]),
        ("n\nYES\n", [2]),
        ("a\n", [1, 2]),
        ("n\na\n", [2]),
        ("y\nd\n", [1]),
        ("y\n", [1]),
        ("", []),
        ("what\n\ny\nn\n", [1]),
    ],
)
def test_each_change_is_decided_by_an_answer(answers: str, accepted: list[int]) -> None:
    assert reviewed(answers)[0] == [f"numbers.py#{number}" for number in accepted]


def test_a_change_is_read_out_in_words() -> None:
    text = reviewed("n\nn\n")[1]
    assert "2 changes to decide on.\n" in text
    assert "Change 1 of 2, numbers.py, line 2.\n" in text
    assert "Removed, line 2:     return 2\nAdded:     return 1\n" in text
    assert "y for yes, n for no, a for yes to all the rest, d for no to all the rest:" in text


def test_a_failed_check_is_said_before_the_changes() -> None:
    text = reviewed("d\n", proposal(FAILED))[1]
    assert text.index("A check fails") < text.index("Change 1 of")


def test_an_insertion_and_an_empty_line_are_named() -> None:
    shown = proposal(SYNTAX, old=b"a\n", new=b"a\n\nb\n")
    review = reviewed("d\n", shown)[1]
    assert "after line 1." in review
    assert "Added: an empty line\nAdded: b\n" in review
    start = proposal(SYNTAX, old=b"", new=b"a\n")
    assert "at the start." in reviewed("d\n", start)[1]
    several = proposal(SYNTAX, old=b"a\nb\n", new=b"c\n")
    assert "lines 1 to 2." in reviewed("d\n", several)[1]


def test_what_is_read_out_is_harmless() -> None:
    shown = proposal(SYNTAX, old=b"a\n", new=b"\x1b[2J\n")
    hunk = SpokenReview(voice("d\n")[0])(shown).hunks[0]
    assert "\x1b" not in "".join(hunk_lines(hunk, 1, 1))


@pytest.mark.parametrize(("answers", "accepted"), [("y\ny\n", 1), ("y\nn\n", 0), ("y\n", 0)])
def test_losing_most_of_a_file_is_asked_about_again(answers: str, accepted: int) -> None:
    long = b"".join(b"line %d\n" % number for number in range(30))
    shown = Proposal("Cut", (candidate(SYNTAX, old=long, new=b"line 0\n"),))
    ids, text = reviewed(answers, shown)
    assert len(ids) == accepted
    assert "loses more than half of its lines" in text


@pytest.mark.parametrize(
    ("answers", "chosen"),
    [("y\nn\ny\n", [1, 3]), ("n\na\n", [2, 3]), ("y\nd\n", [1]), ("", [])],
)
def test_steps_of_a_plan_are_chosen_one_by_one(answers: str, chosen: list[int]) -> None:
    plan = plan_of(("a.py", "one"), ("b.py", "two"), ("c.py", "three"))
    speaker, stream = voice(answers)
    assert [step.id for step in choose_steps(plan, speaker)] == chosen
    assert "Step 1 of 3: edit a.py::one.\nChange one\n" in stream.getvalue()


def test_a_plain_console_writes_no_escape_sequence_even_to_a_terminal(monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = Terminal()
    console = plain_console(Console(file=stream, force_terminal=True, color_system="truecolor"))
    console.print("text", style="bold red")
    assert stream.getvalue() == "text\n"
    assert not console.is_terminal
