"""Weights published in FP8 and MXFP4: the same values as transformers reads."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GptOssConfig, GptOssForCausalLM
from transformers.integrations.finegrained_fp8 import Fp8Dequantize
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

from assistant.engine.torch_backend import TorchBackend
from assistant.errors import ModelError
from assistant.models.convert import convert
from assistant.models.folder import Manifest, TensorReader
from assistant.models.packed import Stored, stored_tensors
from tests.models.weights import make_folder
from tests.tiny_model import TEMPLATE, tiny_tokenizer

IDS = [5, 80, 17, 200, 41, 7, 133, 90]
BY_BLOCKS = {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic"}
FP8, MXFP4 = torch.float8_e4m3fn, {"quant_method": "mxfp4"}


def silent(stage: str, done: int, total: int) -> None:
    """Ignore progress reports."""


def stored(folder: Path, quantization: Any = None, **tensors: torch.Tensor) -> dict[str, Stored]:
    """What is read of tensors that were saved."""
    file = folder / "model.safetensors"
    save_file({name: value.contiguous() for name, value in tensors.items()}, file)
    return stored_tensors(folder, [TensorReader(file)], quantization)


def blocks(*size: int) -> dict[str, Any]:
    return {**BY_BLOCKS, "weight_block_size": list(size)}


def whole(tensor: Stored) -> torch.Tensor:
    return torch.from_numpy(np.array(tensor.rows(0, tensor.shape[0])))


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_every_byte_has_its_value(dtype: torch.dtype, tmp_path: Path) -> None:
    numbers = torch.arange(256, dtype=torch.uint8).view(dtype).reshape(16, 16)
    found = stored(tmp_path, BY_BLOCKS, w=numbers, w_scale_inv=torch.tensor(1.0))
    assert torch.equal(whole(found["w"]).nan_to_num(7e8), numbers.float().nan_to_num(7e8))


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float8_e8m0fnu])
def test_blocks_have_factors_of_several_types(kind: torch.dtype, tmp_path: Path) -> None:
    torch.manual_seed(0)
    weight = torch.randn(48, 64).to(FP8)
    scale = torch.exp2(torch.randint(-9, 3, (3, 2)).float()).to(kind)
    found = stored(tmp_path, blocks(16, 32), w=weight, w_scale_inv=scale)
    assert list(found) == ["w"]
    expected = Fp8Dequantize(None)._dequantize_one(weight, scale.float(), torch.float32)
    assert torch.equal(whole(found["w"]), expected)


def test_blocks_at_the_edges_are_smaller(tmp_path: Path) -> None:
    torch.manual_seed(0)
    weight, scale = torch.randn(70, 50).to(FP8), torch.rand(5, 2) + 0.5
    found = stored(tmp_path, blocks(16, 32), w=weight, w_scale_inv=scale)["w"]
    factors = scale.repeat_interleave(16, 0)[:70].repeat_interleave(32, 1)[:, :50]
    expected = weight.float() * factors
    assert torch.equal(whole(found), expected)
    for start, stop in ((0, 1), (15, 17), (30, 70), (69, 70)):
        assert np.array_equal(found.rows(start, stop), expected[start:stop].numpy())


def test_matrices_of_all_experts_have_blocks_of_their_own(tmp_path: Path) -> None:
    torch.manual_seed(0)
    weight, scale = torch.randn(3, 20, 40).to(FP8), torch.rand(3, 2, 3) + 0.5
    found = stored(tmp_path, blocks(16, 16), w=weight, w_scale_inv=scale)["w"]
    factors = scale.repeat_interleave(16, 1)[:, :20].repeat_interleave(16, 2)[..., :40]
    assert torch.equal(whole(found), weight.float() * factors)
    assert np.array_equal(found.rows(1, 2), (weight.float() * factors)[1:2].numpy())


@pytest.mark.parametrize("shape", [(), (1,)], ids=str)
def test_a_matrix_may_have_one_factor(shape: tuple[int, ...], tmp_path: Path) -> None:
    weight, scale = torch.randn(5, 7).to(FP8), torch.full(shape, 0.25)
    tensors = {"w.weight": weight, "w.weight_scale_inv": scale, "w.input_scale": scale.clone()}
    found = stored(tmp_path, BY_BLOCKS, **tensors)
    assert list(found) == ["w.weight"]
    assert torch.equal(whole(found["w.weight"]), weight.float() / 4)


def test_experts_in_four_bits_have_the_values_of_transformers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    packed = torch.randint(0, 256, (3, 6, 2, 16), dtype=torch.uint8)
    scales = torch.randint(110, 140, (3, 6, 2), dtype=torch.uint8)
    found = stored(tmp_path, MXFP4, proj_blocks=packed, proj_scales=scales)
    assert list(found) == ["proj"]
    assert found["proj"].shape == (3, 64, 6)
    expected = convert_moe_packed_tensors(packed, scales).float()
    assert torch.equal(whole(found["proj"]), expected)
    assert np.array_equal(found["proj"].rows(2, 3), expected[2:3].numpy())


def in_fp8(folder: Path, model: Any, high: int, wide: int) -> None:
    """Publishes a folder's matrices in FP8, and gives the model the values that are left."""
    file = folder / "model.safetensors"
    tensors = load_file(file)
    for name, parameter in model.named_parameters():
        if not name.endswith("proj.weight"):
            continue
        rows, columns = parameter.shape
        scale = torch.rand(-(-rows // high), -(-columns // wide)) / 100 + 0.002
        factors = scale.repeat_interleave(high, 0)[:rows].repeat_interleave(wide, 1)[:, :columns]
        tensors[name] = (parameter.detach() / factors).clamp(-448, 448).to(FP8)
        tensors[f"{name}_scale_inv"] = scale
        parameter.data = tensors[name].float() * factors
    save_file(tensors, file)
    _quantized(folder, blocks(high, wide))


def _quantized(folder: Path, quantization: dict[str, Any]) -> None:
    config = json.loads((folder / "config.json").read_text())
    text = json.dumps({**config, "quantization_config": quantization})
    (folder / "config.json").write_text(text)


def error_of(folder: Path, model: Any) -> float:
    """Of the logits of a converted folder, against a model of transformers."""
    found = TorchBackend.load(folder, device="cpu", threads=1).forward(IDS, len(IDS)).float()
    with torch.inference_mode():
        expected = model(torch.tensor([IDS])).logits[0].float()
    return float(((found - expected).norm(dim=1) / expected.norm(dim=1)).max())


@pytest.mark.parametrize("weights", ["int8", "bf16"])
def test_a_folder_in_fp8_is_converted(weights: str, tmp_path: Path) -> None:
    model = make_folder(tmp_path / "source", "qwen3")
    in_fp8(tmp_path / "source", model, 40, 24)
    convert(tmp_path / "source", tmp_path / "target", weights, silent)
    assert Manifest.read(tmp_path / "target").weights == weights
    assert "quantization_config" not in json.loads((tmp_path / "target/config.json").read_text())
    assert error_of(tmp_path / "target", model) < 0.08


def test_gpt_oss_as_published_is_converted(tmp_path: Path) -> None:
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    config = GptOssConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, intermediate_size=32,
        num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        num_local_experts=4, num_experts_per_tok=2, max_position_embeddings=512,
        layer_types=["sliding_attention", "full_attention"], sliding_window=16,
    )  # fmt: skip
    model, source = GptOssForCausalLM(config).eval(), tmp_path / "source"
    model.save_pretrained(source)
    tensors = load_file(source / "model.safetensors")
    for name, parameter in model.named_parameters():
        if name.endswith(("gate_up_proj", "down_proj")):
            experts, inputs, outputs = parameter.shape
            packed = torch.randint(0, 256, (experts, outputs, inputs // 32, 16), dtype=torch.uint8)
            scales = torch.randint(118, 122, (experts, outputs, inputs // 32), dtype=torch.uint8)
            del tensors[name]
            tensors |= {f"{name}_blocks": packed, f"{name}_scales": scales}
            parameter.data = convert_moe_packed_tensors(packed, scales).float()
    save_file(tensors, source / "model.safetensors")
    _quantized(source, {**MXFP4, "modules_to_not_convert": ["lm_head"]})
    tokenizer.save(str(source / "tokenizer.json"))
    (source / "chat_template.jinja").write_text(TEMPLATE)
    convert(source, tmp_path / "target", "int8", silent)
    assert Manifest.read(tmp_path / "target").weights == "bf16"
    converted = load_file(tmp_path / "target/weights.safetensors")
    for name, value in model.state_dict().items():
        assert torch.equal(converted[name], value.bfloat16()), name
    assert error_of(tmp_path / "target", model.bfloat16()) < 0.02


@pytest.mark.parametrize(
    ("quantization", "message"),
    [
        ({"quant_method": "awq", "bits": 4}, "quantized with awq"),
        ({"quant_method": "compressed-tensors"}, "quantized with compressed-tensors"),
        ({**BY_BLOCKS, "weight_block_size": [128]}, "quantized with fp8"),
        ({**BY_BLOCKS, "weight_block_size": [0, 128]}, "quantized with fp8"),
        ({"bits": 4}, "does not name"),
        ("fp8", "does not name"),
    ],
)
def test_other_formats_are_refused_by_name(quantization: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        stored(tmp_path, quantization, w=torch.zeros(2, 2))
    assert "GGUF" in caught.value.hint


@pytest.mark.parametrize(
    ("quantization", "tensors", "message"),
    [
        (blocks(4, 4), {"w": torch.zeros(8, 8).to(FP8)}, "lacks the tensor w_scale_inv"),
        (None, {"w": torch.zeros(8, 8).to(FP8)}, "lacks the tensor w_scale_inv"),
        (
            blocks(4, 4),
            {"w": torch.zeros(8, 9).to(FP8), "w_scale_inv": torch.ones(2, 2)},
            r"\[2, 2\], not \[2, 3\]",
        ),
        (
            BY_BLOCKS,
            {"w": torch.zeros(8, 8).to(FP8), "w_scale_inv": torch.ones(2, 2)},
            r"\[2, 2\], not \[\]",
        ),
        (MXFP4, {"w_blocks": torch.zeros(1, 2, 3, 16).byte()}, "lacks the tensor w_scales"),
        (
            MXFP4,
            {"w_blocks": torch.zeros(1, 2, 3, 16).byte(), "w_scales": torch.ones(1, 2, 3)},
            "are not MXFP4: U8",
        ),
        (
            MXFP4,
            {"w_blocks": torch.zeros(1, 2, 3, 8).byte(), "w_scales": torch.ones(1, 2, 3).byte()},
            "are not MXFP4: U8",
        ),
    ],
)
def test_incomplete_weights_are_refused(
    quantization: Any, tensors: dict[str, torch.Tensor], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        stored(tmp_path, quantization, **tensors)
    assert "Download it again" in caught.value.hint
