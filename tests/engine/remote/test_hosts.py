"""Names of machines, and the command line that reaches them."""

import shlex

import pytest

from assistant.engine.remote.host import Host, ssh_command, worker_command
from assistant.errors import EngineError, UsageError


@pytest.mark.parametrize(
    ("text", "address", "words"),
    [
        ("box", "ssh://box", ("box",)),
        (" user@box ", "ssh://user@box", ("user@box",)),
        ("ssh://user@box", "ssh://user@box", ("user@box",)),
        ("ssh://user@box:2222/", "ssh://user@box:2222", ("-p", "2222", "user@box")),
        ("ssh://[::1]:22", "ssh://[::1]:22", ("-p", "22", "[::1]")),
        ("fe80::1%eth0", "ssh://fe80::1%eth0", ("fe80::1%eth0",)),
        ("first.last@corp.example@box.lan", "ssh://first.last@corp.example@box.lan", None),
    ],
)
def test_a_machine_is_named_as_ssh_does(text, address, words):
    host = Host.parse(text)
    assert host.text == address
    assert words is None or host.words == words
    assert Host.parse(host.text) == host  # consent and settings keep this form


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh://",
        "-oProxyCommand=touch /tmp/x",
        "user@-oProxyCommand=x",
        "-lroot@box",
        "ssh://-oProxyCommand=x",
        "ssh://user@-F/tmp/x:22",
        "box; rm -rf /",
        "box name",
        "box\nother",
        "$(id)@box",
        "`id`@box",
        "box/path",
        "ssh://box:70000",
        "http://box",
        "user@",
        "@box",
        "user:password@box",
    ],
)
def test_what_is_no_name_or_reads_as_an_option_is_refused(text):
    with pytest.raises(UsageError, match="is not the name of a machine") as caught:
        Host.parse(text)
    assert "user@box" in caught.value.hint


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return program


def test_the_command_line_compresses_never_asks_and_ends_options_before_the_name(ssh):
    command = worker_command(Host.parse("ssh://user@box:2222"))
    assert command[0] == str(ssh)
    assert {"-C", "-T", "-oBatchMode=yes", "-oPort=2222"} <= set(command)
    *_, end, name, remote = command
    assert (end, name) == ("--", "user@box")
    assert shlex.split(remote)[:3] == ["exec", "/bin/sh", "-c"]
    assert "assistant worker --stdio" in shlex.split(remote)[3]


def test_the_command_there_is_one_word_whatever_it_contains(ssh):
    command = "echo 'it''s'; echo \"$HOME\" \\ `x`"
    assert shlex.split(ssh_command(Host.parse("box"), command)[-1])[3] == command


def test_without_ssh_the_error_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="ssh was not found") as caught:
        worker_command(Host.parse("box"))
    assert caught.value.hint


def test_an_ssh_of_the_working_directory_is_not_run(ssh, monkeypatch):
    monkeypatch.chdir(ssh.parent)
    monkeypatch.setenv("PATH", ".")
    with pytest.raises(EngineError, match="ssh was not found"):
        worker_command(Host.parse("box"))
