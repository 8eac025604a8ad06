"""Owns exact token counts in processes that have no torch.

Text of a repository is only ever text here: what looks like one of the model's special tokens is
counted as the characters it is written with.
"""

from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from threading import Lock

import tokenizers

from assistant.errors import ModelError

_REMEMBERED = 4096


class Tokenizer:
    """The model's own tokenizer, for counting; safe to share between threads."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        self._lock = Lock()
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    @classmethod
    def load(cls, folder: Path) -> "Tokenizer":
        """From a converted model's folder. Raises ModelError when it holds no usable tokenizer."""
        file = folder / "tokenizer.json"
        try:
            return cls(tokenizers.Tokenizer.from_file(str(file)))
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(
                f"The tokenizer {file} cannot be read: {error}",
                hint="Pull the model again: `assistant models pull`.",
            ) from error

    def count(self, text: str) -> int:
        """Tokens of the text on its own, without any that a template adds."""
        # Bytes that were not UTF-8 reach the model as replacement characters.
        clean = text.encode("utf-8", "replace")
        key = sha256(clean).digest()
        with self._lock:
            if key in self._counts:
                self._counts.move_to_end(key)
                return self._counts[key]
        found = len(self._tokenizer.encode(clean.decode(), add_special_tokens=False))
        with self._lock:
            self._counts[key] = found
            while len(self._counts) > _REMEMBERED:
                self._counts.popitem(last=False)
        return found
