"""Owns how the files of a repository become the ids of a prompt that a model goes on with.

Models for code are trained on whole repositories, file after file with marks of their own between
them (StarCoder 2, https://arxiv.org/abs/2402.19173; Qwen2.5-Coder,
https://arxiv.org/abs/2409.12186). What paths and files say is plain text: they
cannot set a mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.engine.base import SourceFile
from assistant.engine.codec import Codec

_MARKS = (("<|repo_name|>", "<|file_sep|>"), ("<repo_name>", "<file_sep>"))
"""Before a repository's name, and before each of its files."""

_NAME = "repository"


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids of the control tokens that a model knows for this."""

    repository: int
    file: int

    @classmethod
    def of(cls, codec: Codec) -> "Marks | None":
        """None where the model was not trained so."""
        for repository, file in _MARKS:
            numbers = codec.number_of(repository), codec.number_of(file)
            if numbers[0] is not None and numbers[1] is not None:
                return cls(numbers[0], numbers[1])
        return None

    def encode(self, codec: Codec, files: Sequence[SourceFile], opening: str) -> list[int]:
        """Ids of the files, the last one without an end, and of the opening behind it."""
        ids = [self.repository, *codec.encode(f"{_NAME}\n")]
        for file in files:
            # A path is one line: what it says must not read as the file's text.
            path = " ".join(file.path.splitlines())
            ids += [self.file, *codec.encode(f"{path}\n{file.text}")]
        return ids + codec.encode(opening)

    @property
    def ends(self) -> frozenset[int]:
        """Ids that end the last file."""
        return frozenset((self.repository, self.file))
