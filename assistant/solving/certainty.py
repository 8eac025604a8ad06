"""Maps token probabilities to lines and columns of the changed file.

They tell how sure the model was of its text, which is not the probability that it is correct.
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
    """Start column, end column and log-probability of each token in the line."""


def line_confidence(
    completion: Completion, path: str, new: bytes
) -> tuple[tuple[str, int, float], ...]:
    """Path, 0-based line and probability, 0 to 1, of each line that the model wrote.

    The probability is the geometric mean over the tokens of the line.
    """
    return tuple(
        (path, number, math.exp(sum(chance for _, _, chance in line.tokens) / len(line.tokens)))
        for line, number, _ in _match_lines(completion, new)
        if line.tokens
    )


def doubts_of(completion: Completion, path: str, new: bytes) -> tuple[Doubt, ...]:
    """The tokens of the new file with a probability below `DOUBTED`, except white space."""
    return tuple(
        doubt
        for line, number, shift in _match_lines(completion, new)
        for doubt in _doubts(line, path, number, shift)
    )


def _doubts(line: _Line, path: str, number: int, shift: int) -> Iterator[Doubt]:
    for start, end, logprob in line.tokens:
        word = line.text[start:end]
        first = start + len(word) - len(word.lstrip())
        last = end - (len(word) - len(word.rstrip()))
        if math.exp(logprob) < DOUBTED and first < last and first + shift >= 0:
            yield Doubt(path, number, first + shift, last + shift, math.exp(logprob))


def _match_lines(completion: Completion, new: bytes) -> Iterator[tuple[_Line, int, int]]:
    """Generated lines with their line numbers in the file and the indentation added there.

    Matches lines by text, longest runs first, because splicing may indent, move or drop them.
    """
    written = [line for line in _lines(completion) if line.text.strip()]
    texts = [decode_text(line).rstrip("\r\n") for line in split_lines(new)]
    numbers = [number for number, text in enumerate(texts) if text.strip()]
    matcher = SequenceMatcher(
        None,
        [line.text.strip() for line in written],
        [texts[number].strip() for number in numbers],
        autojunk=False,
    )
    for block in matcher.get_matching_blocks():
        for at in range(block.size):
            line, number = written[block.a + at], numbers[block.b + at]
            yield line, number, _indent(texts[number]) - _indent(line.text)


def _lines(completion: Completion) -> list[_Line]:
    lines = [_Line()]
    for piece, logprob in zip(completion.pieces, completion.logprobs, strict=True):
        for at, part in enumerate(piece.split("\n")):
            if at:
                lines.append(_Line())
            line = lines[-1]
            if logprob is not None and (part or not at):
                line.tokens.append((len(line.text), len(line.text) + len(part), logprob))
            line.text += part
    return lines


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
