"""Owns building a tokenizer.json from the vocabulary in a GGUF file.

The file names how text is split before merging, but does not carry it: what each name stands for is
written down here, as the publishers' own tokenizer.json files have it. Refuses names it does not
know, because a tokenizer that is nearly right spoils every answer without a sign.
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
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{numbers}"
    r"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_SPLITS: Mapping[str, str] = {
    "qwen2": _WORDS.format(numbers=r"\p{N}"),
    "llama-bpe": _WORDS.format(numbers=r"\p{N}{1,3}"),
    "llama3": _WORDS.format(numbers=r"\p{N}{1,3}"),
}


def build_tokenizer(facts: Mapping[str, Any]) -> Tokenizer:
    """From GGUF metadata. Raises ModelError for a kind of vocabulary that is not known."""
    kind, split = facts.get("tokenizer.ggml.model"), facts.get("tokenizer.ggml.pre", "")
    if kind != "gpt2" or split not in (*_SPLITS, "smollm", "gpt-2"):
        raise ModelError(
            f"The tokenizer of this GGUF file ({kind}, {split or 'unnamed'}) is not supported.",
            hint="Give the model's folder with tokenizer.json and .safetensors files instead.",
        )
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
    # Those at the end get the numbers that follow the words; those before must be words too.
    words |= {tokens[number]: number for number in added if number < max(words.values())}
    tokenizer = Tokenizer(BPE(vocab=words, merges=merges, ignore_merges=ignore_merges))
    # Qwen's publisher composes characters (NFC) first. Not so here: what is read from a file must
    # come back byte for byte when the model copies it.
    tokenizer.pre_tokenizer = _pre_tokenizer(split)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens(list(added.values()))
    for number in added:
        if tokenizer.token_to_id(tokens[number]) != number:
            raise ModelError(f"The token {tokens[number]} of this GGUF file has no place.")
    return tokenizer


def written(tokenizer: Tokenizer, merges: Sequence[str]) -> str:
    """tokenizer.json. Merges that are one string each are read in two thirds of the time."""
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
