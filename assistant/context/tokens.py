"""Counts tokens exactly in processes without torch.

Repository text is plain text here: a string that looks like a special token of the model is
counted as ordinary characters.
"""

from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from threading import Lock

import tokenizers

from assistant.errors import ModelError

_CACHED_COUNTS = 4096


class Tokenizer:
    """The model's tokenizer, for counting. Thread-safe."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        self._lock = Lock()
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    @classmethod
    def load(cls, folder: Path) -> "Tokenizer":
        """Load from a converted model's folder. Raises ModelError if the tokenizer is unusable."""
        file = folder / "tokenizer.json"
        try:
            return cls(tokenizers.Tokenizer.from_file(str(file)))
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(
                f"Cannot read the tokenizer {file}: {error}",
                hint="Pull the model again with `assistant models pull`.",
            ) from error

    def count(self, text: str) -> int:
        """Number of tokens in the text, without those that a chat template adds."""
        # Undecodable bytes reach the model as replacement characters.
        clean = text.encode("utf-8", "replace")
        key = sha256(clean).digest()
        with self._lock:
            if key in self._counts:
                self._counts.move_to_end(key)
                return self._counts[key]
        found = len(self._tokenizer.encode(clean.decode(), add_special_tokens=False))
        with self._lock:
            self._counts[key] = found
            while len(self._counts) > _CACHED_COUNTS:
                self._counts.popitem(last=False)
        return found
