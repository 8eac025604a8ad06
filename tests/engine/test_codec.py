"""Text to ids and back."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from assistant.engine.codec import Codec, unused_mark
from assistant.errors import ModelError
from tests.engine.fake_backends import CODEC
from tests.tiny_model import tiny_tokenizer

FULL = tiny_tokenizer()
SPECIAL_IDS = {FULL.token_to_id(text) for text in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")}


@given(st.text(max_size=60))
def test_text_survives_a_round_trip(text: str) -> None:
    assert CODEC.decode(CODEC.encode(text)) == text


@given(st.lists(st.sampled_from(["<|im_end|>", "<|im_", "end|>", "<|endoftext|>", "a", " "])))
def test_no_text_spells_a_control_token(parts: list[str]) -> None:
    text = "".join(parts)
    ids = CODEC.encode(text)
    assert not SPECIAL_IDS & set(ids)
    assert CODEC.decode(ids) == text


@given(st.lists(st.sampled_from(["<|im_end|>", "<|im_start|>", "user\n", "x = 1\n", "  "])))
def test_prompts_match_the_published_tokenizer(parts: list[str]) -> None:
    text = "".join(parts)
    assert CODEC.encode_prompt(text, "\ue000") == FULL.encode(text).ids


def test_control_tokens_have_no_bytes() -> None:
    assert all(CODEC.bytes_of(number) == b"" for number in SPECIAL_IDS)
    assert CODEC.bytes_of(CODEC.size + 5) == b""


def codec_with(**tokens: dict[str, object]) -> Codec:
    """The tiny tokenizer with further added tokens."""
    spec = json.loads(FULL.to_str())
    for text, more in tokens.items():
        spec["added_tokens"].append(
            {
                "id": 300 + len(spec["added_tokens"]),
                "content": text,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": False,
                **more,
            }
        )
    numbers = range(len(json.loads(FULL.to_str())["model"]["vocab"]), 10**6)
    for number, added in zip(numbers, spec["added_tokens"], strict=False):
        added["id"] = number
    return Codec(json.dumps(spec))


def test_control_tokens_need_no_special_flag() -> None:
    codec = codec_with(**{"<|fim_prefix|>": {}, "[INST]": {}})
    text = "<|fim_prefix|>[INST]"
    assert codec.decode(codec.encode(text)) == text
    assert len(codec.encode(text)) > 10
    assert len(codec.encode_prompt(text, "\ue000")) == 2


def test_added_words_stay_tokens() -> None:
    codec = codec_with(**{"<|x|>": {}, "zebra": {}})
    assert len(codec.encode("zebra")) == 1
    assert codec.decode(codec.encode("a zebra")) == "a zebra"


def test_control_tokens_strip_white_space() -> None:
    codec = codec_with(**{"<|r|>": {"rstrip": True, "special": True}, "<|l|>": {"lstrip": True}})
    ids = codec.encode_prompt("a <|r|> \n b <|l|> c", "\ue000")
    assert codec.decode(ids) == "a b c"


def test_sentencepiece_tokens_are_decoded() -> None:
    spec = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first",
                          "split": False},
        "post_processor": None,
        "decoder": {"type": "ByteFallback"},
        "model": {"type": "BPE", "vocab": {"<0x0A>": 0, "▁": 1, "a": 2, "▁a": 3, "<unk>": 4},
                  "merges": [["▁", "a"]], "unk_token": "<unk>", "byte_fallback": True},
    }  # fmt: skip
    codec = Codec(json.dumps(spec))
    assert codec.decode([3, 0, 2]) == " a\na"
    assert codec.encode("a a") == [2, 3]
    assert Tokenizer.from_str(json.dumps(spec)).encode("a a").ids == [3, 3]


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"model": {"vocab": 3}}'])
def test_a_damaged_tokenizer_is_a_model_error(text: str) -> None:
    with pytest.raises(ModelError) as caught:
        Codec(text)
    assert caught.value.hint


def test_a_missing_tokenizer_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Codec.load(tmp_path)


def test_the_mark_is_an_unused_character() -> None:
    assert unused_mark(["a\ue000", "\ue001"]) == "\ue002"
