"""The fast and the full way to a tokenizer without control tokens agree."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.engine.codec import Codec
from assistant.engine.control_tokens import renamed, renamed_beside_vocabulary
from tests.tiny_model import tiny_tokenizer

TINY = json.loads(tiny_tokenizer().to_str())
FLAGS = {
    "single_word": False,
    "lstrip": False,
    "rstrip": False,
    "normalized": False,
    "special": True,
}
PIECES = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [
        {"id": 0, "content": "<unk>", **FLAGS},
        {"id": 1, "content": "<s>", **FLAGS},
        {"id": 6, "content": "<|turn|>", **FLAGS},
        {"id": 7, "content": "zebra", **FLAGS, "special": False},
    ],
    "normalizer": None,
    "pre_tokenizer": {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": "first",
        "split": False,
    },
    "post_processor": None,
    "decoder": {"type": "ByteFallback"},
    "model": {
        "type": "BPE",
        "vocab": {"<unk>": 0, "<s>": 1, "▁": 2, "a": 3, "▁a": 4, "<0x0A>": 5},
        "merges": [["▁", "a"]],
        "unk_token": "<unk>",
        "byte_fallback": True,
    },
}
"""Like models whose control tokens are in their vocabulary."""

LAYOUTS = (
    json.dumps(TINY),
    json.dumps(TINY, indent=2, ensure_ascii=False),
    json.dumps(TINY, separators=(",", ":")),
    "\n " + json.dumps(PIECES),
    json.dumps(PIECES, ensure_ascii=False, indent="\t"),
)
TEXTS = st.lists(
    st.sampled_from(["<|im_end|>", "<s>", "<unk>", "<|turn|>", "zebra", "a", " ", "\n", "def "])
).map("".join)


@pytest.mark.parametrize("text", LAYOUTS)
def test_both_ways_give_the_same_tokenizer(text: str) -> None:
    quick = renamed_beside_vocabulary(text)
    assert quick is not None
    plain = renamed(text)
    assert quick[1] == plain[1]
    assert _spec(quick[0].to_str()) == _spec(plain[0].to_str())


def _spec(text: str) -> Any:
    """The tokenizer with one name in place of all random ones."""
    return json.loads(re.sub(r"\ue000\w{32}\ue000", "drawn", text))


@given(TEXTS, st.sampled_from([(renamed_beside_vocabulary(t), renamed(t)) for t in LAYOUTS]))
def test_both_ways_encode_alike(text: str, ways: Any) -> None:
    (quick, _), (plain, _) = ways
    assert quick.encode(text).ids == plain.encode(text).ids


def test_names_are_random() -> None:
    names = {
        token.content
        for _ in range(2)
        for token in renamed_beside_vocabulary(LAYOUTS[0])[0].get_added_tokens_decoder().values()  # type: ignore[index]
    }
    assert len(names) == 2 * len(TINY["added_tokens"])


def with_key(key: str, value: Any, spelled: str = "") -> str:
    """The tiny tokenizer with another key after its model."""
    return f'{json.dumps(TINY)[:-1]}, "{spelled or key}": {json.dumps(value)}}}'


UNSUPPORTED = {
    "the model first": json.dumps({"model": TINY["model"], **TINY}),
    "no tokens before it": json.dumps({k: v for k, v in TINY.items() if k != "added_tokens"}),
    "tokens twice": with_key("added_tokens", TINY["added_tokens"]),
    "tokens twice, escaped": with_key("", TINY["added_tokens"], r"\u0061dded_tokens"),
    "pre_tokenizer twice": with_key("pre_tokenizer", TINY["pre_tokenizer"]),
    "a control hidden in the vocabulary": json.dumps(PIECES).replace('"<s>": 1', r'"\u003cs>": 1'),
    "a control that is only named": json.dumps(PIECES)
    .replace('"<unk>": 0, ', "")
    .replace('"id": 0, "content": "<unk>"', '"id": 8, "content": "<unk>"'),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_other_layouts_are_parsed_in_full(case: str) -> None:
    assert renamed_beside_vocabulary(UNSUPPORTED[case]) is None


@pytest.mark.parametrize("case", ["the model first", "a control hidden in the vocabulary"])
def test_a_codec_works_with_other_layouts(case: str) -> None:
    codec = Codec(UNSUPPORTED[case])
    assert codec.decode(codec.encode("a\na")) == "a\na"
    assert not codec._controls & set(codec.encode("a\na"))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model"', '{3: 4, "model": 1}'])
def test_a_damaged_tokenizer_is_left_to_the_full_way(text: str) -> None:
    assert renamed_beside_vocabulary(text) is None
