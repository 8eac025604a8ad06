"""Fixtures for tests of the engine."""

from pathlib import Path

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from assistant.models.convert import convert
from tests.tiny_model import CONFIG, tiny_tokenizer


@pytest.fixture(scope="session")
def bf16_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Like the tiny model, but in bf16 and with other weights."""
    source = tmp_path_factory.mktemp("bf16") / "source"
    tokenizer = tiny_tokenizer()
    torch.manual_seed(0)
    config = {**CONFIG, "vocab_size": tokenizer.get_vocab_size(), "initializer_range": 0.1}
    Qwen2ForCausalLM(Qwen2Config(**config)).save_pretrained(source)
    tokenizer.save(str(source / "tokenizer.json"))
    convert(source, source.with_name("model"), "bf16", lambda stage, done, total: None)
    return source.with_name("model")
