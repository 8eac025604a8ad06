"""The commands about weights."""

import json

import pytest

from assistant.cli import composition
from assistant.cli.setup import ModelSetup
from assistant.engine.base import Cancel
from tests.models.found_kit import put, put_ollama
from tests.models.weights import make_folder, make_gguf


@pytest.fixture
def ollama(tmp_path):
    """A model of Ollama that can be converted."""
    make_folder(tmp_path / "source", "qwen2")
    make_gguf(tmp_path / "tiny.gguf", tmp_path / "source", "qwen2")
    content = (tmp_path / "tiny.gguf").read_bytes()
    return put_ollama(tmp_path, "registry.ollama.ai/library/coder/1.5b", content)


def test_models_list_shows_those_of_other_programs(repo, run, ollama, tmp_path):
    put(tmp_path, "llamacpp/cut\x1b[31m.gguf", b"GGUF")
    code, out, _ = run("models", "list")
    assert code == 0
    row = next(line for line in out.splitlines() if "ollama:coder:1.5b" in line)
    assert row.split()[1:3] == ["qwen2", "Q8_0"]
    assert "converting takes" in row
    assert "Skipped\n  llamacpp:cut" in out
    assert "\x1b" not in out
    document = json.loads(run("models", "list", "--json")[1])
    (model,) = document["found"]
    assert (model["id"], model["path"]) == ("ollama:coder:1.5b", str(ollama))
    assert (model["converted"], model["problem"]) == (False, None)
    assert len(document["skipped"]) == 1


def test_a_model_of_ollama_is_pulled_by_its_name(repo, run, ollama):
    before = ollama.read_bytes(), ollama.stat().st_mtime_ns
    code, out, err = run("models", "pull", "ollama:coder:1.5b")
    assert code == 0, err
    assert "It is converted once, which takes" in err
    assert "is ready in" in out
    assert (ollama.read_bytes(), ollama.stat().st_mtime_ns) == before
    assert run("models", "path", "ollama:coder:1.5b")[0] == 0
    listed = run("models", "list")[1]
    assert "  converted" in listed
    assert json.loads(run("models", "list", "--json")[1])["found"][0]["converted"] is True


def test_models_list_knows_the_catalog(repo, run):
    code, out, _ = run("models", "list")
    assert code == 0
    assert out.startswith("No models are installed yet.\n")
    assert "qwen2.5-coder-0.5b" in out
    known = json.loads(run("models", "list", "--json")[1])["known"]
    assert "qwen2.5-coder-1.5b" in {model["id"] for model in known}


def test_the_path_of_a_model_that_is_not_there_is_code_3(repo, run):
    assert run("models", "path", "qwen2.5-coder-0.5b")[0] == 3


def test_removing_what_is_not_there_is_code_3(repo, run):
    assert run("models", "remove", "qwen2.5-coder-0.5b")[0] == 3


def test_doctor_says_that_no_model_is_ready(repo, run, monkeypatch):
    monkeypatch.delenv("ASSISTANT_MODEL")
    code, out, _ = run("doctor")
    assert code == 3
    assert "processor" in out
    facts = json.loads(run("doctor", "--json")[1])
    assert facts["ready"] is False
    assert facts["why"]


def test_the_first_launch_offers_what_other_programs_have(repo, ollama, machine):
    machine(memory=16)
    setup = ModelSetup(composition.load_settings())
    (choice,) = [each for each in setup.survey().choices if each.name == "ollama:coder:1.5b"]
    assert (choice.size, choice.installed, choice.recommended) == (0, False, False)
    assert "found in Ollama, used in place; converting takes" in choice.note
    setup.pull(choice.name, lambda progress: None, Cancel())
    assert choice.name not in {each.name for each in setup.survey().choices}


def test_the_first_launch_offers_nothing_that_does_not_fit(repo, ollama, machine):
    machine(memory=1)
    names = {each.name for each in ModelSetup(composition.load_settings()).survey().choices}
    assert "ollama:coder:1.5b" not in names
