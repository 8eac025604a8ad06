"""What can go wrong with another machine, on a real sshd: each is an error that says what to do."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.engine.base import Cancel, Message, Request
from assistant.engine.process import Ending
from assistant.engine.protocol import VERSION, Malformed
from assistant.engine.remote import faults, link
from assistant.engine.remote.engine import RemoteEngine
from assistant.engine.remote.host import Host
from assistant.engine.remote.link import Link, Wish
from assistant.engine.remote.reception import MARKER
from assistant.errors import Cancelled, EngineError, ModelError, WorkerDied
from assistant.models import folder as layout
from assistant.version import __version__
from tests.ssh_box import Box, free_port

HELLO = Request((Message("user", "hello"),))
INSTALL = "assistant worker --install box"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    box = Box(tmp_path_factory.mktemp("ssh") / "box")
    yield box
    box.stop()


@pytest.fixture
def box(shared: Box, monkeypatch: pytest.MonkeyPatch) -> Box:
    shared.reset()
    monkeypatch.setenv("PATH", str(shared.here), prepend=os.pathsep)
    return shared


@pytest.fixture
def tokenizers(tmp_path: Path) -> Path:
    return tmp_path / "tokenizers"


@pytest.fixture
def digest(tokenizers: Path, tiny_model: Path) -> str:
    """Of a tokenizer that was received before."""
    text = (tiny_model / layout.TOKENIZER).read_bytes()
    digest = hashlib.sha256(text).hexdigest()
    (tokenizers / digest).mkdir(parents=True)
    (tokenizers / digest / layout.TOKENIZER).write_bytes(text)
    return digest


@pytest.fixture
def engine(tokenizers: Path) -> RemoteEngine:
    wish = Wish("qwen2.5-coder-0.5b", 1024)
    return RemoteEngine(Link(Host.parse("box"), wish, tokenizers), delays=(0.0, 0.0, 0.0))


Plays = Callable[..., None]


@pytest.fixture
def plays(box: Box, digest: str) -> Plays:
    """Makes the box say these messages, each after a line it reads, and then run a command."""

    def plays(*messages: object, end: str = "exit 0", model: str = "tiny") -> None:
        hello = {"version": __version__, "protocol": VERSION, "program": "/opt/bin/assistant"}
        opened = {"model": model, "context_tokens": 512, "tokenizer": digest}
        first, *others = messages or (hello, opened, None)
        lines = [f"\n{MARKER}" + json.dumps({"id": 0, "result": first})]
        lines += [json.dumps({"id": at, "result": each}) for at, each in enumerate(others, 1)]
        script = "\nread line\n".join(f"cat <<'END'\n{line}\nEND" for line in lines)
        box.has_program("assistant", f"{script}\nread line\n{end}")

    return plays


def failure(engine: RemoteEngine) -> EngineError | ModelError:
    with pytest.raises((EngineError, ModelError)) as caught:
        engine.ready()
    assert caught.value.hint
    return caught.value


def test_nothing_listens(box: Box, engine: RemoteEngine) -> None:
    box.point_to(free_port())
    error = failure(engine)
    assert "box cannot be reached" in error.message
    assert "refused" in error.message
    assert "ssh box" in error.hint


def test_the_key_is_not_accepted(box: Box, engine: RemoteEngine) -> None:
    box.lock_out()
    error = failure(engine)
    assert "does not let you in without a password" in error.message
    assert "ssh-add" in error.hint


def test_the_box_is_not_known(box: Box, engine: RemoteEngine) -> None:
    box.forget_key()
    error = failure(engine)
    assert "does not know the key of box" in error.message
    assert "ssh box" in error.hint


def test_the_program_is_not_installed(box: Box, engine: RemoteEngine) -> None:
    error = failure(engine)
    assert "not installed on box" in error.message
    assert INSTALL in error.hint


def test_another_program_has_its_name(box: Box, engine: RemoteEngine) -> None:
    box.has_program("assistant", "echo 'cannot open display' >&2; exit 3")
    error = failure(engine)
    assert "ended with code 3" in error.message
    assert "cannot open display" in error.message
    assert INSTALL in error.hint


def test_a_version_that_knows_no_worker(box: Box, engine: RemoteEngine) -> None:
    box.has_program("assistant", "echo \"error: No such command 'worker'.\" >&2; exit 2")
    error = failure(engine)
    assert "cannot be used over ssh" in error.message
    assert INSTALL in error.hint


@pytest.mark.parametrize(
    ("version", "protocol", "said"),
    [("0.0.1", VERSION, "version 0.0.1 of"), (__version__, 999, "with protocol 999")],
)
def test_another_version(
    plays: Plays, engine: RemoteEngine, version: str, protocol: int, said: str
) -> None:
    plays({"version": version, "protocol": protocol})
    error = failure(engine)
    assert said in error.message
    assert __version__ in error.message
    assert INSTALL in error.hint


def test_the_model_is_not_there(box: Box, engine: RemoteEngine, tmp_path: Path) -> None:
    box.has_assistant(ASSISTANT_CACHE_DIR=str(tmp_path / "cache"))
    error = failure(engine)
    assert isinstance(error, ModelError)
    assert error.message.startswith("On box: The weights of qwen2.5-coder-0.5b are not installed")
    assert "`ssh box assistant models pull qwen2.5-coder-0.5b`" in error.hint


def test_a_hint_names_the_program_that_answered() -> None:
    def hint(program: str) -> str:
        return faults.hint_for(Host("u@box", 22), program, "Run `assistant models pull x`.")

    assert hint("/opt/a b") == "Run `ssh -p 22 u@box assistant models pull x`."
    assert hint("/opt/bin/assistant") == "Run `ssh -p 22 u@box /opt/bin/assistant models pull x`."


def test_text_without_end_instead_of_a_worker(box: Box, engine: RemoteEngine) -> None:
    box.has_program("assistant", "exec yes 'Unauthorized use is prohibited.'")
    assert "text without end" in failure(engine).message


def test_no_answer(box: Box, engine: RemoteEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    box.has_program("assistant", "exec cat")
    monkeypatch.setattr(link, "_START_SECONDS", 0.0)
    assert "No worker answered on box" in failure(engine).message


def test_a_cancel_ends_the_wait_for_an_answer(box: Box, tokenizers: Path) -> None:
    box.has_program("assistant", "exec cat")
    with pytest.raises(Cancelled):
        Link(Host.parse("box"), Wish("", 1024), tokenizers).connect(lambda: True)


@pytest.mark.parametrize(
    "messages",
    [
        ("hello",),
        ({"version": __version__, "protocol": VERSION}, None),
        ({"version": __version__, "protocol": VERSION}, {"model": "m"}),
        (
            {"version": __version__, "protocol": VERSION},
            {"model": "m", "context_tokens": 1, "tokenizer": "../../x"},
        ),
        (
            {"version": __version__, "protocol": VERSION},
            {"model": "m", "context_tokens": 1, "tokenizer": "0" * 64},
            "a tokenizer with another hash",
        ),
    ],
)
def test_answers_that_make_no_sense(
    plays: Plays, engine: RemoteEngine, messages: tuple[object, ...]
) -> None:
    plays(*messages)
    error = failure(engine)
    assert isinstance(error, Malformed)
    assert "unexpected message" in error.message


def test_a_tokenizer_that_cannot_be_kept(
    plays: Plays, engine: RemoteEngine, tokenizers: Path
) -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    (tokenizers / digest).write_text("a file where the folder would be")
    hello = {"version": __version__, "protocol": VERSION}
    plays(hello, {"model": "m", "context_tokens": 1, "tokenizer": digest}, "{}")
    assert "cannot be kept" in failure(engine).message


CUT = """printf '{"id": 3, "event": ["prefill", 1, 1, 0]}\\n{"id": 3, "ev'; exit 0"""


def test_a_line_that_drops_too_often(plays: Plays, engine: RemoteEngine) -> None:
    plays(end=CUT)
    engine.ready()
    with pytest.raises(WorkerDied, match="dropped 4 times in a row") as caught:
        list(engine.stream(HELLO, Cancel()))
    assert caught.value.hint
    with pytest.raises(WorkerDied, match="dropped 4 times in a row"):
        engine.score(HELLO, ["A"], Cancel())


def test_another_model_after_a_drop(plays: Plays, engine: RemoteEngine) -> None:
    plays(end=CUT)
    engine.ready()
    plays(model="other")
    with pytest.raises(ModelError, match=r"had the model tiny .* has other now"):
        list(engine.stream(HELLO, Cancel()))


def test_a_box_that_does_not_come_back(box: Box, plays: Plays, engine: RemoteEngine) -> None:
    plays(end=CUT)
    engine.ready()
    box.point_to(free_port())
    with pytest.raises(WorkerDied, match=r"4 times in a row\. At last: box cannot be reached"):
        list(engine.stream(HELLO, Cancel()))


@pytest.mark.parametrize(
    ("end", "message", "hint"),
    [
        ("kill -9 $$", "worker on box was killed", "memory"),
        ("echo 'libfoo.so is missing' >&2; exit 7", "ended with code 7: libfoo.so", "next request"),
    ],
)
def test_a_worker_that_fails_there_is_not_started_again_and_again(
    plays: Plays, engine: RemoteEngine, end: str, message: str, hint: str
) -> None:
    plays(end=end)
    engine.ready()
    with pytest.raises(WorkerDied, match=message) as caught:
        list(engine.stream(HELLO, Cancel()))
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("ssh: Could not resolve hostname box: Name or service not known", "cannot be reached"),
        ("ssh: connect to host box port 22: Connection timed out", "cannot be reached"),
        ("kex_exchange_identification: read: Connection reset by peer", "cannot be reached"),
        ("command-line line 0: Bad configuration option: foo", "ssh cannot start"),
        ("", "it gave no reason"),
    ],
)
def test_what_ssh_says_is_told(said: str, message: str) -> None:
    error = faults.explain(Host("box"), Ending(255, (said,), greeted=False))
    assert message in error.message
    assert said in error.message
    assert error.hint


def test_an_ssh_that_was_killed_counts_as_a_dropped_line() -> None:
    for greeted in (True, False):
        error = faults.explain(Host("box"), Ending(-15, (), greeted=greeted))
        assert isinstance(error, faults.LineDropped)
