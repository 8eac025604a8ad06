"""Reads published weights for the converter, with the tensor names and config of transformers.

Supports GGUF files, and folders with config.json, tokenizer.json and safetensors, also in FP8 and
MXFP4 (`packed`). Never executes anything that comes with a model: pickled weights and custom code
are refused.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.models import folder as layout
from assistant.models.bpe import build_tokenizer, tokenizer_json
from assistant.models.gguf import GGUFFile
from assistant.models.packed import stored_tensors

_END_TOKENS = (
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end|>",
    "<end_of_turn>",
    "<|eom_id|>",
)
"""End-of-turn tokens of common chat formats; a model's metadata often names only one of its own."""

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


class Checkpoint(Protocol):
    """Weights as published."""

    config: dict[str, Any]
    """As in config.json."""
    files: tuple[Path, ...]
    """The files that contain the weights, in order."""
    shapes: Mapping[str, tuple[int, ...]]
    """Shape of every tensor, by its name in transformers."""

    def rows(self, name: str, start: int, stop: int) -> NDArray[np.float32]:
        """Rows [start, stop) of a matrix, or that slice of a vector."""
        ...

    def write_tokenizer(self, target: Path) -> tuple[int, ...]:
        """Write tokenizer.json, tokenizer_config.json and the chat template.

        Returns the ids of the end tokens.
        """
        ...


def open_checkpoint(source: Path) -> Checkpoint:
    """Open a GGUF file or a model folder.

    Raises ModelError if it is missing, damaged, or would have to be executed.
    """
    if source.is_dir():
        return FolderCheckpoint(source)
    if is_gguf(source):
        return GGUFCheckpoint(GGUFFile(source))
    raise ModelError(
        f"{source} is neither a .gguf file nor a folder with weights.",
        hint="Use a GGUF file, or a folder with config.json and .safetensors files.",
    )


def is_gguf(path: Path) -> bool:
    """Whether a file is GGUF, by its name or its first bytes: Ollama names files by their hash."""
    if path.suffix == ".gguf":
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"GGUF"
    except OSError:
        return False


