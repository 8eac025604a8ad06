"""How many tokens a request may take, as the program is started."""

import json

import pytest

from assistant.cli import composition, serving
from assistant.engine.process import worker_arguments
from assistant.engine.server.abilities import Kind, Server
from assistant.engine.server.address import Address
from assistant.models.machine import Gpu, Hardware
from assistant.models.store import ModelStore
from assistant.settings import Settings

GIB = 1024**3


@pytest.fixture
def opened(tiny_model, monkeypatch):
    """Opens the tiny model, without starting its worker, with these settings."""

    def open_with(**settings):
        monkeypatch.setattr(ModelStore, "resolve", lambda self, name, **_: tiny_model)
        model = composition.load_model(Settings(model="tiny", **settings))
        arguments = worker_arguments(tiny_model, model.settings)
        assert arguments[arguments.index("--context") + 1] == str(model.settings.context_tokens)
        return model.settings.context_tokens

    return open_with


def test_a_model_gets_no_more_than_it_was_trained_for(opened):
    assert opened() == 2048
    assert opened(context_tokens=100_000) == 2048


def test_a_number_in_the_settings_is_the_limit(opened):
    assert opened(context_tokens=777) == 777


def test_a_gpu_is_asked_for_its_memory(tmp_path, tiny_model, monkeypatch):
    manifest = json.loads((tiny_model / "manifest.json").read_text())
    folder = tmp_path / "gpu"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_bytes((tiny_model / name).read_bytes())
    large = {**manifest, "weights": "bf16", "context_tokens": 65536}
    (folder / "manifest.json").write_text(json.dumps(large))
    gpu = Gpu(0, "A", 24 * GIB, 24 * GIB)
    machine = Hardware("P", 4, 8, 4, GIB, GIB, (), (gpu,), "2.13.0", GIB)
    monkeypatch.setattr("assistant.models.hardware.detect", lambda folder: machine)
    config = {**json.loads((folder / "config.json").read_text()), "max_position_embeddings": 65536}
    (folder / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr(ModelStore, "resolve", lambda self, name, **_: folder)
    assert composition.load_model(Settings(model="tiny")).settings.context_tokens == 65536


def test_a_server_has_its_own_window(monkeypatch, tmp_path):
    address = Address("http", "127.0.0.1", 8080)
    server = Server(address, Kind.LLAMA_CPP, "m", ("m",), 20_000, frozenset())
    monkeypatch.setattr("assistant.engine.server.probing.probe", lambda connection, model: server)
    settings = Settings(engine=address.text, state_dir=tmp_path)
    model = serving.load_server(settings, None)
    assert model.settings.window == model.engine.info().context_tokens == 20_000
    limited = serving.load_server(Settings(engine=address.text, context_tokens=5000), None)
    assert limited.settings.window == limited.engine.info().context_tokens == 5000
