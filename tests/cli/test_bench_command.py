"""The command bench: what it prints, and what it says when it cannot measure."""

import json
import os

import pytest

from assistant.cli import composition, main
from assistant.engine.base import Token
from assistant.engine.scripted import ScriptedEngine

ANSWER = "def plan_orders(stock):\n    return []\n"


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    """Runs the command with a scripted engine in a converted folder: code, stdout, stderr."""
    for name in [name for name in os.environ if name.startswith("ASSISTANT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ASSISTANT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    engines, caches = [], []

    def run(*arguments, model="", before=None):
        def worker(folder, settings):
            caches.append(settings.cache_dir)
            assert not list(settings.cache_dir.iterdir())
            engines.append(ScriptedEngine(lambda request: ANSWER, before=before))
            return engines[-1]

        monkeypatch.setattr(composition, "worker", worker)
        options = ["--model", model] if model else []
        with pytest.raises(SystemExit) as end:
            main(["bench", *arguments, *options])
        captured = capsys.readouterr()
        assert all(engine.closed for engine in engines)
        assert all(not cache.exists() for cache in caches)
        return end.value.code, captured.out, captured.err

    run.engines = engines
    return run


def test_a_table_and_progress(bench, tiny_model):
    code, out, err = bench("--rounds", "2", model=str(tiny_model))
    assert code == 0
    assert "edit, with drafting" in out
    assert "Accuracy: not available, the weights are none" in out
    assert "Running requests, round 2 of 2" in err
    assert len(bench.engines) == 3


def test_json_is_all_that_is_on_stdout(bench, tiny_model):
    code, out, _ = bench("--json", "--quick", model=str(tiny_model))
    document = json.loads(out)
    assert (code, document["format"], document["rounds"], document["loads"]) == (0, 1, 1, 1)
    assert document["accuracy"] == {"available": False, "reason": "skipped in a quick run"}


def test_a_model_that_was_not_pulled_is_code_3_and_says_what_to_do(bench):
    code, _, err = bench(model="qwen2.5-coder-0.5b")
    assert code == 3
    assert "assistant models pull qwen2.5-coder-0.5b" in err
    assert not bench.engines


def test_a_source_that_is_not_there_is_wrong_use(bench, tiny_model):
    code, out, err = bench("--source", "no.gguf", "--json", model=str(tiny_model))
    assert code == 2
    assert "no.gguf does not exist." in err
    assert json.loads(out)["error"]["exit_code"] == 2
    assert not bench.engines


def test_an_interrupt_ends_it_with_130(bench, tiny_model):
    def interrupt(event):
        if isinstance(event, Token):
            os.kill(os.getpid(), 2)

    code, out, err = bench(model=str(tiny_model), before=interrupt)
    assert (code, out) == (130, "")
    assert "Stopping." in err
