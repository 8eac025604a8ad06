"""Choosing a model for a machine."""

import pytest

from assistant.models.catalog import GIB
from assistant.models.hardware import Gpu, Hardware, choose, device_for, fits, weights_for


def machine(free: float, gpu: float = 0.0, torch: str = "2.13.0") -> Hardware:
    gpus = (Gpu(0, "NVIDIA A", int(gpu * GIB), int(gpu * GIB)),) if gpu else ()
    return Hardware("P", 4, 8, 4, 64 * GIB, int(free * GIB), ("avx2",), gpus, torch, 100 * GIB)


@pytest.mark.parametrize(
    ("hardware", "model", "weights", "why"),
    [
        (machine(16), "qwen2.5-coder-1.5b", "int8", "16.0 GiB of memory is free"),
        (machine(8), "qwen2.5-coder-1.5b", "int8", "from 8 GiB up"),
        (machine(7.9), "qwen2.5-coder-0.5b", "int8", "only 7.9 GiB"),
        (machine(0.5), "qwen2.5-coder-0.5b", "int8", "only 0.5 GiB"),
        (machine(16, 80), "Qwen/Qwen2.5-Coder-14B-Instruct", "bf16", "NVIDIA A"),
        (machine(16, 24), "Qwen/Qwen2.5-Coder-7B-Instruct", "bf16", "24.0 GiB"),
        (machine(2, 8), "qwen2.5-coder-1.5b", "bf16", "fits the GPU"),
        (machine(16, 4), "qwen2.5-coder-0.5b", "bf16", "fits the GPU"),
        (machine(16, 24, "2.13.0+cpu"), "qwen2.5-coder-1.5b", "int8", "cannot use the GPU"),
    ],
)
def test_the_default_depends_on_the_hardware(hardware, model, weights, why) -> None:
    choice = choose(hardware)
    assert (choice.model, choice.weights) == (model, weights)
    assert why in choice.why


def test_the_cpu_can_be_requested() -> None:
    choice = choose(machine(16, 24), device="cpu")
    assert (choice.model, choice.device) == ("qwen2.5-coder-1.5b", "cpu")
    assert "The CPU was requested" in choice.why


def test_an_installed_model_is_preferred_to_a_missing_default() -> None:
    choice = choose(machine(16), installed=["qwen2.5-coder-0.5b", "smollm2-135m"])
    assert choice.model == "qwen2.5-coder-0.5b"
    assert "qwen2.5-coder-1.5b, is not installed" in choice.why
    assert choose(machine(16), installed=["smollm2-135m"]).model == "qwen2.5-coder-1.5b"
    both = ["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"]
    assert choose(machine(16), installed=both).model == "qwen2.5-coder-1.5b"


def test_a_larger_installed_model_is_used_if_it_fits() -> None:
    assert choose(machine(6), installed=["qwen2.5-coder-1.5b"]).model == "qwen2.5-coder-1.5b"
    assert choose(machine(3), installed=["qwen2.5-coder-1.5b"]).model == "qwen2.5-coder-0.5b"


def test_offers_state_what_fits_and_how_much_memory_it_needs() -> None:
    offers = {offer.model: offer for offer in fits(machine(3))}
    assert offers["qwen2.5-coder-0.5b"].fits
    assert not offers["qwen2.5-coder-1.5b"].fits
    assert "needs 4.0 GiB, 3.0 GiB of memory is free" in offers["qwen2.5-coder-1.5b"].why
    sizes = [offer.download_bytes for offer in fits(machine(3))]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("device", "gpu", "expected"),
    [("auto", 8, "cuda"), ("auto", 0, "cpu"), ("cpu", 8, "cpu"), ("cuda", 0, "cuda")],
)
def test_the_device_determines_the_number_format(device, gpu, expected) -> None:
    assert device_for(device, machine(8, gpu)) == expected
    assert weights_for(device, machine(8, gpu)) == ("bf16" if expected == "cuda" else "int8")
