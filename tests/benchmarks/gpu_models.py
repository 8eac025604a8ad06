"""Models of random weights in the shapes of real ones, made on the GPU, and how they are timed."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModelForCausalLM, Qwen2Config, Qwen3Config, Qwen3MoeConfig

from assistant.engine import transcript
from assistant.engine.base import Cancel, Sampling, Token
from assistant.engine.batch import run_together
from assistant.engine.cache import DecoderConfig
from assistant.engine.decoding import GPU_CHUNKS, Candidate, Job, PrefillPacer, prefill
from assistant.engine.gpu.decoder import GpuDecoder
from assistant.engine.gpu.loading import assemble
from assistant.engine.gpu.matrices import FloatMatrix, QuantizedMatrix
from assistant.engine.gpu.sequence import GpuSequence
from assistant.engine.prefix import CachedSequence
from assistant.engine.static_backend import StaticSequence
from assistant.engine.torch_backend import BackendInfo, DecoderBackend, TorchBackend

CONTEXT = 16640
_COMMON = {"max_position_embeddings": 32768, "tie_word_embeddings": False, "rms_norm_eps": 1e-6}
_QWEN3 = {"head_dim": 128, "num_attention_heads": 32, "vocab_size": 151936, **_COMMON}
SHAPES: dict[str, Any] = {
    "Qwen2.5-Coder 7B": lambda: Qwen2Config(
        hidden_size=3584, intermediate_size=18944, num_hidden_layers=28, num_attention_heads=28,
        num_key_value_heads=4, vocab_size=152064, rope_theta=1e6, **_COMMON,
    ),
    "Qwen2.5-Coder 14B": lambda: Qwen2Config(
        hidden_size=5120, intermediate_size=13824, num_hidden_layers=48, num_attention_heads=40,
        num_key_value_heads=8, vocab_size=152064, rope_theta=1e6, **_COMMON,
    ),
    "Qwen3 8B": lambda: Qwen3Config(
        hidden_size=4096, intermediate_size=12288, num_hidden_layers=36, num_key_value_heads=8,
        rope_theta=1e6, **_QWEN3,
    ),
    "Qwen3-Coder 30B-A3B": lambda: Qwen3MoeConfig(
        hidden_size=2048, intermediate_size=6144, num_hidden_layers=48, num_key_value_heads=4,
        moe_intermediate_size=768, num_experts=128, num_experts_per_tok=8, norm_topk_prob=True,
        rope_theta=1e7, **_QWEN3,
    ),
}  # fmt: skip
"""Configurations as published."""


@dataclass(frozen=True)
class Spread:
    """Values of several rounds."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def text(self, form: str, scale: float = 1.0) -> str:
        low, high = min(self.values) * scale, max(self.values) * scale
        return f"{self.median * scale:{form}} ({low:{form}} to {high:{form}})"


def rounds(action: Callable[[], float], count: int = 5, warm_up: int = 1) -> Spread:
    for _ in range(warm_up):
        action()
    return Spread([action() for _ in range(count)])


def on_device(action: Callable[[], object], times: int) -> float:
    """Seconds of GPU time per call."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(times):
        action()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / 1e3 / times


def random_model(name: str) -> Any:
    """transformers' model with random bf16 weights, on the GPU."""
    with torch.device("cuda"):
        model = AutoModelForCausalLM.from_config(
            SHAPES[name](), dtype=torch.bfloat16, attn_implementation="sdpa"
        )
    return model.eval()


def _info(weights: str) -> BackendInfo:
    return BackendInfo(f"cuda:0 {torch.cuda.get_device_name(0)}", weights, CONTEXT, 1)


def ours(model: Any, *, four_bit: bool = False) -> TorchBackend:
    """Our decoder over the weights of `model`."""
    known, config = model.state_dict(), model.config.to_dict()
    matrix = QuantizedMatrix if four_bit else FloatMatrix
    weights = assemble(config, known.__getitem__, known.__contains__, matrix)
    decoder = GpuDecoder(DecoderConfig.from_json(config), weights, CONTEXT)
    return DecoderBackend(GpuSequence(decoder), _info("4bit" if four_bit else "bf16"))


def recorded(model: Any) -> TorchBackend:
    """transformers' forward pass over our static cache, as for models that we do not decode."""
    return TorchBackend(StaticSequence(model), _info("bf16"))


class _Words:
    """Stands in for a tokenizer: every token is a word."""

    def bytes_of(self, number: int) -> bytes:
        return b"word "


class Session:
    """A sequence with a prompt of random ids, and the decode loop on it."""

    def __init__(self, backend: TorchBackend, length: int) -> None:
        transcript._LOOP_TOKENS = 10**9  # random weights repeat themselves
        random = torch.Generator().manual_seed(length)
        self.prompt = torch.randint(0, 150_000, (length,), generator=random).tolist()
        self.sequence = CachedSequence(backend)
        self.row: Any = None

    def read(self) -> float:
        """Seconds to read the prompt, in chunks as the engine reads it once it is warm."""
        self.sequence.truncate(0)
        pacer = PrefillPacer(chunks=GPU_CHUNKS)
        torch.cuda.synchronize()
        start = time.perf_counter()
        steps = prefill(self.sequence, self.prompt, Cancel(), pacer)
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                self.row = stop.value
                break
        torch.cuda.synchronize()
        return time.perf_counter() - start

    def write(self, tokens: int, candidates: int = 1) -> float:
        """Seconds for each candidate to have `tokens` tokens, greedy, all in one batch."""
        self.sequence.truncate(len(self.prompt))
        sampling = Sampling(max_tokens=tokens)
        members = [
            Candidate(
                Job(number, sampling, self.prompt, drafts=False),
                self.sequence if number == candidates - 1 else self.sequence.fork(),
                _Words(),  # type: ignore[arg-type]
                frozenset(),
            )
            for number in range(candidates)
        ]
        torch.cuda.synchronize()
        start, count = time.perf_counter(), 0
        for event in run_together(members, self.row, Cancel(), time.monotonic):
            count += isinstance(event, Token)
        seconds = time.perf_counter() - start
        if count < candidates * tokens:
            raise ValueError(f"{count} tokens instead of {candidates * tokens}")
        return seconds


def weight_bytes(model: Any) -> int:
    """Bytes of the weights that a token reads: all but the embedding, and of experts those used."""
    total = 0
    for name, each in model.named_parameters():
        share = 1.0
        if ".experts." in name:
            share = model.config.num_experts_per_tok / model.config.num_experts
        total += 0 if "embed_tokens" in name else int(each.numel() * each.element_size() * share)
    return total


def cache_bytes(model: Any, tokens: int) -> int:
    c = model.config
    width = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    return int(c.num_hidden_layers * 2 * c.num_key_value_heads * width * 2 * tokens)


def operations(model: Any, tokens: int) -> int:
    """Multiplications and additions to read a prompt; the head runs for its last token only."""
    c = model.config
    width = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    head = 2 * c.vocab_size * c.hidden_size
    products = (weight_bytes(model) - head) * tokens  # two operations per weight of two bytes
    attention = 2 * c.num_hidden_layers * c.num_attention_heads * width * tokens**2
    return int(products + attention)
