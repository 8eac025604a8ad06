"""Growing text: stop strings, split characters, loops."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.engine.base import Token
from assistant.engine.transcript import LoopGuard, Transcript


def feed(pieces: list[bytes], *stops: str) -> tuple[list[Token], bool]:
    transcript = Transcript(stops)
    tokens: list[Token] = []
    for number, piece in enumerate(pieces):
        tokens += transcript.add(Token(0, "", -float(number), 0.0), piece)
        if transcript.stopped:
            break
    return tokens + transcript.finish(), transcript.stopped


def text_of(tokens: list[Token]) -> str:
    return "".join(token.text for token in tokens)


@pytest.mark.parametrize(
    ("pieces", "stops", "text"),
    [
        (["ab", "cd"], ["bc"], "a"),
        (["a", "b", "c"], ["abc"], ""),
        (["a", "b", "x"], ["abc"], "abx"),
        (["aab", "c"], ["abc"], "a"),
        (["x", "yz END w"], ["END", "z"], "xy"),
        (["one\n", "`", "``", "\n"], ["```"], "one\n"),
        (["x"], ["x"], ""),
        (["x"], [""], "x"),
        ([], ["x"], ""),
    ],
)
def test_text_ends_before_a_stop(pieces: list[str], stops: list[str], text: str) -> None:
    tokens, _ = feed([piece.encode() for piece in pieces], *stops)
    assert text_of(tokens) == text


def test_a_possible_stop_is_held_back() -> None:
    transcript = Transcript(["```"])
    assert [t.text for t in transcript.add(Token(0, "", 0.0, 0.0), b"a``")] == []
    assert [t.text for t in transcript.add(Token(0, "", 0.0, 0.0), b"b")] == ["a``", "b"]


def test_tokens_keep_their_log_probability() -> None:
    tokens, _ = feed([b"a", b"`", b"`", b"b", b"END"], "```", "END")
    assert [(token.text, token.logprob) for token in tokens] == [
        ("a", 0.0),
        ("`", -1.0),
        ("`", -2.0),
        ("b", -3.0),
    ]


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=4), max_size=3), st.data())
def test_the_split_into_tokens_does_not_matter(
    text: str, stops: list[str], data: st.DataObject
) -> None:
    raw = text.encode()
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=8).map(sorted))
    edges = [0, *cuts, len(raw)]
    pieces = [raw[start:end] for start, end in itertools.pairwise(edges)]
    tokens, stopped = feed(pieces, *stops)
    assert stopped == any(stop in text for stop in stops)
    if not stopped:
        assert text_of(tokens) == text
    else:
        assert text.startswith(text_of(tokens))
        assert not any(stop in text_of(tokens) for stop in stops)


def test_invalid_bytes_become_replacement_characters() -> None:
    tokens, _ = feed([b"a\xff", b"\xe6\x97", b"b"])
    assert text_of(tokens) == "a\ufffd\ufffdb"


@pytest.mark.parametrize("period", [1, 2, 7, 40, 128])
def test_loops_are_detected(period: int) -> None:
    guard = LoopGuard()
    block = list(range(period))
    taken = [guard.looping(number) for number in (block * 100)[:600]]
    at = taken.index(True)
    assert at < max(96, 4 * period)


def test_varied_text_is_no_loop() -> None:
    guard = LoopGuard()
    assert not any(guard.looping(number * number % 997) for number in range(400))


def test_a_few_equal_lines_are_no_loop() -> None:
    guard = LoopGuard()
    assert not any(guard.looping(number) for number in [*range(20), *[5, 6, 7] * 20, *range(50)])


def test_loops_of_the_source_are_allowed() -> None:
    table = [4, 5] * 300
    guard = LoopGuard(table)
    assert not any(guard.looping(number) for number in table)
    assert any(guard.looping(number) for number in [9, 8] * 200)
