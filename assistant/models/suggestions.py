"""Models that people run on a GPU of their own in late 2026, and which of them fit one.

Shapes, licences and contexts are those that the publishers state; none of these models was run by
us. Their files are not in the catalog: a pull takes names, sizes and hashes from the hub.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from assistant.models.memory.from_config import shape_of_config
from assistant.models.memory.plan import Way, largest_window
from assistant.models.memory.shape import ModelShape

Stored: TypeAlias = Literal["bf16", "fp8", "mxfp4"]
"""Number format in the publisher's repository; converting makes bf16 of it."""

_SERVER_BITS = 4.85
"""Bits of a weight in Q4_K_M, the usual 4-bit format of llama.cpp."""
_SERVER_SPARE = 1 << 30
SERVER_WINDOW = 32_768
"""Tokens of the window for which a server's memory is estimated."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model that is worth a try on a GPU."""

    id: str
    """Name of its repository on the hub."""
    about: str
    licence: str
    """SPDX identifier."""
    reasons: bool | None
    """Whether it reasons before it answers, unless told not to; None if unknown."""
    stored: Stored
    config: Mapping[str, Any]
    """The part of its config.json that decides its size."""

    @property
    def shape(self) -> ModelShape:
        return shape_of_config(self.config)


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a model fits a GPU, and with which window."""

    suggestion: Suggestion
    bf16_bytes: int
    four_bit_bytes: int
    """Of the weights here, with `gpu_weights = "4bit"`."""
    window_bf16: int
    """Tokens of the largest window here with bf16 weights; 0 if it does not fit."""
    window_four_bit: int
    server: bool
    """Whether it fits a model server with 4-bit weights and SERVER_WINDOW tokens."""

    @property
    def fits(self) -> bool:
        return bool(self.server or self.window_bf16 or self.window_four_bit)


def _delta(kind: str, **sizes: int) -> dict[str, Any]:
    """Three layers with linear attention (Gated DeltaNet), then one with full attention."""
    return {
        "model_type": kind,
        "vocab_size": 248_320,
        "head_dim": 256,
        "max_position_embeddings": 262_144,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 128,
        "linear_num_key_heads": 16,
        "full_attention_interval": 4,
        "tie_word_embeddings": False,
        **sizes,
    }


def _plain(kind: str, **sizes: int) -> dict[str, Any]:
    return {"model_type": kind, "tie_word_embeddings": False, **sizes}


SUGGESTIONS = (
    Suggestion(
        "Qwen/Qwen2.5-Coder-7B-Instruct", "dense, code", "Apache-2.0", False, "bf16",
        _plain("qwen2", num_hidden_layers=28, hidden_size=3584, intermediate_size=18_944,
               num_attention_heads=28, num_key_value_heads=4, vocab_size=152_064,
               max_position_embeddings=32_768),
    ),
    Suggestion(
        "Qwen/Qwen3.5-9B", "dense, three of four layers with linear attention, vision",
        "Apache-2.0", True, "bf16",
        _delta("qwen3_5_text", num_hidden_layers=32, hidden_size=4096, intermediate_size=12_288,
               num_attention_heads=16, num_key_value_heads=4, linear_num_value_heads=32),
    ),
    Suggestion(
        "Qwen/Qwen2.5-Coder-14B-Instruct", "dense, code", "Apache-2.0", False, "bf16",
        _plain("qwen2", num_hidden_layers=48, hidden_size=5120, intermediate_size=13_824,
               num_attention_heads=40, num_key_value_heads=8, vocab_size=152_064,
               max_position_embeddings=32_768),
    ),
    Suggestion(
        "openai/gpt-oss-20b", "32 experts, sliding windows", "Apache-2.0", True, "mxfp4",
        _plain("gpt_oss", num_hidden_layers=24, hidden_size=2880, intermediate_size=2880,
               num_attention_heads=64, num_key_value_heads=8, head_dim=64, vocab_size=201_088,
               num_local_experts=32, sliding_window=128, max_position_embeddings=131_072),
    ),
    Suggestion(
        "mistralai/Devstral-Small-2-24B-Instruct-2512", "dense, code, vision", "Apache-2.0",
        False, "fp8",
        _plain("ministral3", num_hidden_layers=40, hidden_size=5120, intermediate_size=32_768,
               num_attention_heads=32, num_key_value_heads=8, head_dim=128, vocab_size=131_072,
               max_position_embeddings=262_144),
    ),
    Suggestion(
        "Qwen/Qwen3.6-27B", "dense, three of four layers with linear attention, vision",
        "Apache-2.0", True, "bf16",
        _delta("qwen3_5_text", num_hidden_layers=64, hidden_size=5120, intermediate_size=17_408,
               num_attention_heads=24, num_key_value_heads=4, linear_num_value_heads=48),
    ),
    Suggestion(
        "meta-models/Muse-Glimmer-30B", "dense, sliding windows, vision", "Apache-2.0", None,
        "bf16",
        _plain("muse_glimmer_text", num_hidden_layers=52, hidden_size=6656,
               intermediate_size=19_968, num_attention_heads=32, num_key_value_heads=2,
               head_dim=128, vocab_size=202_048, sliding_window=2048, sliding_window_pattern=4,
               max_position_embeddings=131_072),
    ),
    Suggestion(
        "zai-org/GLM-4.7-Flash", "64 experts, latent attention", "MIT", True, "bf16",
        _plain("glm4_moe_lite", num_hidden_layers=47, hidden_size=2048, intermediate_size=10_240,
               moe_intermediate_size=1536, num_attention_heads=20, num_key_value_heads=20,
               n_routed_experts=64, n_shared_experts=1, first_k_dense_replace=1,
               kv_lora_rank=512, q_lora_rank=768, qk_rope_head_dim=64, qk_nope_head_dim=192,
               v_head_dim=256, vocab_size=154_880, max_position_embeddings=202_752),
    ),
    Suggestion(
        "Qwen/Qwen3.6-35B-A3B", "256 experts, three of four layers with linear attention, vision",
        "Apache-2.0", True, "bf16",
        _delta("qwen3_5_moe_text", num_hidden_layers=40, hidden_size=2048,
               moe_intermediate_size=512, shared_expert_intermediate_size=512, num_experts=256,
               num_attention_heads=16, num_key_value_heads=2, linear_num_value_heads=32),
    ),
    Suggestion(
        "Qwen/Qwen3-Coder-Next", "512 experts, three of four layers with linear attention, code",
        "Apache-2.0", False, "bf16",
        _delta("qwen3_next", num_hidden_layers=48, hidden_size=2048, vocab_size=151_936,
               moe_intermediate_size=512, shared_expert_intermediate_size=512, num_experts=512,
               num_attention_heads=16, num_key_value_heads=2, linear_num_value_heads=32),
    ),
    Suggestion(
        "openai/gpt-oss-120b", "128 experts, sliding windows", "Apache-2.0", True, "mxfp4",
        _plain("gpt_oss", num_hidden_layers=36, hidden_size=2880, intermediate_size=2880,
               num_attention_heads=64, num_key_value_heads=8, head_dim=64, vocab_size=201_088,
               num_local_experts=128, sliding_window=128, max_position_embeddings=131_072),
    ),
)  # fmt: skip
"""By size, smallest first."""


def fits(memory: int, candidates: int = 3) -> Iterator[Fit]:
    """All suggestions on a GPU with so many free bytes, largest first."""
    for each in reversed(SUGGESTIONS):
        shape = each.shape
        ways = {form: Way("cuda", form, shape.decodable) for form in ("bf16", "4bit")}
        windows = {
            form: largest_window(shape, way, memory, candidates) for form, way in ways.items()
        }
        yield Fit(
            each,
            bf16_bytes=shape.weight_bytes("bf16"),
            four_bit_bytes=shape.weight_bytes("4bit"),
            window_bf16=windows["bf16"],
            window_four_bit=windows["4bit"],
            server=server_bytes(shape) <= memory,
        )


def server_bytes(shape: ModelShape) -> int:
    """Memory of a model server with weights in Q4_K_M, and a bf16 cache that forgets what lies
    outside a sliding window."""
    window = min(SERVER_WINDOW, shape.trained_tokens or SERVER_WINDOW)
    cache = 2 * shape.cache_numbers(window, windowed=True)
    return round(shape.parameters * _SERVER_BITS / 8) + cache + _SERVER_SPARE
