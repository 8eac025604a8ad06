"""Prepares what the attacks want on the host, runs them in a sandbox, says what they got."""

import contextlib
import ctypes
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.checks import sandbox
from assistant.checks.commands import CheckCommand
from assistant.checks.results import CommandResult
from assistant.checks.runner import CheckRunner
from tests.checks.running import Flag
from tests.redteam.inside import KEYCTL

INSIDE = Path(__file__).with_name("inside.py")
SECRET = "red-team-secret-4711"
KEY = "assistant-red-team"
FILE_BYTES = 8 << 20
DATA_BYTES = 96 << 20
PROCESSES = 40


def implementations() -> list[sandbox.Confinement]:
    """Those that work on this machine."""
    found: list[sandbox.Confinement] = []
    if sandbox.bubblewrap():
        found.append("bubblewrap")
    if sandbox.namespaces():
        found.append("namespaces")
    return found


@dataclass(frozen=True, slots=True)
class Host:
    """What there is to get on the host."""

    root: Path
    """The repository."""
    folder: Path
    """A temporary folder, which the sandbox hides."""
    given: dict[str, object]
    """Arguments of the attacks."""


@contextlib.contextmanager
def host(root: Path, folder: Path) -> Iterator[Host]:
    """Servers, a secret variable, a key, an open file and a hidden file, as long as it lasts."""
    with ExitStack() as stack:
        stack.enter_context(_small_limits())
        (folder / "hidden").write_text(SECRET)
        handle = os.open(folder / "hidden", os.O_RDONLY)
        stack.callback(os.close, handle)
        os.set_inheritable(handle, True)
        given: dict[str, object] = {
            "secret": SECRET,
            "pid": os.getpid(),
            "home": str(Path.home()),
            "hidden": str(folder / "hidden"),
            "key": KEY,
            "abstract": _abstract(stack),
            "socket_tmp": _socket(stack, folder),
            "socket_visible": _socket(stack, _visible_folder(stack)),
            "port": _port(stack),
            "file_bytes": FILE_BYTES,
            "data_bytes": DATA_BYTES,
            "processes": PROCESSES,
        }
        _add_key()
        yield Host(root, folder, given)


@contextlib.contextmanager
def _small_limits() -> Iterator[None]:
    """Limits that can be reached in a moment, and variables that must not be passed on."""
    with pytest.MonkeyPatch.context() as patch:
        before = sandbox.limits

        def limits() -> dict[str, int]:
            return before() | {"RLIMIT_FSIZE": FILE_BYTES, "RLIMIT_DATA": DATA_BYTES}

        patch.setattr(sandbox, "limits", limits)
        patch.setattr(sandbox, "_PROCESSES", PROCESSES)
        patch.setenv("RED_TEAM", SECRET)
        patch.setenv("LD_PRELOAD", f"/tmp/{SECRET}.so")
        patch.setenv("PYTHONSTARTUP", f"/tmp/{SECRET}.py")
        yield


def _abstract(stack: ExitStack) -> str:
    server = stack.enter_context(socket.socket(socket.AF_UNIX))
    name = f"assistant-red-team-{os.getpid()}"
    server.bind("\0" + name)
    server.listen()
    return name


def _socket(stack: ExitStack, folder: Path | None) -> str:
    if folder is None:
        return "/nonexistent"
    server = stack.enter_context(socket.socket(socket.AF_UNIX))
    path = str(folder / "s")
    server.bind(path)
    server.listen()
    return path


def _visible_folder(stack: ExitStack) -> Path | None:
    """A folder that the sandbox shows; None where this user can make none."""
    for parent in ("/opt", "/var/lib", "/srv"):
        if os.access(parent, os.W_OK):
            return Path(stack.enter_context(tempfile.TemporaryDirectory(dir=parent)))
    return None


def _port(stack: ExitStack) -> int:
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    port: int = server.getsockname()[1]
    return port


def _add_key() -> None:
    """Puts a key into the session and the user keyring, where the kernel has them."""
    numbers = KEYCTL.get(os.uname().machine)
    for ring in (-3, -4) if numbers else ():
        ctypes.CDLL(None).syscall(numbers[1], b"user", KEY.encode(), b"x", 1, ring)


def attacks_inside(there: Host, how: sandbox.Confinement) -> dict[str, str | None]:
    """What each attack got, by its name; None for nothing. Without a sandbox, only safe ones."""
    runner = CheckRunner(there.root, confinement=how)
    given = json.dumps({**there.given, "confined": sandbox.isolates(how)})
    words = ("python", "-I", "-S", "-c", INSIDE.read_text(), given)
    try:
        result = runner.run(CheckCommand(words, "given"), {}, Flag(), timeout=60)
    finally:
        runner.close()
    _, mark, found = result.output.partition("RESULT")
    assert mark, result.output
    got: dict[str, str | None] = json.loads(found.splitlines()[0])
    return got


class Shared:
    """A scratch copy that an attack spoils and the next run uses again."""

    def __init__(self, there: Host, how: sandbox.Confinement) -> None:
        self.there = there
        self.victim = there.folder / "victim"
        self.runner = CheckRunner(there.root, confinement=how)

    def run(self, code: str, overlay: dict[str, bytes | None] | None = None) -> CommandResult:
        """Runs Python code, with V as the path of the victim on the host."""
        code = f"import os, shutil\nV = {str(self.victim)!r}\n{code}"
        command = CheckCommand(("python", "-I", "-S", "-c", code), "given")
        return self.runner.run(command, overlay or {}, Flag(), timeout=60)


_LINK = "os.remove('data.txt'); os.symlink(V, 'data.txt')"
_FOLDER = (
    "os.makedirs('sub', exist_ok=True); shutil.rmtree('sub'); os.symlink(os.path.dirname(V), 'sub')"
)
_DEEP = "for _ in range(30):\n    os.mkdir('d' * 200); os.chdir('d' * 200)"
_SHUT = (
    "os.makedirs('shut/in'); open('shut/in/f', 'w'); os.chmod('shut/in', 0); os.chmod('shut', 0)"
)

GAMES: dict[str, tuple[str, dict[str, bytes | None]]] = {
    "scratch copy: a link in the place of a file": (_LINK, {"data.txt": b"spoiled"}),
    "scratch copy: a link in the place of a folder": (_FOLDER, {"sub/victim": b"spoiled"}),
    "scratch copy: a FIFO in the place of a file": (
        "os.remove('data.txt'); os.mkfifo('data.txt')",
        {},
    ),
    "scratch copy: very deep folders": (_DEEP, {}),
    "scratch copy: folders without permissions": (_SHUT, {}),
    "scratch copy: a module left for the next run": (
        "open('sitecustomize.py', 'w').write('raise SystemExit(9)')",
        {},
    ),
}
"""What a run does to its copy, and what the next run writes there."""


def play(there: Host, how: sandbox.Confinement, name: str) -> str | None:
    """What a game with the scratch copy achieved; None for nothing."""
    code, overlay = GAMES[name]
    shared = Shared(there, how)
    shared.victim.write_text("untouched")
    try:
        first = shared.run(code)
        assert first.passed, first.output
        second = shared.run("print(sorted(os.listdir('.')), open('data.txt').read())", overlay)
        wanted = sorted({"data.txt", *(path.split("/")[0] for path in overlay)})
        if shared.victim.read_text() != "untouched":
            return "a file of the host was written"
        if not second.output.startswith(str(wanted)):
            return f"the next run sees {second.output}"
        return None
    finally:
        shared.runner.close()
