"""The program needs no network, and uses none unless an address is named.

In a network namespace of its own, not even the loopback interface is up.
"""

import errno
import json

import pytest

from assistant.headless.demo import contents
from tests.engine.server.fake import serving
from tests.offline.terminal import Terminal
from tests.offline.watching import Watch, traces, why_no_namespace
from tests.small_project import make_small_project

pytestmark = pytest.mark.weights

CONNECT = """
import socket
try:
    socket.create_connection(("127.0.0.1", 9), 5)
except OSError as error:
    print(error.errno)
"""
CTRL_Q = b"\x11"


@pytest.fixture(scope="module")
def session(tmp_path_factory, weights_dir):
    """Launch, plan, edit, fix and undo, watched, without a network where the kernel allows."""
    folder = tmp_path_factory.mktemp("offline")
    project = make_small_project(folder / "project")
    before = contents(project)
    watch = Watch(folder, not why_no_namespace(), {"ASSISTANT_MODEL": str(weights_dir)})

    terminal = Terminal(watch.command("-m", "assistant"), project, watch.environment)
    try:
        terminal.until("int8")  # the status line shows the weights once they are loaded
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    finally:
        terminal.close()

    def assistant(*arguments):
        return json.loads(watch.python("-m", "assistant", *arguments, cwd=project))

    plan = assistant("plan", "--json", "Write longer docstrings in greeting.py and parity.py")
    assert "greeting.py" in {step["path"] for step in plan["plan"]["steps"]}
    edit = assistant(
        "edit", "--file", "greeting.py", "--no-tests", "--yes", "--json", "--candidates", "1",
        "In greet, say Welcome instead of Hello.",
    )  # fmt: skip
    assert edit["written"] == ["greeting.py"]
    fix = assistant("fix", "--check", "python -m unittest -q", "--yes", "--json")
    assert fix["proposal"]["verdict"] == "verified"
    assert fix["written"] == ["parity.py"]
    for _ in range(2):
        watch.python("-m", "assistant", "undo", cwd=project)
    assert contents(project) == before
    return watch


@pytest.mark.skipif(bool(why_no_namespace()), reason=f"no network namespace: {why_no_namespace()}")
def test_a_session_works_without_a_network(session, tmp_path):
    assert session.isolated
    control = Watch(tmp_path, isolated=True)
    assert control.python("-c", CONNECT, cwd=tmp_path).strip() == str(errno.ENETUNREACH)


def test_a_session_opens_no_ip_socket_and_looks_up_no_name(session):
    assert any("assistant.engine.worker" in each for each in session.processes())
    assert session.events() == []
    assert session.calls() == []


def test_a_question_to_a_server_is_seen(tmp_path):
    watch = Watch(tmp_path, isolated=False)
    project = make_small_project(tmp_path / "project")
    with serving() as fake:
        fake.replies.append("It doubles.")
        arguments = ("ask", "--engine", f"{fake.url}/v1", "What does double do?")
        assert "It doubles." in watch.python("-m", "assistant", *arguments, cwd=project)
    port = fake.url.rpartition(":")[2]
    events = watch.events()
    assert "socket.__new__" in {event for event, _ in events}
    assert ("socket.getaddrinfo", "127.0.0.1") in events
    assert ("socket.connect", f"('127.0.0.1', {port})") in events
    if traces():
        assert any(f"sin_port=htons({port})" in call for call in watch.calls())


@pytest.mark.skipif(not traces(), reason="strace is not installed, or may not trace")
def test_what_a_program_without_the_hook_does_is_seen(tmp_path):
    watch = Watch(tmp_path, isolated=not why_no_namespace())
    watch.python("-I", "-S", "-c", CONNECT, cwd=tmp_path)
    assert any("sin_port=htons(9)" in call for call in watch.calls())
    assert not (tmp_path / "python.log").exists()
