"""What was asked and answered before a question, as far as it fits."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.context.bundle import TokenCounter

SHARE = 8
"""Earlier answers take at most one part in this many of the window: what they take is read again
before every answer, and code needs the rest."""


@dataclass(frozen=True, slots=True)
class Exchange:
    question: str
    answer: str


def fitting(
    earlier: Sequence[Exchange], counter: TokenCounter, window: int
) -> tuple[Exchange, ...]:
    """The last exchanges that fit in their share of the window, oldest first."""
    room = window // SHARE
    kept: list[Exchange] = []
    for exchange in reversed(earlier):
        room -= counter.count(f"{exchange.question}\n{exchange.answer}")
        if room < 0:
            break
        kept.append(exchange)
    return tuple(reversed(kept))
