"""An answer that is written piece by piece, without its secrets."""

from assistant.credentials.redacting import redacted


class AnswerText:
    """What may be shown of an answer so far: whole words, since a part of a key is not recognized
    as one."""

    def __init__(self) -> None:
        self._text = ""
        self._shown = ""

    def add(self, text: str, *, last: bool = False) -> tuple[str, bool]:
        """What is to be shown after the next piece, and whether it replaces all that was shown.

        With `last`, no further text comes. What comes later can show that something before it is a
        secret, or none.
        """
        self._text += text
        shown = redacted(self._text if last else self._text[: self._end_of_words()])
        before, self._shown = self._shown, shown
        if shown.startswith(before):
            return shown[len(before) :], False
        return shown, True

    def _end_of_words(self) -> int:
        """Where the last word begins."""
        text = self._text
        return next((at for at in range(len(text), 0, -1) if text[at - 1].isspace()), 0)
