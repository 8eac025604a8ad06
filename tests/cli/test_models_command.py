"""The commands about weights."""

import json


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
