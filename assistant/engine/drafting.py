"""Drafts: cheap guesses at the next tokens, which the decode loop verifies in one forward pass.

Rewritten code is mostly copied from the unit it replaces, from the prompt or from itself. No model
drafts: tokens are copied from after the longest match, as in prompt lookup decoding (Saxena 2023,
https://github.com/apoorvumang/prompt-lookup-decoding). A rejected draft costs time only.
"""

from collections.abc import Sequence

_GRAM = 3
_LOOKBACK = 24
_SIZES = (3, 7, 15)
"""With the preceding token these give batches of 4, 8 and 16 rows, the sizes that kernels handle
best."""


class Drafter:
    """Drafts for one candidate, from token ids alone."""

    def __init__(self, source: Sequence[int], prompt: Sequence[int], opening: int = 0) -> None:
        """`source` is the text that the candidate probably follows from its start.

        The last `opening` ids of `prompt` are the part of the reply that is given.
        """
        self._follower = _SourceFollower(source)
        self._matches = _NgramIndex()
        self._matches.extend(prompt)
        self._text = list(prompt[len(prompt) - opening :])
        self._size = 1
        self._failures = 0
        self._pause = 0
        self._following = False
        if opening:
            self._follower.locate(self._text)

    def add(self, number: int) -> None:
        """Appends a generated token."""
        self._text.append(number)
        self._matches.extend([number])
        self._follower.advance(number, self._text)
        self._pause = max(0, self._pause - 1)

    def propose(self, ahead: Sequence[int] = ()) -> list[int]:
        """Ids that are likely to follow the text and then `ahead`; often none."""
        follower = self._follower.after(ahead, self._text) if ahead else self._follower
        guess = follower.guess(_SIZES[self._size])
        self._following = bool(guess)
        if not guess and not self._pause:
            guess = self._matches.guess(ahead, _SIZES[self._size], 3 + min(self._failures, 5))
        return guess

    def judge(self, proposed: int, accepted: int) -> None:
        """Reports how many tokens of the last draft were accepted."""
        if accepted == proposed:
            self._size = min(self._size + 1, len(_SIZES) - 1)
        elif accepted <= proposed // 3:
            self._size = max(self._size - 1, 0)
        if self._following:
            return
        self._failures = 0 if accepted else self._failures + 1
        if self._failures > 2:
            self._pause = 2 ** min(self._failures, 8)


class _SourceFollower:
    """Follows the source while it is copied, and finds the position again after a change."""

    def __init__(self, source: Sequence[int]) -> None:
        self._source = list(source)
        self._at: int | None = 0
        self._sure = True
        self._missed = 0

    def locate(self, text: Sequence[int]) -> None:
        """Finds where the source continues the text."""
        self._at = self._find(text)
        self._sure = self._at is not None

    def after(self, ahead: Sequence[int], text: Sequence[int]) -> "_SourceFollower":
        """A copy, advanced by further tokens."""
        other = _SourceFollower(())
        other._source, other._at = self._source, self._at
        other._sure, other._missed = self._sure, self._missed
        longer = list(text)
        for number in ahead:
            longer.append(number)
            other.advance(number, longer)
        return other

    def advance(self, number: int, text: Sequence[int]) -> None:
        at = self._at
        if at is not None and at < len(self._source) and self._source[at] == number:
            self._at, self._missed = at + 1, 0
            self._sure = self._sure or self._match_length(text, at + 1) >= 2
            return
        self._sure = False
        self._missed += 1
        found = self._find(text)
        if found is not None:
            self._at, self._sure = found, True
        elif at is not None:
            self._at = self._guess_change(number, at)

    def guess(self, size: int) -> list[int]:
        """The next ids of the source; only a few while the position is uncertain."""
        if self._at is None or self._missed > 2:
            return []
        return self._source[self._at : self._at + (size if self._sure else _SIZES[0])]

    def _guess_change(self, number: int, at: int) -> int:
        """The position after a differing token: it replaced one token, or some were left out."""
        window = self._source[at : at + 16]
        skipped = window.index(number) + 1 if number in window else 1
        return min(at + skipped, len(self._source)) if self._missed <= 1 or skipped > 1 else at

    def _find(self, text: Sequence[int]) -> int | None:
        """The position after the longest match of the text's end; of equal matches the nearest
        ahead.
        """
        source, best, best_key = self._source, None, (_GRAM - 1, 0)
        here = self._at or 0
        last = text[-1] if text else None
        for end, number in enumerate(source, start=1):
            if number != last:
                continue
            length = self._match_length(text, end)
            distance = end - here if end >= here else 2 * (here - end)
            if (length, -distance) > best_key and length >= _GRAM:
                best, best_key = end, (length, -distance)
        return best

    def _match_length(self, text: Sequence[int], end: int) -> int:
        """How many of the text's last tokens equal those of the source before `end`."""
        most = min(len(text), end, _LOOKBACK)
        for length in range(most):
            if text[-1 - length] != self._source[end - 1 - length]:
                return length
        return most


class _NgramIndex:
    """Finds the longest earlier match of the text's end; of equal matches the latest."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._positions: dict[tuple[int, ...], list[int]] = {}

    def extend(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._ids.append(number)
            end = len(self._ids)
            if end >= _GRAM:
                gram = tuple(self._ids[end - _GRAM :])
                self._positions.setdefault(gram, []).append(end)

    def guess(self, ahead: Sequence[int], size: int, shortest: int) -> list[int]:
        ids = self._ids
        tail = ids[-_LOOKBACK:] + list(ahead)
        tail = tail[-_LOOKBACK:]
        ends = self._positions.get(tuple(tail[-_GRAM:]), [])
        best, longest = 0, shortest - 1
        for end in reversed(ends[-32:]):
            if end == len(ids) and not ahead:
                continue
            length = _GRAM
            while length < min(len(tail), end) and tail[-1 - length] == ids[end - 1 - length]:
                length += 1
            if length > longest:
                best, longest = end, length
        guess = ids[best : best + size] if best else []
        period = len(guess)
        while 0 < len(guess) < size:  # the match runs into the end of the text: repeat it
            guess.append(guess[-period])
        return guess
