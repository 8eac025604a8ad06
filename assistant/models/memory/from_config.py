"""The shape of a model from its config.json, as transformers would build it.

Checked against transformers 5.24: numbers of parameters on the meta device, and the tensors of its
caches. What a config leaves out has the default of its model type.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.errors import ModelError
from assistant.models.memory.shape import LayerGroup, ModelShape, Tensors

FULL, SLIDING, LINEAR = "full_attention", "sliding_attention", "linear_attention"

_PATTERNS = {"gemma2": 2, "gpt_oss": 2, "gemma3": 6, "gemma3_text": 6, "cohere2": 4,
             "gemma4": 6, "gemma4_text": 6}  # fmt: skip
"""Every how many layers one attends to all tokens, where the config does not say."""
_GATED_ATTENTION = ("qwen3_next", "qwen3_5", "muse_glimmer")
"""Model types whose queries come with a gate of the same size."""
_PLAIN_MLP = ("gpt_neox", "gpt2", "phi", "starcoder2", "falcon", "nemotron")
"""Model types with two matrices between layers instead of three."""


class _Config:
    """A config.json with the text model's part on top."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        nested = config.get("text_config")
        self.values = {**config, **(nested if isinstance(nested, Mapping) else {})}
        self.kind = str(self.values.get("model_type", "unknown"))

    def number(self, *names: str, default: int | None = None) -> int:
        """The first of these fields that is a number."""
        for name in names:
            value = self.values.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        if default is None:
            raise ModelError(
                f"The model's configuration lacks {names[0]}.",
                hint="Use a complete config.json, or a GGUF file.",
            )
        return default

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name)
        return value if isinstance(value, bool) else default

    def of_layer(self, index: int) -> "_Config":
        """The config with what it says about one layer on top."""
        layers = self.values.get("per_layer_config")
        for key, changes in layers.items() if isinstance(layers, Mapping) else ():
            if str(key).isdigit() and int(key) == index and isinstance(changes, Mapping):
                return _Config({**self.values, **changes, "text_config": None})
        return self

    def list_of(self, name: str) -> list[Any]:
        value = self.values.get(name)
        return value if isinstance(value, list) else []


def shape_of_config(config: Mapping[str, Any]) -> ModelShape:
    """The shape of the model that a config.json describes, without vision or audio parts.

    Raises ModelError if the config lacks a size.
    """
    from assistant.models.convert import decodable  # imports numpy

    c = _Config(config)
    kinds = layer_kinds(c)
    tensors: Counter[Tensors] = Counter()
    groups: Counter[LayerGroup] = Counter()
    state = 0
    shared = len(kinds) - c.number("num_kv_shared_layers", default=0)
    for index, kind in enumerate(kinds):
        own = index < shared
        layer = c.of_layer(index)
        tensors.update(_attention(layer, kind, own))
        tensors.update(_inner(layer, index))
        if kind == LINEAR:
            state += _state(layer)
        elif own:
            groups[_group(layer, kind)] += 1
    tensors.update(_outer(c, len(kinds)))
    merged = (
        Tensors(each.role, each.rows, each.columns, each.count * count)
        for each, count in tensors.items()
        if each.numbers
    )
    return ModelShape(
        architecture=c.kind,
        trained_tokens=c.number("max_position_embeddings", default=0),
        tensors=tuple(merged),
        layers=tuple(LayerGroup(count, each.values, each.window) for each, count in groups.items()),
        state=state,
        decodable=decodable(config),
        heads=c.number("num_attention_heads", default=0),
        head_width=_heads(c, FULL)[2],
    )


def layer_kinds(c: _Config) -> list[str]:
    """The kind of attention of each layer."""
    count = c.number("num_hidden_layers")
    if count > 10_000:
        raise ModelError(f"The model's configuration has {count:,} layers.", hint="Check the file.")
    if listed := c.list_of("layer_types"):
        return [str(kind) for kind in listed]
    if c.number("linear_num_value_heads", default=0):
        every = c.number("full_attention_interval", default=4)
        return [FULL if (index + 1) % every == 0 else LINEAR for index in range(count)]
    if not c.number("sliding_window", default=0) or not c.flag("use_sliding_window", True):
        return [FULL] * count
    every = c.number(
        "sliding_window_pattern", "_sliding_window_pattern", default=_PATTERNS.get(c.kind, 0)
    )
    if every:
        return [FULL if (index + 1) % every == 0 else SLIDING for index in range(count)]
    first = c.number("max_window_layers", default=0) if "use_sliding_window" in c.values else 0
    return [SLIDING if index >= first else FULL for index in range(count)]


