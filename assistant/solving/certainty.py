"""Owns the way from token probabilities to lines and columns of the file they were written into.

Says how likely the model held what it wrote, which is not how likely that is right.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from assistant.engine.base import Completion
from assistant.proposal.changes import DOUBTED, Doubt
from assistant.repo.files import decode_text, split_lines


@dataclass(slots=True)
class _Line:
    text: str = ""
    tokens: list[tuple[int, int, float]] = field(default_factory=list)
    """Start and end column and log-probability of each token that is a part of the line."""


def line_confidence(
    completion: Completion, path: str, new: bytes
) -> tuple[tuple[str, int, float], ...]:
    """Probability of each line of the new file that the model wrote: path, 0-based line, 0 to 1.

    The geometric mean over the tokens that the line begins or continues with.
    """
    return tuple(
        (path, number, math.exp(sum(chance for _, _, chance in line.tokens) / len(line.tokens)))
        for line, number, _ in _placed(completion, new)
        if line.tokens
    )


def doubts_of(completion: Completion, path: str, new: bytes) -> tuple[Doubt, ...]:
    """The tokens in the new file whose probability was below `DOUBTED`; blanks never count."""
    return tuple(
        doubt
        for line, number, shift in _placed(completion, new)
        for doubt in _doubts(line, path, number, shift)
    )


def _doubts(line: _Line, path: str, number: int, shift: int) -> Iterator[Doubt]:
    for start, end, logprob in line.tokens:
        word = line.text[start:end]
        first = start + len(word) - len(word.lstrip())
        last = end - (len(word) - len(word.rstrip()))
        if math.exp(logprob) < DOUBTED and first < last and first + shift >= 0:
            yield Doubt(path, number, first + shift, last + shift, math.exp(logprob))


def _placed(completion: Completion, new: bytes) -> Iterator[tuple[_Line, int, int]]:
    """Lines of the answer, their places in the file, and by how much they were indented there.

    Lines are found by their text, the longest runs first, because splicing may indent, move or
    drop them.
    """
    written = [line for line in _lines(completion) if line.text.strip()]
    there = [decode_text(line).rstrip("\r\n") for line in split_lines(new)]
    numbers = [number for number, text in enumerate(there) if text.strip()]
    matcher = SequenceMatcher(
        None,
        [line.text.strip() for line in written],
        [there[number].strip() for number in numbers],
        autojunk=False,
    )
    for block in matcher.get_matching_blocks():
        for at in range(block.size):
            line, number = written[block.a + at], numbers[block.b + at]
            yield line, number, _indent(there[number]) - _indent(line.text)


def _lines(completion: Completion) -> list[_Line]:
    lines = [_Line()]
    for piece, logprob in zip(completion.pieces, completion.logprobs, strict=True):
        for at, part in enumerate(piece.split("\n")):
            if at:
                lines.append(_Line())
            line = lines[-1]
            if part or not at:
                line.tokens.append((len(line.text), len(line.text) + len(part), logprob))
            line.text += part
    return lines


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
