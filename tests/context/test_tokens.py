"""Counting tokens without torch."""

from pathlib import Path

import pytest

from assistant.context.tokens import Tokenizer
from assistant.errors import ModelError


def test_special_tokens_in_text_count_as_text(tiny_model: Path) -> None:
    tokenizer = Tokenizer.load(tiny_model)
    assert tokenizer.count("<|im_end|>") > 1
    assert tokenizer.count("") == 0


def test_a_cached_count_equals_the_first_count(tiny_model: Path) -> None:
    tokenizer = Tokenizer.load(tiny_model)
    assert tokenizer.count("return x") == tokenizer.count("return x") > 0


def test_undecodable_bytes_are_counted(tiny_model: Path) -> None:
    assert Tokenizer.load(tiny_model).count("caf\udce9") > 0


@pytest.mark.parametrize("content", [None, "", "{}", "version https://git-lfs.github.com/spec/v1"])
def test_an_unusable_tokenizer_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError, match="tokenizer") as caught:
        Tokenizer.load(tmp_path)
    assert "models pull" in caught.value.hint
