"""Finding the source of a converted folder, and comparing with it in a separate process."""

import sys
import threading
from pathlib import Path

import psutil
import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from assistant.bench import accuracy
from assistant.bench.figures import Accuracy
from assistant.engine.base import Cancel
from assistant.errors import Cancelled
from assistant.models.convert import convert
from assistant.models.record import Record, fingerprints, write_record
from assistant.settings import Settings
from tests.tiny_model import TEMPLATE, tiny_tokenizer


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random model as published on a hub."""
    path = tmp_path_factory.mktemp("source") / "tiny"
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    config = Qwen2Config(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, intermediate_size=96,
        num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=512, initializer_range=0.1, tie_word_embeddings=True,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(path)
    tokenizer.save(str(path / "tokenizer.json"))
    (path / "chat_template.jinja").write_text(TEMPLATE)
    return path


@pytest.fixture(scope="module")
def folder(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("converted") / "tiny"
    convert(source, target, name="tiny", weights="int8", report=lambda *_: None)
    return target


def compare(source: Path | None, folder: Path, **changes: object) -> Accuracy | str:
    options = {"weights": "int8", "cancel": Cancel(), **changes}
    return accuracy.compare(
        source, folder, options["weights"], Settings(threads=1), options["cancel"]
    )


def test_int8_is_close_to_its_source(source, folder):
    found = compare(source, folder)
    assert isinstance(found, Accuracy)
    assert found.tokens == accuracy.FILES * (accuracy.TOKENS - 1)
    assert abs(found.loss_percent) < 2
    assert found.agreement_percent > 80
    assert found.nll == pytest.approx(found.reference_nll, rel=0.02)
    assert found.nll != found.reference_nll


def test_a_missing_source_is_reported(folder):
    assert "--source" in compare(None, folder)


def test_unquantized_weights_are_not_measured(source, folder):
    assert "not quantized" in compare(source, folder, weights="bf16")


def test_too_little_memory_is_reported(source, folder, monkeypatch):
    free = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    assert "0.0 GB are free" in compare(source, folder)


def test_a_failed_comparison_reports_its_error(folder, tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and nothing else")
    found = compare(broken, folder)
    assert isinstance(found, str)
    assert found.startswith("the comparison failed: ")


def test_a_stop_ends_the_process(source, folder, monkeypatch):
    cancel = Cancel()
    started: list[int] = []
    popen = accuracy.subprocess.Popen

    def start(command, **options):
        child = popen([sys.executable, "-c", "import signal; signal.pause()"], **options)
        started.append(child.pid)
        threading.Thread(target=cancel.set).start()
        return child

    monkeypatch.setattr(accuracy.subprocess, "Popen", start)
    with pytest.raises(Cancelled):
        compare(source, folder, cancel=cancel)
    assert not psutil.pid_exists(started[0])


def record(folder: Path, *files: Path) -> None:
    sources = tuple(each for file in files for each in fingerprints(file))
    write_record(folder, Record("m", "0" * 64, "int8", "local", {}, sources))


def test_the_source_is_the_users_unchanged_file(tmp_path):
    folder, file = tmp_path / "folder", tmp_path / "m.gguf"
    folder.mkdir()
    assert accuracy.source_of(folder) is None
    file.write_bytes(b"weights")
    record(folder, file)
    assert accuracy.source_of(folder) == file
    file.write_bytes(b"other weights")
    assert accuracy.source_of(folder) is None
    file.unlink()
    assert accuracy.source_of(folder) is None


def test_the_source_is_the_users_folder(tmp_path):
    folder, given = tmp_path / "folder", tmp_path / "given"
    folder.mkdir()
    given.mkdir()
    for name in ("config.json", "model.safetensors"):
        (given / name).write_bytes(name.encode())
    record(folder, given)
    assert accuracy.source_of(folder) == given


def test_there_is_no_source_without_a_user_file(tmp_path):
    record(tmp_path)
    assert accuracy.source_of(tmp_path) is None