def _heads(c: _Config, kind: str) -> tuple[int, int, int]:
    """Query heads, key-value heads and the width of a head."""
    heads = c.number("num_attention_heads")
    key_heads = c.number("num_key_value_heads", default=heads)
    width = c.number("head_dim", default=c.number("hidden_size") // heads)
    if kind == FULL and c.kind.startswith("gemma4"):
        key_heads = c.number("num_global_key_value_heads", default=key_heads)
        width = c.number("global_head_dim", default=width)
    return heads, key_heads, width


def _group(c: _Config, kind: str) -> LayerGroup:
    window = c.number("sliding_window", default=0) if kind == SLIDING else 0
    if rank := c.number("kv_lora_rank", default=0):
        return LayerGroup(1, rank + c.number("qk_rope_head_dim"), window)
    _, key_heads, width = _heads(c, kind)
    return LayerGroup(1, 2 * key_heads * width, window)


def _linear_sizes(c: _Config) -> tuple[int, int, int]:
    """Widths of keys and of values, and the number of value heads."""
    heads = c.number("linear_num_value_heads")
    keys = c.number("linear_num_key_heads") * c.number("linear_key_head_dim")
    return keys, heads * c.number("linear_value_head_dim"), heads


def _state(c: _Config) -> int:
    """Numbers that a layer with linear attention keeps: its convolution's inputs, and its state."""
    keys, values, _ = _linear_sizes(c)
    convolved = (2 * keys + values) * c.number("linear_conv_kernel_dim", default=4)
    return convolved + values * c.number("linear_key_head_dim")


def _attention(c: _Config, kind: str, own: bool) -> Iterator[Tensors]:
    hidden = c.number("hidden_size")
    if kind == LINEAR:
        keys, values, heads = _linear_sizes(c)
        yield Tensors("linear", 2 * keys + 2 * values + 2 * heads, hidden)
        yield Tensors("linear", hidden, values)
        kernel = c.number("linear_conv_kernel_dim", default=4)
        yield Tensors("vector", (2 * keys + values) * kernel + 2 * heads)
        return
    if c.number("kv_lora_rank", default=0):
        yield from _latent_attention(c, hidden)
        return
    heads, key_heads, width = _heads(c, kind)
    queries = heads * width * (2 if c.kind.startswith(_GATED_ATTENTION) else 1)
    shared = kind == FULL and c.flag("attention_k_eq_v")
    rows = key_heads * width * (1 if shared else 2) if own else 0
    yield Tensors("linear", queries + rows, hidden)
    yield Tensors("linear", hidden, heads * width)
    if c.kind == "qwen2" or c.flag("attention_bias") or c.flag("qkv_bias"):
        yield Tensors("vector", queries + rows + hidden * c.flag("attention_bias"))
    if c.kind == "qwen3" or c.kind.startswith(("qwen3_", "gemma3", "gemma4")):
        yield Tensors("vector", 2 * width)


def _latent_attention(c: _Config, hidden: int) -> Iterator[Tensors]:
    """Multi-head latent attention (DeepSeek-V2, https://arxiv.org/abs/2405.04434)."""
    heads, rank = c.number("num_attention_heads"), c.number("kv_lora_rank")
    plain, rotated = c.number("qk_nope_head_dim"), c.number("qk_rope_head_dim")
    values, query_rank = c.number("v_head_dim"), c.number("q_lora_rank", default=0)
    if query_rank:
        yield Tensors("linear", query_rank, hidden)
        yield Tensors("vector", query_rank)
    yield Tensors("linear", heads * (plain + rotated), query_rank or hidden)
    yield Tensors("linear", rank + rotated, hidden)
    yield Tensors("vector", rank)
    yield Tensors("linear", heads * (plain + values), rank)
    yield Tensors("linear", hidden, heads * values)


def _inner(c: _Config, index: int) -> Iterator[Tensors]:
    """What follows the attention in a layer, and the norms."""
    hidden = c.number("hidden_size")
    sparse = _is_sparse(c, index)
    if not sparse or c.flag("enable_moe_block"):
        inner = c.number("intermediate_size", "n_inner", default=4 * hidden)
        yield from _mlp(c, inner)
    if sparse:
        yield from _experts(c, hidden)
    norms = 4 if c.kind.startswith(("gemma2", "gemma3", "gemma4", "olmo3")) else 2
    yield Tensors("vector", norms * hidden)
    if width := c.number("hidden_size_per_layer_input", default=0):
        yield Tensors("linear", width, hidden, 2)


def _mlp(c: _Config, inner: int) -> Iterator[Tensors]:
    hidden = c.number("hidden_size")
    yield Tensors("linear", inner if c.kind in _PLAIN_MLP else 2 * inner, hidden)
    yield Tensors("linear", hidden, inner)
    if c.flag("mlp_bias"):
        yield Tensors("vector", 2 * inner + hidden)


def _expert_count(c: _Config) -> int:
    return c.number("num_experts", "num_local_experts", "n_routed_experts", default=0)


def _is_sparse(c: _Config, index: int) -> bool:
    if not _expert_count(c) or index in c.list_of("mlp_only_layers"):
        return False
    if kinds := c.list_of("mlp_layer_types"):
        return index < len(kinds) and kinds[index] == "sparse"
    if index < c.number("first_k_dense_replace", default=0):
        return False
    return (index + 1) % max(1, c.number("decoder_sparse_step", default=1)) == 0


def _experts(c: _Config, hidden: int) -> Iterator[Tensors]:
    """All experts, used by a token or not, those that every token uses, and the router."""
    experts = _expert_count(c)
    inner = c.number("moe_intermediate_size", "intermediate_size")
    yield Tensors("expert", 2 * inner, hidden, experts)
    yield Tensors("expert", hidden, inner, experts)
    yield Tensors("linear", experts, hidden)
    if c.kind == "gpt_oss":
        yield Tensors("vector", experts * (2 * inner + hidden))
    shared = c.number(
        "shared_expert_intermediate_size", default=c.number("n_shared_experts", default=0) * inner
    )
    if shared:
        yield from _mlp(c, shared)


def _outer(c: _Config, layers: int) -> Iterator[Tensors]:
    """Embedding, head, and the last norm."""
    hidden, words = c.number("hidden_size"), c.number("vocab_size")
    yield Tensors("embedding", words, hidden)
    if not c.flag("tie_word_embeddings", c.kind.startswith(("gemma", "cohere"))):
        yield Tensors("head", words, hidden)
    yield Tensors("vector", hidden)
    if width := layers * c.number("hidden_size_per_layer_input", default=0):
        yield Tensors("embedding", c.number("vocab_size_per_layer_input", default=words), width)
        yield Tensors("linear", width, hidden)
