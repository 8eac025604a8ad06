"""Writes a converted folder small enough for any test: a random Qwen2-like model and tokenizer.

The tokenizer is byte-level with a few merges and the special tokens of Qwen, so any text survives
a round trip. The weights are random: the output is meaningless but deterministic.
"""

import json
from pathlib import Path

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

from assistant.models import folder as layout

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
INFILL = (
    "<|repo_name|>", "<|file_sep|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>",
)  # fmt: skip
MERGES = ("Ġ Ġ", "ĠĠ ĠĠ", "d e", "de f", "r e", "t u", "re tu", "r n", "retu rn", "i n", "p r")
CONFIG = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
}
TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}\n"
)
REASONING = TEMPLATE.replace("assistant\\n' }}", "assistant\\n<think>\\n' }}")


def write_tiny_model(
    target: Path,
    *,
    seed: int = 0,
    sharpness: float = 6.0,
    reasons: bool = False,
    infills: bool = False,
) -> Path:
    """Write the folder and return it. With `reasons`, every answer begins with reasoning; with
    `infills`, there are tokens for repositories and fill-in-the-middle.

    `sharpness` scales the logits. At the default the likeliest token usually leads by a wide
    margin, so greedy choices do not depend on rounding.
    """
    target.mkdir(parents=True)
    tokenizer = tiny_tokenizer()
    if reasons:
        marks = [AddedToken(text, normalized=False) for text in ("<think>", "</think>")]
        tokenizer.add_special_tokens(marks)
    if infills:
        tokenizer.add_tokens([AddedToken(text, normalized=False) for text in INFILL])
    tokenizer.save(str(target / layout.TOKENIZER))
    config = {**CONFIG, "vocab_size": tokenizer.get_vocab_size()}
    (target / layout.CONFIG).write_text(json.dumps(config))
    (target / layout.TOKENIZER_CONFIG).write_text(
        json.dumps(
            {
                "tokenizer_class": "Qwen2Tokenizer",
                "eos_token": "<|im_end|>",
                "pad_token": "<|endoftext|>",
                "model_max_length": CONFIG["max_position_embeddings"],
            }
        )
    )
    (target / layout.CHAT_TEMPLATE).write_text(REASONING if reasons else TEMPLATE)
    _write_weights(target / layout.WEIGHTS, config, seed, sharpness)
    layout.Manifest(
        format_version=layout.FORMAT_VERSION,
        name="tiny",
        source_sha256="0" * 64,
        weights="int8",
        context_tokens=2048,
        eos_token_ids=tuple(tokenizer.token_to_id(t) for t in ("<|im_end|>", "<|endoftext|>")),
        architecture="qwen2",
    ).write(target)
    return target


def tiny_tokenizer() -> Tokenizer:
    """Byte-level BPE: 256 bytes, a few merges, three special tokens."""
    merges = [tuple(merge.split(" ")) for merge in MERGES]
    words = sorted(pre_tokenizers.ByteLevel.alphabet()) + ["".join(merge) for merge in merges]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=merges))
    split = pre_tokenizers.Split(Regex(r" ?\p{L}+|\p{N}|\s+|[^\s\p{L}\p{N}]+"), "isolated")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, level])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(text, normalized=False) for text in SPECIALS])
    return tokenizer


def _write_weights(path: Path, config: dict[str, object], seed: int, sharpness: float) -> None:
    def size(name: str) -> int:
        value = config[name]
        assert isinstance(value, int)
        return value

    hidden, inner, words = size("hidden_size"), size("intermediate_size"), size("vocab_size")
    heads, kv_heads = size("num_attention_heads"), size("num_key_value_heads")
    wide = hidden // heads * (heads + 2 * kv_heads)
    linears = {"embed": (words, hidden)}
    biases, norms = {}, {"norm": hidden}
    for number in range(size("num_hidden_layers")):
        prefix = f"layers.{number}."
        linears[prefix + "qkv"] = (wide, hidden)
        linears[prefix + "output"] = (hidden, hidden)
        linears[prefix + "gate_up"] = (2 * inner, hidden)
        linears[prefix + "down"] = (hidden, inner)
        biases[prefix + "qkv.bias"] = wide
        norms |= {prefix + "attention_norm": hidden, prefix + "mlp_norm": hidden}
    specs: dict[str, tuple[str, tuple[int, ...]]] = {}
    for name, shape in linears.items():
        specs |= {f"{name}.weight": ("I8", shape), f"{name}.scale": ("F32", shape[:1])}
    specs |= {name: ("F32", (length,)) for name, length in (biases | norms).items()}
    random = np.random.default_rng(seed)
    with layout.TensorWriter(path, specs) as writer:
        for name, (rows, columns) in linears.items():
            writer.write(f"{name}.weight", random.integers(-127, 128, (rows, columns)))
            # Uniform int8 has a standard deviation of 73, so this preserves the input's scale.
            writer.write(f"{name}.scale", np.full(rows, 1 / 73 / columns**0.5))
        for name, length in biases.items():
            writer.write(name, 0.1 * random.standard_normal(length))
        for name, length in norms.items():
            writer.write(name, np.full(length, sharpness if name == "norm" else 1.0))
