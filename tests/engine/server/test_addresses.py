"""Addresses of servers, which of them are on this machine, and where keys come from."""

import sys
from types import SimpleNamespace

import pytest

from assistant.engine.server.address import Address, is_address
from assistant.engine.server.keys import key_for
from assistant.errors import UsageError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        (" http://127.0.0.1:8000/v1/ ", "http://127.0.0.1:8000"),
        ("https://gpu.example/v1", "https://gpu.example:443"),
        ("https://gpu.example/team/v1", "https://gpu.example:443/team"),
        ("http://[::1]:11434", "http://[::1]:11434"),
        ("http://box", "http://box:80"),
    ],
)
def test_an_address_is_shown_without_the_path_of_the_api(text, shown):
    assert Address.parse(text).text == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "box:8080",
        "ftp://box",
        "http://",
        "http://box:port",
        "http://me:secret@box",
        "http://a?b",
    ],
)
def test_what_is_no_address_is_refused_and_a_password_is_not_repeated(text):
    with pytest.raises(UsageError) as caught:
        Address.parse(text)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("http://localhost:1", True),
        ("http://127.0.0.2:1", True),
        ("http://[::1]:1", True),
        ("http://0.0.0.0:1", False),
        ("http://192.168.1.5:1", False),
        ("http://localhost.example:1", False),
        ("http://127.0.0.1.example:1", False),
        ("http://localhost@evil.example".replace("localhost@", ""), False),
    ],
)
def test_only_loopback_addresses_are_on_this_machine(text, local):
    assert Address.parse(text).is_local is local


def test_the_name_of_a_model_is_no_address():
    assert is_address("http://127.0.0.1:8080")
    assert not is_address("qwen2.5-coder-0.5b")
    assert not is_address("/models/a.gguf")


def test_a_key_comes_from_the_environment_else_from_the_keyring(monkeypatch):
    asked = []

    def get_password(service: str, user: str) -> str:
        asked.append((service, user))
        return "from the keyring"

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    address = Address.parse("https://gpu.example/v1")
    assert key_for(address, "MY_KEY", {"MY_KEY": " secret "}) == "secret"
    assert asked == []
    assert key_for(address, "MY_KEY", {}) == "from the keyring"
    assert asked == [("assistant", "https://gpu.example:443")]


def test_without_a_keyring_there_is_no_key(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert key_for(Address.parse("http://box"), "MY_KEY", {}) == ""


def test_a_key_is_sent_and_never_shown(fake):
    connection = fake.connection(key="secret")
    connection.get("/v1/models")
    assert fake.requests[0][2]["Authorization"] == "Bearer secret"
    assert "secret" not in repr(connection)


def test_a_redirect_is_not_followed(fake):
    fake.routes["/v1/models"] = lambda handler, body: handler.json(
        {}, 302, Location="http://127.0.0.1:1/"
    )
    with pytest.raises(Exception, match="302"):
        fake.connection(key="secret").get("/v1/models")
