"""Who decides what is written when there is no UI."""

import io

import pytest

from assistant.headless.reviewers import Accepting, Asking, decide_nothing
from assistant.solving.values import Proposal
from tests.headless.fakes import FAILED, SYNTAX, candidate, console_on, proposal


def asked(answers: str, shown=None):
    stream = io.StringIO()
    asking = Asking(console_on(stream), io.StringIO(answers).readline)
    review = asking(shown or proposal(SYNTAX))
    return [hunk.id for hunk in review.accepted], stream.getvalue()


def test_yes_accepts_every_hunk():
    review = Accepting()(proposal(SYNTAX))
    assert [hunk.id for hunk in review.accepted] == ["numbers.py#1", "numbers.py#2"]


def test_yes_accepts_nothing_that_a_check_speaks_against_unless_told_so():
    assert Accepting()(proposal(FAILED)).accepted == ()
    assert len(Accepting(failing=True)(proposal(FAILED)).accepted) == 2


def test_an_attempt_is_asked_about_as_one():
    accepted, text = asked("y\n", proposal(FAILED))
    assert text.startswith("A check fails. Apply this attempt all the same? [y]es")
    assert len(accepted) == 2


def test_with_nobody_to_ask_nothing_is_accepted():
    assert decide_nothing(proposal(SYNTAX)).accepted == ()


@pytest.mark.parametrize(
    ("answers", "accepted"),
    [
        ("y\n", [1, 2]),
        ("n\n", []),
        ("", []),
        ("what\n\nYES\n", [1, 2]),
        ("h\ny\nn\n", [1]),
        ("h\nn\ny\n", [2]),
        ("h\na\n", [1, 2]),
        ("h\nn\na\n", [2]),
        ("h\ny\nd\n", [1]),
        ("h\ny\n", [1]),
    ],
)
def test_answers_on_the_terminal(answers, accepted):
    assert asked(answers)[0] == [f"numbers.py#{number}" for number in accepted]


def test_hunk_by_hunk_shows_each_hunk_harmless():
    shown = proposal(
        SYNTAX, new=b"def one():\n    return '\x1b[2J'\n\n\ndef two():\n    return 2\n"
    )
    text = asked("h\nn\nn\n", shown)[1]
    assert "Hunk 1 of 2, numbers.py\n-    return 2\n+    return '\\x1b[2J'\n" in text
    assert "\x1b" not in text


def test_a_single_hunk_is_not_offered_hunk_by_hunk():
    shown = proposal(SYNTAX, old=b"1\n", new=b"2\n")
    accepted, text = asked("h\ny\n", shown)
    assert "[h]unk" not in text
    assert accepted == ["numbers.py#1"]


@pytest.mark.parametrize(("answers", "accepted"), [("y\ny\n", 1), ("y\nn\n", 0), ("y\n", 0)])
def test_losing_most_of_a_file_is_asked_about_again(answers, accepted):
    long = b"".join(b"line %d\n" % number for number in range(30))
    shown = Proposal("Cut", (candidate(SYNTAX, old=long, new=b"line 0\n"),))
    ids, text = asked(answers, shown)
    assert len(ids) == accepted
    assert "numbers.py loses more than half of its lines. Apply anyway?" in text
