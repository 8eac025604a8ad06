"""Builds a tokenizer.json from the vocabulary in a GGUF file.

A GGUF file only names its pre-tokenizer. The definitions here follow the publishers' own
tokenizer.json files. Unknown names are refused, because a tokenizer that is almost right degrades
all output without an error.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    pre_tokenizers,
    processors,
)
from tokenizers.models import BPE

from assistant.errors import ModelError

_CONTROL, _USER_DEFINED = 3, 4
_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{numbers}"
    r"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_SPLITS: Mapping[str, str] = {
    "qwen2": _SPLIT.format(numbers=r"\p{N}"),
    "llama-bpe": _SPLIT.format(numbers=r"\p{N}{1,3}"),
    "llama3": _SPLIT.format(numbers=r"\p{N}{1,3}"),
}


def check_vocabulary(facts: Mapping[str, Any]) -> str:
    """The name of the pre-tokenizer in GGUF metadata.

    Raises ModelError for an unknown vocabulary type.
    """
    kind, split = facts.get("tokenizer.ggml.model"), facts.get("tokenizer.ggml.pre", "")
    if kind != "gpt2" or split not in (*_SPLITS, "smollm", "gpt-2"):
        raise ModelError(
            f"The tokenizer of this GGUF file ({kind}, {split or 'unnamed'}) is not supported.",
            hint="Use the model's folder with tokenizer.json and .safetensors files instead.",
        )
    return str(split)


def build_tokenizer(facts: Mapping[str, Any]) -> Tokenizer:
    """Build a tokenizer from GGUF metadata. Raises ModelError for an unknown vocabulary type."""
    split = check_vocabulary(facts)
    tokens: list[str] = facts["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ", 1)) for merge in facts["tokenizer.ggml.merges"]]
    types: list[int] = facts["tokenizer.ggml.token_type"]
    added = {
        number: AddedToken(tokens[number], special=type_ == _CONTROL, normalized=False)
        for number, type_ in enumerate(types)
        if type_ in (_CONTROL, _USER_DEFINED)
    }
    words = {text: number for number, text in enumerate(tokens) if types[number] == 1}
    ignore_merges = split in ("llama-bpe", "llama3")
    # Added tokens at the end get the ids after the vocabulary; earlier ones must be part of it.
    words |= {tokens[number]: number for number in added if number < max(words.values())}
    tokenizer = Tokenizer(BPE(vocab=words, merges=merges, ignore_merges=ignore_merges))
    # Qwen's own tokenizer normalizes to NFC. This one does not, so that file contents round-trip
    # byte for byte when the model copies them.
    tokenizer.pre_tokenizer = _pre_tokenizer(split)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens(list(added.values()))
    for number in added:
        if tokenizer.token_to_id(tokens[number]) != number:
            raise ModelError(f"The token {tokens[number]} of this GGUF file has the wrong id.")
    return tokenizer


def tokenizer_json(tokenizer: Tokenizer, merges: Sequence[str]) -> str:
    """The contents of tokenizer.json.

    Merges are written as strings where possible, which takes two thirds of the time to load.
    """
    spec = json.loads(tokenizer.to_str())
    if all(merge.count(" ") == 1 for merge in merges):
        spec["model"]["merges"] = list(merges)
    return json.dumps(spec, ensure_ascii=False)


def _pre_tokenizer(split: str) -> pre_tokenizers.PreTokenizer:
    if split == "gpt-2":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    if split == "smollm":
        digits = pre_tokenizers.Digits(individual_digits=True)
        return pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    words = pre_tokenizers.Split(Regex(_SPLITS[split]), "isolated")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([words, level])
