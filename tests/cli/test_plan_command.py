"""What `assistant models plan` prints."""

import json

import pytest

GIB = 1024**3
CONFIG = {
    "model_type": "qwen3",
    "num_hidden_layers": 36,
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": False,
}


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps(CONFIG))
    return str(file)


def ways(run, *arguments):
    code, out, err = run("models", "plan", *arguments, "--json")
    assert not err
    document = json.loads(out)
    return code, {f"{each['device']} {each['weights']}": each for each in document["ways"]}


def test_a_plan_shows_what_fits(repo, run, machine, config):
    machine(memory=24, gpu=24)
    code, found = ways(run, config)
    assert code == 0
    assert {name: each["fits"] for name, each in found.items()} == {
        "cpu int8": True,
        "cuda bf16": True,
        "cuda 4bit": True,
    }
    assert found["cuda bf16"]["bytes"]["weights"] == pytest.approx(16.4e9, rel=0.01)
    token = 36 * 2 * 8 * 128
    assert found["cuda bf16"]["bytes"]["window"] == found["cuda bf16"]["largest_window"]
    assert found["cpu int8"]["bytes"]["cache"] == 8192 * token * 4
    assert 8192 < found["cuda bf16"]["largest_window"] < found["cuda 4bit"]["largest_window"]


def test_a_window_and_a_gpu_can_be_named(repo, run, machine, config):
    machine(memory=16)
    assert ways(run, config)[1]["cuda bf16"]["available"] is None
    code, found = ways(run, config, "--context", "32768", "--gpu-memory", "8", "--candidates", "1")
    assert code == 1
    assert found["cuda 4bit"]["bytes"]["window"] == 32768
    assert found["cuda 4bit"]["bytes"]["candidates"] == 0
    assert found["cuda bf16"]["available"] == 8 * GIB
    assert found["cuda bf16"]["largest_window"] == 0
    assert not found["cuda bf16"]["fits"]


def test_a_model_that_fits_nowhere_is_code_1(repo, run, machine, config):
    machine(memory=2, gpu=2)
    code, out, _ = run("models", "plan", config)
    assert code == 1
    assert "36 layers with a cache, trained for 40,960 tokens" in out
    assert out.count("does not fit") == 3
    assert "GPU, bf16: " in out
    assert "too much for this window." in out


def test_a_table_has_a_column_for_each_way(repo, run, machine, config):
    machine(memory=64)
    code, out, _ = run("models", "plan", config)
    assert code == 0
    lines = out.splitlines()
    assert lines[1].split() == ["CPU,", "int8", "GPU,", "bf16", "GPU,", "4-bit"]
    assert lines[2].split() == ["window", "8,192", "8,192", "8,192"]
    assert lines[-1].endswith("40,960 (all)           no GPU           no GPU")


def test_the_catalog_can_be_planned_without_its_weights(repo, run, machine):
    machine(memory=16)
    code, found = ways(run, "qwen2.5-coder-1.5b")
    assert code == 0
    assert found["cpu int8"]["bytes"]["weights"] == 1_781_318_656


def test_an_unknown_model_cannot_be_planned(repo, run, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    code, _, err = run("models", "plan", "org/unknown")
    assert code == 3
    assert "describes org/unknown" in err
