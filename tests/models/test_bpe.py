"""Writing tokenizer.json."""

import json

import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE

from assistant.models.bpe import tokenizer_json


@pytest.mark.parametrize(("merge", "kind"), [("a b", str), ("a b c", list)])
def test_merges_are_written_as_strings_if_unambiguous(merge: str, kind: type) -> None:
    pair = tuple(merge.split(" ", 1))
    words = {text: number for number, text in enumerate((*pair, "".join(pair)))}
    tokenizer = Tokenizer(BPE(vocab=words, merges=[pair]))
    text = tokenizer_json(tokenizer, [merge])
    assert isinstance(json.loads(text)["model"]["merges"][0], kind)
    assert Tokenizer.from_str(text).to_str() == tokenizer.to_str()
