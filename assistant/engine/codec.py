"""Converts between text and token ids.

Control tokens (end of turn, end of text, tool and fill-in-the-middle tokens) come from the chat
template and `continuation` only. All other text is plain: a file that contains "<|im_end|>" is
encoded as those ten characters, never as the token.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from assistant.engine.control_tokens import is_control, renamed, renamed_beside_vocabulary
from assistant.errors import EngineError, ModelError

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class Codec:
    """Encodes and decodes for one model. Not thread-safe."""

    def __init__(self, tokenizer_json: str) -> None:
        """Raises ModelError when the text is not a valid tokenizer."""
        self.source = tokenizer_json
        """The tokenizer as published."""
        try:
            self._plain, added = renamed_beside_vocabulary(tokenizer_json) or renamed(
                tokenizer_json
            )
        except Exception as error:
            # The tokenizers library raises bare Exception for invalid input.
            raise ModelError(
                f"The model's tokenizer cannot be read: {error}",
                hint="Remove the model and pull it again.",
            ) from error
        self._added = {number: str(each["content"]) for number, each in added.items()}
        self._controls = {n for n, each in added.items() if is_control(each)}
        self._numbers = {self._added[n]: n for n in self._controls if len(self._added[n]) > 1}
        self._pattern = _alternatives(self._numbers)
        self._first_characters = sorted({text[0] for text in self._numbers})
        self._strips_left = {n for n, each in added.items() if each.get("lstrip")}
        self._strips_right = {n for n, each in added.items() if each.get("rstrip")}
        self._bytes: dict[int, bytes] = {}
        self._level = _byte_level_alphabet() if '"ByteLevel"' in tokenizer_json else None

    @classmethod
    def load(cls, folder: Path) -> "Codec":
        """Reads the tokenizer of a converted folder. Raises ModelError."""
        try:
            return cls((folder / "tokenizer.json").read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(
                f"The tokenizer in {folder} cannot be read: {error}",
                hint="Remove the model and pull it again.",
            ) from error

    @property
    def size(self) -> int:
        """Number of ids in use; a model's vocabulary may be padded beyond it."""
        return max(self._plain.get_vocab_size(), max(self._added, default=0) + 1)

    def number_of(self, control: str) -> int | None:
        """Id of a control token by name; None if the model has no such token."""
        return self._numbers.get(control)

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; never a control token. Raises EngineError where that is impossible."""
        clean = text.encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self._plain.encode(clean, add_special_tokens=False).ids
        if not self._controls.isdisjoint(ids):
            raise EngineError(
                "The text contains a control token that this tokenizer cannot encode as text.",
                hint="Remove the control token from the file, or choose another model.",
            )
        return ids

    def encode_prompt(self, rendered: str, mark: str) -> list[int]:
        """Ids of a rendered chat template, in which control tokens count.

        `defuse` has put `mark` into untrusted text that would spell one; it is removed here.
        """
        ids: list[int] = []
        start, after = 0, -1
        for match in self._pattern.finditer(rendered):
            number = self._numbers[match[0]]
            ids += self._between(rendered[start : match.start()], mark, after, number)
            ids.append(number)
            start, after = match.end(), number
        return ids + self._between(rendered[start:], mark, after, -1)

    def defuse(self, text: str, mark: str) -> str:
        """The text with `mark` inserted after every character that can start a control token.

        The result spells no control token, not even together with text that a template appends.
        """
        for first in self._first_characters:
            text = text.replace(first, first + mark)
        return text

    def _between(self, text: str, mark: str, before: int, after: int) -> list[int]:
        """Ids of the text between two control tokens, less the white space that they strip."""
        if before in self._strips_right:
            text = text.lstrip()
        if after in self._strips_left:
            text = text.rstrip()
        return self.encode(text.replace(mark, "")) if text else []

    def bytes_of(self, number: int) -> bytes:
        """The bytes a token adds to the text; none for control tokens and padding."""
        known = self._bytes.get(number)
        if known is None:
            known = self._bytes[number] = self._spell(number)
        return known

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the ids; invalid bytes become U+FFFD."""
        return b"".join(map(self.bytes_of, ids)).decode("utf-8", "replace")

    def _spell(self, number: int) -> bytes:
        if number in self._added:
            return b"" if number in self._controls else self._added[number].encode()
        piece: str | None = self._plain.id_to_token(number)
        if piece is None:
            return b""
        if self._level is not None:
            return bytes(self._level[c] for c in piece if c in self._level)
        if byte := _BYTE.fullmatch(piece):
            return bytes([int(byte[1], 16)])
        return piece.replace("▁", " ").encode()


def unused_mark(texts: Sequence[str]) -> str:
    """A private-use character that occurs in none of the texts."""
    used = {c for text in texts for c in text if "\ue000" <= c <= "\uf8ff"}
    return next(chr(code) for code in range(0xE000, 0xF900) if chr(code) not in used)


def _alternatives(texts: Iterable[str]) -> re.Pattern[str]:
    """Matches any of the texts, the longest first; nothing if there are none."""
    ordered = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)) if ordered else "(?!)")


def _byte_level_alphabet() -> dict[str, int]:
    """Maps the printable characters of byte-level tokenizers back to bytes."""
    return {character: byte for byte, character in _printable_bytes()}


def _printable_bytes() -> Iterator[tuple[int, str]]:
    extra = 0
    for byte in range(256):
        if 33 <= byte <= 126 or 161 <= byte <= 172 or 174 <= byte <= 255:
            yield byte, chr(byte)
        else:
            yield byte, chr(256 + extra)
            extra += 1
