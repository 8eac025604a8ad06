"""Converting published weights to the decoder's format, and refusing unusable ones."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from assistant.engine.torch_backend import TorchBackend
from assistant.errors import ModelError
from assistant.models.checkpoint import open_checkpoint
from assistant.models.convert import convert, main, quantize
from assistant.models.folder import Manifest
from tests.models.weights import FAMILIES, make_folder, make_gguf
from tests.tiny_model import TEMPLATE, tiny_tokenizer

IDS = [5, 80, 17, 200, 41, 7, 133, 90]


def test_a_multimodal_model_has_the_context_of_its_text_model(tmp_path: Path) -> None:
    text = {"max_position_embeddings": 4096}
    make_folder(tmp_path / "source", "qwen2", text_config=text)
    convert(tmp_path / "source", tmp_path / "model", "bf16", lambda stage, done, total: None)
    assert Manifest.read(tmp_path / "model").context_tokens == 4096


def silent(stage: str, done: int, total: int) -> None:
    """Ignore progress reports."""


def backend_logits(folder: Path) -> torch.Tensor:
    return TorchBackend.load(folder, device="cpu", threads=1).forward(IDS, len(IDS))


def assert_close_to(logits: torch.Tensor, model: Any, limit: float) -> None:
    with torch.inference_mode():
        expected = model(torch.tensor([IDS])).logits[0]
    error = (logits - expected).norm(dim=1) / expected.norm(dim=1)
    assert error.max() < limit


@pytest.mark.parametrize("family", FAMILIES)
def test_a_converted_folder_matches_transformers(family: str, tmp_path: Path) -> None:
    model = make_folder(tmp_path / "source", family)
    convert(tmp_path / "source", tmp_path / "target", "int8", silent)
    assert Manifest.read(tmp_path / "target").weights == "int8"
    assert_close_to(backend_logits(tmp_path / "target"), model, 0.08)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_converted_gguf_file_matches_transformers(family: str, tmp_path: Path) -> None:
    model = make_folder(tmp_path / "source", family)
    make_gguf(tmp_path / "model.gguf", tmp_path / "source", family)
    convert(tmp_path / "model.gguf", tmp_path / "target", "int8", silent)
    assert_close_to(backend_logits(tmp_path / "target"), model, 0.08)


def test_bf16_keeps_names_and_values(tmp_path: Path) -> None:
    model = make_folder(tmp_path / "source", "qwen2")
    convert(tmp_path / "source", tmp_path / "target", "bf16", silent)
    stored = load_file(tmp_path / "target" / "weights.safetensors")
    for name, value in model.state_dict().items():
        if name in stored:
            assert torch.equal(stored[name], value.bfloat16())
    assert "model.layers.1.mlp.down_proj.weight" in stored


def test_an_architecture_unknown_to_the_decoder_is_kept_in_bf16(tmp_path: Path) -> None:
    make_folder(tmp_path / "source", "qwen2", hidden_act="gelu")
    convert(tmp_path / "source", tmp_path / "target", "int8", silent)
    assert Manifest.read(tmp_path / "target").weights == "bf16"


def test_the_manifest_describes_the_converted_model(tmp_path: Path) -> None:
    make_folder(tmp_path / "source", "qwen2")
    make_gguf(tmp_path / "model.gguf", tmp_path / "source", "qwen2")
    convert(tmp_path / "model.gguf", tmp_path / "target", "int8", silent, name="mine")
    manifest = Manifest.read(tmp_path / "target")
    assert (manifest.name, manifest.architecture, manifest.context_tokens) == ("mine", "qwen2", 512)
    tokenizer = tiny_tokenizer()
    assert manifest.eos_token_ids == tuple(
        tokenizer.token_to_id(text) for text in ("<|im_end|>", "<|endoftext|>")
    )
    assert len(manifest.source_sha256) == 64
    assert (tmp_path / "target" / "chat_template.jinja").read_text() == TEMPLATE


def test_a_chat_template_in_the_tokenizer_config_is_found(tmp_path: Path) -> None:
    make_folder(tmp_path / "source", "qwen2")
    (tmp_path / "source" / "chat_template.jinja").unlink()
    templates = [{"name": "tool_use", "template": "x"}, {"name": "default", "template": "right"}]
    settings = json.dumps({"chat_template": templates})
    (tmp_path / "source" / "tokenizer_config.json").write_text(settings)
    convert(tmp_path / "source", tmp_path / "target", "int8", silent)
    assert (tmp_path / "target" / "chat_template.jinja").read_text() == "right"


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n\treturn x ** 12345\r\n",
        "e\u0301 \u00e9 ﬁ 你好 🙂",
        "<|im_start|>user\nhi<|im_end|>",
        "  \n\n   a",
    ],
)
def test_text_round_trips_through_the_tokenizer_of_a_gguf_file(text: str, tmp_path: Path) -> None:
    make_folder(tmp_path / "source", "qwen2")
    make_gguf(tmp_path / "model.gguf", tmp_path / "source", "qwen2")
    convert(tmp_path / "model.gguf", tmp_path / "target", "int8", silent)
    tokenizer = Tokenizer.from_file(str(tmp_path / "target" / "tokenizer.json"))
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids, skip_special_tokens=False) == text
    assert tokenizer.token_to_id("<|im_end|>") == tiny_tokenizer().token_to_id("<|im_end|>")


def test_the_int8_error_is_at_most_half_a_step() -> None:
    values = np.random.default_rng(0).normal(size=(7, 64)).astype(np.float32)
    values[3] = 0
    numbers, scale = quantize(values)
    assert np.abs(values - numbers * scale[:, None]).max() <= scale.max() / 2 * 1.0001
    assert np.abs(numbers).max(axis=1).tolist() == [127, 127, 127, 0, 127, 127, 127]


def test_progress_increases_up_to_its_total(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_folder(tmp_path / "source", "qwen2")
    assert main([str(tmp_path / "source"), str(tmp_path / "target")]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    weights = [line for line in lines if line["stage"] == "weights"]
    assert weights[-1]["done"] == weights[-1]["total"]
    assert [line["done"] for line in weights] == sorted(line["done"] for line in weights)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: (p / "model.safetensors").rename(p / "pytorch_model.bin"), "pickled"),
        (lambda p: (p / "model.safetensors").unlink(), "no weights"),
        (lambda p: (p / "config.json").unlink(), "Cannot read"),
        (lambda p: (p / "config.json").write_text("[1]"), "object"),
        (lambda p: (p / "config.json").write_text('{"auto_map": {}}'), "custom code"),
        (lambda p: (p / "tokenizer_config.json").write_text('{"auto_map": {}}'), "custom code"),
        (
            lambda p: (p / "config.json").write_text(
                '{"quantization_config": {"quant_method": "awq"}}'
            ),
            "with awq",
        ),
        (lambda p: (p / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda p: (p / "model.safetensors").write_bytes(b"\xff" * 99), "damaged"),
    ],
)
def test_an_unusable_folder_is_refused(
    spoil: Any, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_folder(tmp_path / "source", "qwen2")
    spoil(tmp_path / "source")
    assert main([str(tmp_path / "source"), str(tmp_path / "target")]) == 3
    error = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert message in error["error"]
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    make_folder(tmp_path / "source", "qwen2")
    file = tmp_path / "source" / "model.safetensors"
    tensors = load_file(file)
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, file)
    with pytest.raises(ModelError, match=r"layers\.1\.mlp\.up_proj"):
        convert(tmp_path / "source", tmp_path / "target", "int8", silent)
    assert not (tmp_path / "target").exists()


def test_an_existing_target_is_not_overwritten(tmp_path: Path) -> None:
    make_folder(tmp_path / "source", "qwen2")
    (tmp_path / "target").mkdir()
    with pytest.raises(ModelError, match="exists"):
        convert(tmp_path / "source", tmp_path / "target", "int8", silent)


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(ModelError, match="neither"):
        open_checkpoint(tmp_path / "model.bin")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"tokenizer__ggml__pre": "mystery"}, "tokenizer"),
        ({"qwen2__rope__scaling__type": "yarn"}, "scaling"),
        ({"general__architecture": "mamba"}, "mamba"),
    ],
)
def test_an_unsupported_gguf_file_is_refused(
    facts: dict[str, str], message: str, tmp_path: Path
) -> None:
    make_folder(tmp_path / "source", "qwen2")
    make_gguf(tmp_path / "model.gguf", tmp_path / "source", "qwen2", **facts)
    with pytest.raises(ModelError, match=message):
        convert(tmp_path / "model.gguf", tmp_path / "target", "int8", silent)


@pytest.mark.parametrize("cut", [0, 3, 100, 5000, -1000])
def test_a_truncated_gguf_file_is_refused(cut: int, tmp_path: Path) -> None:
    make_folder(tmp_path / "source", "qwen2")
    file = tmp_path / "model.gguf"
    make_gguf(file, tmp_path / "source", "qwen2")
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(ModelError, match="not a valid GGUF file"):
        open_checkpoint(file)
