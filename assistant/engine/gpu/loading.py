"""Loads a converted bf16 folder for `GpuDecoder`, and decides which folders it can run."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from assistant.engine.cache import DecoderConfig
from assistant.engine.gpu.decoder import GpuDecoder, Layer, Weights
from assistant.engine.gpu.kernels import TILE
from assistant.engine.gpu.matrices import FloatMatrix, Matrix, QuantizedMatrix, group_of
from assistant.engine.gpu.sequence import FEW, GpuSequence
from assistant.models.convert import decodable
from assistant.models.folder import WEIGHTS, TensorReader

_TRIAL = FEW + 8
"""Tokens of the trial: more than our kernels take at a time."""

_DEVIATION = 0.1
"""Rounding to bfloat16 in another order moves logits by about a hundredth."""

_CAPABILITY = (8, 0)
"""The first GPUs that multiply bfloat16."""


def serves(config: Mapping[str, Any], device: torch.device, *, four_bit: bool) -> bool:
    """Whether the decoder implements this architecture, and its kernels run on this device."""
    if not decodable(config) or config.get("attention_bias") or config.get("mlp_bias"):
        return False
    if torch.cuda.get_device_capability(device) < _CAPABILITY:
        return False
    c = DecoderConfig.from_json(dict(config))
    inputs = (c.hidden, c.head_dim, config["intermediate_size"])
    return (
        c.head_dim in (16, 32, 64, 128, 256)
        and c.heads // c.kv_heads <= TILE
        and (not four_bit or all(map(group_of, inputs)))
    )


def open_sequence(
    folder: Path,
    config: Mapping[str, Any],
    device: torch.device,
    context_tokens: int,
    *,
    four_bit: bool,
) -> GpuSequence | None:
    """An empty sequence over the weights of a folder; None if its kernels do not work here.

    Raises ModelError when the file lacks a tensor.
    """
    sequence = GpuSequence(load(folder, config, device, context_tokens, four_bit=four_bit))
    try:
        far = deviation(sequence)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - compilers fail in many ways
        print(f"The GPU's kernels cannot be used: {error!r}", file=sys.stderr)
        return None
    if not far < _DEVIATION:  # also where it is not a number
        print(f"The GPU's kernels deviate from the libraries' by {far:.3f}.", file=sys.stderr)
        return None
    return sequence


@torch.inference_mode()
def deviation(sequence: GpuSequence) -> float:
    """Relative difference of a few rows' logits between our kernels and the libraries' products.

    Empties the sequence. Compiles the kernels, so the first request does not wait for them.
    """
    ids = list(range(_TRIAL))
    expected = sequence.forward(ids, 2)
    sequence.truncate(len(ids) - 2)
    actual = sequence.forward(ids[-2:], 2)
    sequence.truncate(0)
    return float((actual - expected).norm() / expected.norm())


def load(
    folder: Path,
    config: Mapping[str, Any],
    device: torch.device,
    context_tokens: int,
    *,
    four_bit: bool,
) -> GpuDecoder:
    """Raises ModelError when the file lacks a tensor."""
    reader = TensorReader(folder / WEIGHTS)

    def tensor(name: str) -> Tensor:
        return torch.from_numpy(reader.map(name)).view(torch.bfloat16).to(device)

    matrix = QuantizedMatrix if four_bit else FloatMatrix
    try:
        weights = assemble(config, tensor, reader.__contains__, matrix)
    finally:
        reader.close()
    return GpuDecoder(DecoderConfig.from_json(dict(config)), weights, context_tokens)


def assemble(
    config: Mapping[str, Any],
    tensor: Callable[[str], Tensor],
    known: Callable[[str], bool],
    matrix: Callable[..., Matrix],
) -> Weights:
    """Weights from tensors on a device, under the names of transformers."""

    def stacked(prefix: str, names: tuple[str, ...], kind: str) -> Tensor:
        return torch.cat([tensor(f"{prefix}{name}.{kind}") for name in names])

    def layer(prefix: str) -> Layer:
        qkv = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
        has_bias, has_norms = (
            known(f"{prefix}self_attn.{name}") for name in ("q_proj.bias", "q_norm.weight")
        )
        return Layer(
            attention_norm=tensor(f"{prefix}input_layernorm.weight"),
            qkv=matrix(stacked(prefix, qkv, "weight")),
            bias=stacked(prefix, qkv, "bias") if has_bias else None,
            q_norm=tensor(f"{prefix}self_attn.q_norm.weight") if has_norms else None,
            k_norm=tensor(f"{prefix}self_attn.k_norm.weight") if has_norms else None,
            output=matrix(tensor(f"{prefix}self_attn.o_proj.weight"), width),
            mlp_norm=tensor(f"{prefix}post_attention_layernorm.weight"),
            gate_up=matrix(stacked(prefix, ("mlp.gate_proj", "mlp.up_proj"), "weight")),
            down=matrix(tensor(f"{prefix}mlp.down_proj.weight")),
        )

    width = DecoderConfig.from_json(dict(config)).head_dim
    embedding = tensor("model.embed_tokens.weight")
    tied = config.get("tie_word_embeddings") or not known("lm_head.weight")
    head = embedding if tied else tensor("lm_head.weight")
    return Weights(
        embedding=embedding,
        layers=[layer(f"model.layers.{number}.") for number in range(config["num_hidden_layers"])],
        norm=tensor("model.norm.weight"),
        head=QuantizedMatrix(head, bits=8) if matrix is QuantizedMatrix else FloatMatrix(head),
        inner=config["intermediate_size"],
    )