class GGUFCheckpoint:
    """A GGUF file of a Llama-like model."""

    def __init__(self, file: GGUFFile) -> None:
        """Raises ModelError if the model cannot be converted."""
        self._file = file
        self.files: tuple[Path, ...] = (file.path,)
        self._names = {_hugging_face_name(name): name for name in self._file.shapes}
        self.config = self._config()
        self.shapes: Mapping[str, tuple[int, ...]] = {
            name: self._file.shapes[stored] for name, stored in self._names.items()
        }

    def rows(self, name: str, start: int, stop: int) -> NDArray[np.float32]:
        order = self._order(name)
        index = slice(start, stop) if order is None else order[start:stop]
        return self._file.rows(self._names[name], index)

    def write_tokenizer(self, target: Path) -> tuple[int, ...]:
        facts = self._file.metadata
        tokenizer = build_tokenizer(facts)
        text = tokenizer_json(tokenizer, facts["tokenizer.ggml.merges"])
        (target / layout.TOKENIZER).write_text(text, encoding="utf-8")
        tokens: list[str] = facts["tokenizer.ggml.tokens"]
        special = {
            f"{role}_token": tokens[facts[f"tokenizer.ggml.{key}_token_id"]]
            for role, key in (("bos", "bos"), ("eos", "eos"), ("pad", "padding"))
            if f"tokenizer.ggml.{key}_token_id" in facts
        }
        settings = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": self.config["max_position_embeddings"],
            "clean_up_tokenization_spaces": False,
            **special,
        }
        _write_json(target / layout.TOKENIZER_CONFIG, settings)
        template = facts.get("tokenizer.chat_template", "")
        (target / layout.CHAT_TEMPLATE).write_text(template, encoding="utf-8")
        end = facts.get("tokenizer.ggml.eos_token_id")
        known = {text: tokenizer.token_to_id(text) for text in _END_TOKENS}
        return _unique([known["<|im_end|>"], end, *known.values()])

    def _fact(self, key: str) -> Any:
        try:
            return self._file.metadata[key]
        except KeyError as error:
            raise ModelError(f"{self.files[0]} lacks the metadata key {key}.") from error

    def _config(self) -> dict[str, Any]:
        kind = self._fact("general.architecture")
        scaling = self._file.metadata.get(f"{kind}.rope.scaling.type", "none")
        if kind not in ("llama", "qwen2", "qwen3") or scaling != "none":
            raise ModelError(
                f"GGUF files with the architecture {kind} (RoPE scaling: {scaling}) "
                "are not supported.",
                hint="Use the model's folder with .safetensors files instead.",
            )
        heads = self._fact(f"{kind}.attention.head_count")
        hidden = self._fact(f"{kind}.embedding_length")
        facts = self._file.metadata
        head_dim = facts.get(f"{kind}.attention.key_length", hidden // heads)
        vocabulary = self._file.shapes["token_embd.weight"][0]
        name = {"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"}[kind]
        return {
            "architectures": [f"{name}ForCausalLM"],
            "model_type": kind,
            "vocab_size": vocabulary,
            "hidden_size": hidden,
            "intermediate_size": self._fact(f"{kind}.feed_forward_length"),
            "num_hidden_layers": self._fact(f"{kind}.block_count"),
            "num_attention_heads": heads,
            "num_key_value_heads": facts.get(f"{kind}.attention.head_count_kv", heads),
            "head_dim": head_dim,
            "max_position_embeddings": self._fact(f"{kind}.context_length"),
            "rms_norm_eps": self._fact(f"{kind}.attention.layer_norm_rms_epsilon"),
            "rope_theta": facts.get(f"{kind}.rope.freq_base", 10_000.0),
            "hidden_act": "silu",
            "attention_bias": "blk.0.attn_output.bias" in self._file.shapes,
            "use_sliding_window": False,
            "tie_word_embeddings": "lm_head.weight" not in self._names,
        }

    def _order(self, name: str) -> NDArray[np.intp] | None:
        """Stored index of each row: Llama's q and k interleave the two halves of a head."""
        if self.config["model_type"] != "llama" or not (".q_proj." in name or ".k_proj." in name):
            return None
        width = self.config["head_dim"]
        rows = np.arange(self.shapes[name][0])
        return rows.reshape(-1, width // 2, 2).swapaxes(1, 2).reshape(-1)


class FolderCheckpoint:
    """A model folder as published on the hub."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.config = _read_json(path / layout.CONFIG)
        _check_supported(path, self.config)
        self.files = tuple(sorted(path.glob("*.safetensors")))
        if not self.files:
            pickled = any(file.suffix in _PICKLES for file in path.iterdir())
            raise ModelError(
                f"{path} has {'only pickled weights' if pickled else 'no weights'}.",
                hint="Only .safetensors and .gguf are supported, because pickles can run code.",
            )
        readers = [layout.TensorReader(file) for file in self.files]
        # What is written is not quantized in this way any more.
        quantization = self.config.pop("quantization_config", None)
        self._tensors = stored_tensors(path, readers, quantization)
        self.shapes: Mapping[str, tuple[int, ...]] = {
            name: tensor.shape for name, tensor in self._tensors.items()
        }

    def rows(self, name: str, start: int, stop: int) -> NDArray[np.float32]:
        return self._tensors[name].rows(start, stop)

    def write_tokenizer(self, target: Path) -> tuple[int, ...]:
        if not (self._path / layout.TOKENIZER).is_file():
            raise ModelError(
                f"{self._path} has no tokenizer.json.",
                hint="Choose a model that has one; other tokenizer formats are not supported.",
            )
        (target / layout.TOKENIZER).write_bytes((self._path / layout.TOKENIZER).read_bytes())
        settings = _read_json(self._path / layout.TOKENIZER_CONFIG, default={})
        template = settings.pop("chat_template", "")
        if isinstance(template, list):
            template = next((t["template"] for t in template if t["name"] == "default"), "")
        file = self._path / layout.CHAT_TEMPLATE
        template = file.read_text(encoding="utf-8") if file.is_file() else template
        (target / layout.CHAT_TEMPLATE).write_text(template, encoding="utf-8")
        _write_json(target / layout.TOKENIZER_CONFIG, settings)
        return self._end_tokens()

    def _end_tokens(self) -> tuple[int, ...]:
        tokenizer = _read_json(self._path / layout.TOKENIZER)
        added = {entry["content"]: entry["id"] for entry in tokenizer.get("added_tokens", [])}
        ends: list[int | None] = [added.get(text) for text in _END_TOKENS]
        generation = _read_json(self._path / "generation_config.json", default={})
        for named in (generation.get("eos_token_id"), self.config.get("eos_token_id")):
            ends += named if isinstance(named, list) else [named]
        return _unique(ends)


def _hugging_face_name(name: str) -> str:
    whole = {
        "token_embd.weight": "model.embed_tokens.weight",
        "output_norm.weight": "model.norm.weight",
        "output.weight": "lm_head.weight",
    }
    parts = {
        "attn_norm": "input_layernorm",
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "attn_q_norm": "self_attn.q_norm",
        "attn_k_norm": "self_attn.k_norm",
        "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
    }
    if name in whole:
        return whole[name]
    match name.split("."):
        case ["blk", number, part, kind] if part in parts and number.isdigit():
            return f"model.layers.{number}.{parts[part]}.{kind}"
    raise ModelError(
        f"Unknown tensor {name} in this GGUF file.",
        hint="Use the model's folder with .safetensors files instead.",
    )


def _check_supported(path: Path, config: Mapping[str, Any]) -> None:
    settings = _read_json(path / layout.TOKENIZER_CONFIG, default={})
    if "auto_map" in config or "auto_map" in settings:
        raise ModelError(
            f"{path} requires custom code (auto_map), which is never run.",
            hint="Choose a model whose architecture transformers supports.",
        )


def _unique(numbers: list[int | None]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def _read_json(path: Path, default: dict[str, Any] | None = None) -> dict[str, Any]:
    if default is not None and not path.is_file():
        return dict(default)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"Cannot read {path}: {error}", hint="Use a complete model folder."
        ) from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} is not a JSON object.", hint="Use a complete model folder.")
    return value


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
