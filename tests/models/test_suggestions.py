"""Suggested models: their sizes against what was published, and what fits."""

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from assistant.models.suggestions import SUGGESTIONS, fits, server_bytes

GIB = 1024**3
BILLIONS = {
    "Qwen/Qwen2.5-Coder-7B-Instruct": 7.62,
    "Qwen/Qwen3.5-9B": 9,
    "Qwen/Qwen2.5-Coder-14B-Instruct": 14.77,
    "openai/gpt-oss-20b": 20.9,
    "mistralai/Devstral-Small-2-24B-Instruct-2512": 24,
    "Qwen/Qwen3.6-27B": 27,
    "meta-models/Muse-Glimmer-30B": 28,
    "zai-org/GLM-4.7-Flash": 30,
    "Qwen/Qwen3.6-35B-A3B": 35,
    "Qwen/Qwen3-Coder-Next": 80,
    "openai/gpt-oss-120b": 116.8,
}
"""As published; that of Muse Glimmer without its encoder for images of 2 billion."""


def test_the_sizes_are_as_published_and_in_order() -> None:
    sizes = {each.id: each.shape.parameters / 1e9 for each in SUGGESTIONS}
    assert list(sizes.values()) == sorted(sizes.values())
    assert sizes == {name: pytest.approx(size, rel=0.02) for name, size in BILLIONS.items()}
    assert all(each.shape.trained_tokens for each in SUGGESTIONS)


@pytest.mark.parametrize("suggestion", SUGGESTIONS, ids=lambda each: each.id)
def test_transformers_builds_the_same_model(suggestion) -> None:
    kind = suggestion.config["model_type"]
    if kind not in CONFIG_MAPPING_NAMES or kind.startswith("muse"):
        pytest.skip(f"transformers builds no language model {kind} alone")
    config = AutoConfig.for_model(**suggestion.config)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    expected = sum(each.numel() for each in model.parameters())
    assert suggestion.shape.parameters == pytest.approx(expected, rel=0.0005)


def fitting(gib: int) -> dict[str, tuple[int, int, bool]]:
    return {
        each.suggestion.id: (each.window_bf16, each.window_four_bit, each.server)
        for each in fits(gib * GIB)
        if each.fits
    }


def test_larger_gpus_fit_more() -> None:
    found = {gib: fitting(gib) for gib in (8, 16, 24, 48, 80)}
    assert [len(each) for each in found.values()] == sorted(len(each) for each in found.values())
    assert "Qwen/Qwen3.6-27B" not in found[16]
    bf16, four_bit, server = found[24]["Qwen/Qwen3.6-27B"]
    assert (bf16, server) == (0, True)
    assert four_bit > 32_768
    assert found[80]["Qwen/Qwen3.6-27B"][0] > 32_768
    assert next(iter(found[80])) == "openai/gpt-oss-120b"


def test_what_is_published_in_another_format_fits_too() -> None:
    for each in fits(1000 * GIB):
        assert each.server
        assert each.window_bf16 == each.suggestion.shape.trained_tokens


def test_a_server_forgets_what_lies_outside_a_window() -> None:
    shape = next(each.shape for each in SUGGESTIONS if each.id == "openai/gpt-oss-20b")
    full = 24 * 2 * 8 * 64 * 32_768 * 2
    weights = shape.parameters * 4.85 / 8
    assert full / 2 < server_bytes(shape) - weights - GIB < full / 2 * 1.01
