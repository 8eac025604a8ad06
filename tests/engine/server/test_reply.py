"""Chat replies become continuations of their openings."""

import pytest

from assistant.engine.server.pieces import Text
from assistant.engine.server.reply import Reply
from tests.engine.server.fake import pieces

FENCE = "```python\n"


def continued(reply: Reply, text: str, size: int = 3) -> str:
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    found = [each.text for part in parts for each in reply.take(Text(part))]
    return "".join([*found, *(each.text for each in reply.end())])


ASKED = [
    ("", "Hello.", "Hello."),
    ("", "<think>\nHm.\n</think>\n\nHello.", "Hello."),
    ("", "<thinking about it", "<thinking about it"),
    ("", "<think>\nNo end", ""),
    (FENCE, "```python\nx = 1\n```", "x = 1\n```"),
    (FENCE, "Here it is:\n\n```python\nx = 1\n```", "x = 1\n```"),
    (FENCE, "```py\nx = 1\n```", "x = 1\n```"),
    (FENCE, "x = 1\n", "x = 1\n"),
    (FENCE + "def f(a):\n", "```python\ndef f(a):\n    pass\n```", "    pass\n```"),
    (FENCE + "def f(a):\n", "Sure!\n```python\n\ndef f(a):\n    pass\n", "    pass\n"),
    (FENCE + "def f(a):\n", "def f(a):\n    pass\n", "    pass\n"),
    (FENCE + "    def f(a):\n", "```python\ndef f(a):\n    pass\n", "    pass\n"),
    ("create a.py: x\n", "edit b.py: y", "edit b.py: y"),
    ("create a.py: x\n", "create a.py: x\nedit b.py: y", "edit b.py: y"),
]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(("opening", "text", "expected"), ASKED)
def test_a_reply_that_was_asked_to_begin_with_the_opening(opening, text, expected, size):
    reply = Reply(opening)
    assert continued(reply, text, size) == expected
    assert reply.problem == ""


SENT = [
    (FENCE, "x = 1\n```", "x = 1\n```"),
    (FENCE, "```python\nx = 1\n```", "x = 1\n```"),
    (FENCE + "def f(a):\n", "    pass\n```", "    pass\n```"),
    (FENCE + "def f(a):\n", "```python\ndef f(a):\n    pass\n```", "    pass\n```"),
    (FENCE + "def f(a):\n", "```\ndef f(a):\n    pass\n```", "    pass\n```"),
]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(("opening", "text", "expected"), SENT)
def test_a_reply_whose_opening_was_sent(opening, text, expected, size):
    assert continued(Reply(opening, continued=True), text, size) == expected


@pytest.mark.parametrize(
    "text", ["I cannot do that.", "```python\nclass Other:\n    pass\n```", "```python"]
)
def test_a_reply_that_begins_otherwise_is_not_passed_on(text):
    reply = Reply(FENCE + "def f(a):\n")
    assert continued(reply, text) == ""
    assert "does not begin" in reply.problem


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_it_ends_before_its_stop_string(size):
    reply = Reply(FENCE, ["\n```"])
    assert continued(reply, "```python\nx = `1`\n```\nThat is all.", size) == "x = `1`"
    assert reply.stopped


def test_a_half_stop_string_is_text():
    assert continued(Reply("", ["\n```"]), "x\n``") == "x\n``"


def test_log_probabilities_stay_with_their_tokens():
    reply = Reply(FENCE, ["\n```"])
    given = [("```", -1.0), ("python", -2.0), ("\nx", -3.0), (" = 1", -4.0), ("\n```", -5.0)]
    found = [each for text, value in given for each in reply.take(Text(text, value))]
    assert [(each.text, each.logprob) for each in found] == [("x", -3.0), (" = 1", -4.0)]
    assert pieces("abcd") == ["abc", "d"]
