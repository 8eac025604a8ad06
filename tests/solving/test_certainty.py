"""From the tokens of a completion to lines and columns of the file."""

import math

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel, Completion
from assistant.proposal.changes import FROM_WORDS
from assistant.proposal.diff import hunks_of
from assistant.solving.certainty import doubts_of, line_confidence
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit


def answer(*tokens: tuple[str, float]) -> Completion:
    completion = Completion()
    for text, probability in tokens:
        completion.text += text
        completion.pieces.append(text)
        completion.logprobs.append(math.log(probability))
    return completion


def places(completion: Completion, new: bytes) -> list[tuple[int, str, float]]:
    lines = new.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")
    return [
        (d.line, lines[d.line][d.start : d.end], round(d.probability, 3))
        for d in doubts_of(completion, "a.py", new)
    ]


def test_a_doubt_is_where_the_token_is_in_the_file() -> None:
    written = answer(("def f", 1.0), ("(x):\n", 0.9), ("    return", 0.99), (" y", 0.3), ("\n", 1))
    new = b"import os\n\n\ndef f(x):\n    return y\n"
    assert places(written, new) == [(4, "y", 0.3)]


def test_tokens_without_a_log_probability_say_nothing() -> None:
    written = answer(("def f", 1.0), ("(x):\n", 0.9), ("    return", 0.99), (" y", 0.3), ("\n", 1))
    written.logprobs = [None] * len(written.pieces)
    new = b"def f(x):\n    return y\n"
    assert written.mean_logprob is None
    assert places(written, new) == []
    assert line_confidence(written, "a.py", new) == ()


def test_columns_follow_the_indentation_of_the_splice() -> None:
    written = answer(("def f(self):\n", 0.9), ("    return ", 0.99), ("one", 0.2))
    new = b"class A:\n    def f(self):\n        return one\n"
    assert places(written, new) == [(2, "one", 0.2)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_token_across_a_line_end_counts_on_both_sides(end: bytes) -> None:
    written = answer(("a = 1", 0.9), ("\nb", 0.25), (" = 2", 0.9))
    new = end.join([b"a = 1", b"b = 2", b""])
    (doubt,) = doubts_of(written, "a.py", new)
    assert (doubt.line, doubt.start, doubt.end) == (1, 0, 1)
    first, second = line_confidence(written, "a.py", new)
    assert first[1:] == (0, pytest.approx(math.sqrt(0.9 * 0.25)))
    assert second[1:] == (1, pytest.approx(math.sqrt(0.25 * 0.9)))


def test_lines_that_also_occur_elsewhere_are_found_in_the_longest_run() -> None:
    written = answer(("def g():\n    x = 1\n    return", 0.9), (" x", 0.1))
    new = b"def f():\n    x = 1\n    return x\n\n\ndef g():\n    x = 1\n    return x\n"
    assert places(written, new) == [(7, "x", 0.1)]


def test_a_form_feed_ends_no_line() -> None:
    written = answer(("b = ", 0.9), ("2", 0.3))
    assert places(written, b"a = 1\n\x0c\nb = 2\n") == [(2, "2", 0.3)]


def test_blanks_and_dropped_lines_are_not_doubts() -> None:
    written = answer(("gone", 0.1), ("\n\n", 0.1), ("    ", 0.1), ("kept", 0.9), (" ", 0.1))
    assert places(written, b"    kept\n") == []
    assert line_confidence(answer(), "a.py", b"x\n") == ()


@pytest.mark.parametrize(("old", "sure"), [("    pass\n", False), ("    return n * 2\n", True)])
def test_code_written_from_words_alone_never_counts_as_sure(make_world, old, sure) -> None:
    """However sure the model was of its tokens: it may have misread the words."""
    world = make_world(
        ["def half(n):\n    return n / 2\n"], files={"calc.py": f"def half(n):\n{old}"}
    )
    request = TaskRequest("Implement half", (Selected("calc.py"),), candidates=1)
    proposal = list(edit(world.workspace, request, Cancel()))[-1].proposal
    (change,) = proposal.best.changes
    (hunk,) = hunks_of(change, proposal.best.tokens.lines)
    assert (hunk.confidence > FROM_WORDS) is sure
