"""Owns how the files of a repository become the ids of a prompt that a model goes on with, or in
which it fills a gap.

Models for code are trained on whole repositories, file after file with marks of their own between
them (StarCoder 2, https://arxiv.org/abs/2402.19173; Qwen2.5-Coder,
https://arxiv.org/abs/2409.12186), and on files whose middle is moved to their end (Bavarian and
others, https://arxiv.org/abs/2207.14255). What paths and files say is plain text: they cannot set a
mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.engine.base import SourceFile
from assistant.engine.codec import Codec
from assistant.errors import EngineError

_MARKS = (("<|repo_name|>", "<|file_sep|>"), ("<repo_name>", "<file_sep>"))
"""Before a repository's name, and before each of its files."""

_GAPS = (
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
)
"""Before what precedes a gap, before what follows it, and before what fills it."""

_NAME = "repository"


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids of the control tokens that a model knows for this."""

    repository: int
    file: int
    gap: tuple[int, int, int] | None = None
    """Before the text before a gap, the text behind it, and the text in it; None where the model
    was not trained to fill any."""

    @classmethod
    def of(cls, codec: Codec) -> "Marks | None":
        """None where the model was not trained so."""
        for repository, file in _MARKS:
            numbers = codec.number_of(repository), codec.number_of(file)
            if numbers[0] is not None and numbers[1] is not None:
                return cls(numbers[0], numbers[1], _gap_of(codec))
        return None

    def encode(self, codec: Codec, files: Sequence[SourceFile], opening: str) -> list[int]:
        """Ids of the files, the last one without an end, and of the opening behind it."""
        ids = [self.repository, *codec.encode(f"{_NAME}\n")]
        for file in files:
            ids += [self.file, *codec.encode(f"{_line(file.path)}\n{file.text}")]
        return ids + codec.encode(opening)

    def encode_gap(
        self, codec: Codec, files: Sequence[SourceFile], opening: str, behind: str
    ) -> list[int]:
        """Ids of the files, the last one with a gap between the opening and what is `behind` it.

        Raises EngineError where `gap` is None.
        """
        if self.gap is None:
            raise EngineError(
                "This model knows no marks around a gap, so it cannot fill one.",
                hint="Ask it by messages.",
            )
        *others, last = files
        before, after, inside = self.gap
        ids = self.encode(codec, others, "")
        ids += [self.file, *codec.encode(f"{_line(last.path)}\n")]
        ids += [before, *codec.encode(last.text + opening)]
        return [*ids, after, *codec.encode(behind), inside]

    @property
    def ends(self) -> frozenset[int]:
        """Ids that end the last file, or what fills its gap."""
        return frozenset((self.repository, self.file, *(self.gap or ())))


def _gap_of(codec: Codec) -> tuple[int, int, int] | None:
    for before, after, inside in _GAPS:
        numbers = codec.number_of(before), codec.number_of(after), codec.number_of(inside)
        if numbers[0] is not None and numbers[1] is not None and numbers[2] is not None:
            return numbers[0], numbers[1], numbers[2]
    return None


def _line(path: str) -> str:
    """A path on one line: what it says must not read as the file's text."""
    return " ".join(path.splitlines())
