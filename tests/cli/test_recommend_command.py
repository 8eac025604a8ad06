"""What `assistant models recommend` prints."""

import json


def test_models_for_a_gpu_that_is_not_here(repo, run):
    code, out, _ = run("models", "recommend", "--gpu-memory", "24")
    assert code == 0
    assert out.startswith("For a GPU with 24.0 GiB free, by the publishers' figures. None of them")
    assert "Qwen/Qwen3.6-27B" in out
    assert "reasons first" in out
    assert "published in:   mxfp4" in out
    assert "Qwen3-Coder-Next" not in out
    assert "Qwen3-Coder-Next" in run("models", "recommend", "--gpu-memory", "24", "--all")[1]
    document = json.loads(run("models", "recommend", "--gpu-memory", "24", "--json")[1])
    assert document["gpu_memory"] == 24 * 1024**3
    assert all(model["tested"] is False for model in document["models"])


def test_models_for_the_gpu_here(repo, run, machine):
    machine(memory=16, gpu=8)
    code, out, _ = run("models", "recommend")
    assert code == 0
    assert "8.0 GiB free" in out
    assert "Qwen2.5-Coder-7B" in out


def test_a_tiny_gpu_fits_none(repo, run):
    assert "None of them fits" in run("models", "recommend", "--gpu-memory", "1")[1]


def test_without_a_gpu_its_memory_has_to_be_named(repo, run, machine):
    machine(memory=16)
    code, _, err = run("models", "recommend")
    assert code == 3
    assert "--gpu-memory" in err
