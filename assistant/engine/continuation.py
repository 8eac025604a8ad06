"""Encodes repository files as a prompt that the model continues or infills.

Models for code are trained on whole repositories, file after file, separated by control tokens
(StarCoder 2, https://arxiv.org/abs/2402.19173; Qwen2.5-Coder, https://arxiv.org/abs/2409.12186),
and on fill-in-the-middle: files whose middle was moved to the end (Bavarian et al.,
https://arxiv.org/abs/2207.14255). Paths and file contents are plain text: they cannot spell a
control token.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.engine.base import SourceFile
from assistant.engine.codec import Codec
from assistant.errors import EngineError

_REPOSITORY_TOKENS = (("<|repo_name|>", "<|file_sep|>"), ("<repo_name>", "<file_sep>"))
"""The token before the repository's name and the token before each file."""

_INFILL_TOKENS = (
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
)
"""The tokens before the prefix, the suffix and the middle."""

_NAME = "repository"


@dataclass(frozen=True, slots=True)
class RepositoryTokens:
    """Ids of a model's control tokens for repositories and infilling."""

    repository: int
    file: int
    infill: tuple[int, int, int] | None = None
    """Ids of the prefix, suffix and middle tokens; None where the model was not trained to infill.
    """

    @classmethod
    def of(cls, codec: Codec) -> "RepositoryTokens | None":
        """None where the model was not trained on repositories."""
        for repository, file in _REPOSITORY_TOKENS:
            numbers = codec.number_of(repository), codec.number_of(file)
            if numbers[0] is not None and numbers[1] is not None:
                return cls(numbers[0], numbers[1], _infill_tokens(codec))
        return None

    def encode(self, codec: Codec, files: Sequence[SourceFile], opening: str) -> list[int]:
        """Ids of the files, the last of them unfinished, followed by the opening."""
        ids = [self.repository, *codec.encode(f"{_NAME}\n")]
        for file in files:
            ids += [self.file, *codec.encode(f"{_line(file.path)}\n{file.text}")]
        return ids + codec.encode(opening)

    def encode_infill(
        self, codec: Codec, files: Sequence[SourceFile], opening: str, suffix: str
    ) -> list[int]:
        """Ids of the files, the last with a hole between its text plus `opening` and `suffix`.

        Raises EngineError where `infill` is None.
        """
        if self.infill is None:
            raise EngineError(
                "This model has no fill-in-the-middle tokens, so it cannot infill.",
                hint="Send messages instead.",
            )
        *others, last = files
        before, after, inside = self.infill
        ids = self.encode(codec, others, "")
        ids += [self.file, *codec.encode(f"{_line(last.path)}\n")]
        ids += [before, *codec.encode(last.text + opening)]
        return [*ids, after, *codec.encode(suffix), inside]

    @property
    def ends(self) -> frozenset[int]:
        """Ids that end the last file or the infilled text."""
        return frozenset((self.repository, self.file, *(self.infill or ())))


def _infill_tokens(codec: Codec) -> tuple[int, int, int] | None:
    for before, after, inside in _INFILL_TOKENS:
        numbers = codec.number_of(before), codec.number_of(after), codec.number_of(inside)
        if numbers[0] is not None and numbers[1] is not None and numbers[2] is not None:
            return numbers[0], numbers[1], numbers[2]
    return None


def _line(path: str) -> str:
    """A path on one line: a line break in it would read as the file's text."""
    return " ".join(path.splitlines())
