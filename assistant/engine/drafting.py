"""Owns the guesses of what comes next, which the decode loop then verifies in one forward pass.

An answer mostly copies: from the unit it rewrites, from the prompt, from itself. A guess costs
little and is never part of a result that the model would not have written alone.
"""

from collections.abc import Sequence

_GRAM = 3
_LOOKBACK = 24
_NEAR = 48
_SIZES = (3, 7, 15)
"""With the token before them they make batches of 4, 8 and 16 rows, which kernels like best."""


class Drafter:
    """Guesses for one candidate. Knows ids only."""

    def __init__(self, source: Sequence[int], prompt: Sequence[int], opening: int = 0) -> None:
        """`source` is the text that the answer is likely to follow from its start; the last
        `opening` ids of `prompt` are the part of the answer that is already there.
        """
        self._follower = _Follower(source)
        self._matches = _Matches()
        self._matches.extend(prompt)
        self._text = list(prompt[len(prompt) - opening :])
        self._size = 1
        self._failures = 0
        self._silent = 0
        self._following = False
        if opening:
            self._follower.locate(self._text)

    def add(self, number: int) -> None:
        """Takes a token of the answer."""
        self._text.append(number)
        self._matches.extend([number])
        self._follower.advance(number, self._text)
        self._silent = max(0, self._silent - 1)

    def propose(self, ahead: Sequence[int] = ()) -> list[int]:
        """Ids that are likely to come after the text and then `ahead`; often none."""
        follower = self._follower.after(ahead, self._text) if ahead else self._follower
        guess = follower.guess(_SIZES[self._size])
        self._following = bool(guess)
        if not guess and not self._silent:
            guess = self._matches.guess(ahead, _SIZES[self._size], 3 + min(self._failures, 5))
        return guess

    def judge(self, proposed: int, accepted: int) -> None:
        """Takes how many of the last proposal's tokens were right."""
        if accepted == proposed:
            self._size = min(self._size + 1, len(_SIZES) - 1)
        elif accepted <= proposed // 3:
            self._size = max(self._size - 1, 0)
        if self._following:
            return
        self._failures = 0 if accepted else self._failures + 1
        if self._failures > 2:
            self._silent = 2 ** min(self._failures, 8)


class _Follower:
    """Walks along the source while the answer copies it, and finds its way back after a change."""

    def __init__(self, source: Sequence[int]) -> None:
        self._source = list(source)
        self._at: int | None = 0
        self._sure = True
        self._missed = 0

    def locate(self, text: Sequence[int]) -> None:
        """Finds where the source goes on after the text."""
        self._at = self._find(text)
        self._sure = self._at is not None

    def after(self, ahead: Sequence[int], text: Sequence[int]) -> "_Follower":
        """Where it would stand after more tokens."""
        other = _Follower(())
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
            self._sure = self._sure or self._agrees(text, at + 1) >= 2
            return
        self._sure = False
        self._missed += 1
        found = self._find(text)
        if found is not None:
            self._at, self._sure = found, True
        elif at is not None:
            self._at = self._guess_change(number, at)

    def guess(self, size: int) -> list[int]:
        """What follows in the source; a short piece of it while the place is unsure."""
        if self._at is None or self._missed > 2:
            return []
        return self._source[self._at : self._at + (size if self._sure else _SIZES[0])]

    def _guess_change(self, number: int, at: int) -> int:
        """After a token that differs: it was put in place of one, or some were left out."""
        window = self._source[at : at + 16]
        skipped = window.index(number) + 1 if number in window else 1
        return min(at + skipped, len(self._source)) if self._missed <= 1 or skipped > 1 else at

    def _find(self, text: Sequence[int]) -> int | None:
        """The place after the longest match of the text's end, the nearest ahead among equals."""
        source, best, best_key = self._source, None, (_GRAM - 1, 0)
        here = self._at or 0
        last = text[-1] if text else None
        for end, number in enumerate(source, start=1):
            if number != last:
                continue
            length = self._agrees(text, end)
            distance = end - here if end >= here else 2 * (here - end)
            if (length, -distance) > best_key and length >= _GRAM:
                best, best_key = end, (length, -distance)
        return best

    def _agrees(self, text: Sequence[int], end: int) -> int:
        """How many of the text's last tokens are those of the source before `end`."""
        most = min(len(text), end, _LOOKBACK)
        for length in range(most):
            if text[-1 - length] != self._source[end - 1 - length]:
                return length
        return most


class _Matches:
    """Finds the longest, then the latest, earlier place that ends like the text."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._places: dict[tuple[int, ...], list[int]] = {}

    def extend(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._ids.append(number)
            end = len(self._ids)
            if end >= _GRAM:
                gram = tuple(self._ids[end - _GRAM :])
                self._places.setdefault(gram, []).append(end)

    def guess(self, ahead: Sequence[int], size: int, shortest: int) -> list[int]:
        ids = self._ids
        tail = ids[-_LOOKBACK:] + list(ahead)
        tail = tail[-_LOOKBACK:]
        ends = self._places.get(tuple(tail[-_GRAM:]), [])
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
        while 0 < len(guess) < size:  # the place reaches into the text's end: it goes in circles
            guess.append(guess[-period])
        return guess
