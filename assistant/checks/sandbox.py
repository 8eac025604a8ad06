"""Confines commands: with bubblewrap if it works, else with our own namespaces, else limits only.

Whether "limits only" is acceptable is the user's decision: the front end asks, based on `detect()`.
"""

import functools
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import psutil

from assistant.checks.programs import is_program, search_path, virtual_environment
from assistant.checks.seccomp import filter_program

Confinement: TypeAlias = Literal["bubblewrap", "namespaces", "limits only"]

_UNSHARED = (
    *("--unshare-all", "--die-with-parent", "--new-session", "--clearenv"),
    # Without these, root keeps the privileges to unmount what hides the user's files.
    *("--unshare-user", "--cap-drop", "ALL"),
)
_NO_NESTED_USERNS = "--disable-userns"
"""Forbids nested namespaces, where control groups would be writable. Since bubblewrap 0.8."""
_SCRIPT = Path(__file__).with_name("namespaces.py")
_HIDDEN = (
    *("/home", "/root", "/Users", "/run", "/mnt", "/media"),
    "/var/tmp",  # noqa: S108  # hidden, not used
)
_PROGRAM_FOLDERS = frozenset({"bin", "sbin", "shims"})
"""Names of program folders under an installation prefix; version managers use `shims`."""
_SETTINGS = ("acpi", "bus", "fs", "irq", "scsi", "sys", "sysrq-trigger")
"""Names under /proc that the host's root user can write without any capability."""
_LISTS_OF_KEYS = ("/proc/keys", "/proc/key-users")
_TOOLCHAINS = (
    ".rustup",
    ".cargo/bin",
    ".cargo/registry",
    ".cargo/git",
    "go/pkg",
    ".nvm/versions",
    ".pyenv/versions",
    ".local/bin",
    ".local/lib",
    ".local/share/uv/python",
    ".local/share/mise/installs",
    ".asdf/installs",
    ".volta/tools",
    ".m2/repository",
)
"""Folders in the user's home with programs and libraries, but no settings or credentials."""
_PASSED_VARIABLES = (
    "LANG", "LC_ALL", "LC_CTYPE", "TZ", "JAVA_HOME", "GOROOT", "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
)  # fmt: skip
_NO_HOME = Path("/tmp/home")  # noqa: S108  # in the sandbox's own /tmp
_PROCESSES = 4096
"""Allowed in addition to those of this user now. Other containers may count as the same user."""
_FILE_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Place:
    """The folders that a command runs in."""

    root: Path
    """The repository, absolute and resolved. Never written to."""
    tree: Path
    """The scratch copy."""
    home: Path
    """An empty folder, the command's home."""
    temporary: Path
    """An empty folder for temporary files."""
    linked: tuple[str, ...]
    """Repository folders that are visible in the copy, read-only where the confinement can."""


def detect() -> Confinement:
    """The best confinement that works on this machine. Probed once."""
    if bubblewrap():
        return "bubblewrap"
    return "namespaces" if namespaces() else "limits only"


def isolates(how: str) -> bool:
    """True when a command confined this way sees neither the network nor the user's files."""
    return how in ("bubblewrap", "namespaces")


@functools.cache
def bubblewrap() -> tuple[str, ...]:
    """The bubblewrap command line that works here, or an empty tuple."""
    for entry in search_path(Path("/nonexistent")).split(os.pathsep):
        program = Path(entry) / "bwrap"
        if is_program(program):
            words = (str(program), *_UNSHARED)
            return next(filter(_works, ((*words, _NO_NESTED_USERNS), words)), ())
    return ()


@functools.cache
def namespaces() -> bool:
    """True when this system supports and permits everything that `namespaces.py` does."""
    return sys.platform == "linux" and _works(_own_words())


def _own_words() -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", str(_SCRIPT))


def confine(argv: tuple[str, ...], place: Place, how: Confinement) -> tuple[str, ...]:
    """Returns the arguments that run `argv`, whose program is absolute, in the confinement."""
    if isolates(how):
        words = bubblewrap() if how == "bubblewrap" else _own_words()
        return (*words, *_view(argv, place, how), "--", *argv)
    _link(place)
    moved = (_in_copy(word, place) for word in argv[:1])
    return (*moved, *argv[1:])


def call_filter(how: Confinement) -> str:
    """The seccomp filter that goes with a confinement, in hexadecimal; empty for none.

    A filter keeps setuid programs from working, and some systems install bubblewrap as one.
    """
    if not isolates(how) or (how == "bubblewrap" and _is_setuid(Path(bubblewrap()[0]))):
        return ""
    return filter_program().hex()


def _is_setuid(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_ISUID)


def environment(place: Place, how: Confinement) -> dict[str, str]:
    """The command's environment. Only locale and toolchain variables of the user are passed on."""
    inside = isolates(how)
    venv = virtual_environment(place.root)
    entries = [str(venv / "bin")] if venv else []
    entries += [search_path(place.root), str(Path(sys.executable).parent)]
    values = {name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ}
    values.setdefault("LANG", "C.UTF-8")
    values |= _toolchain_variables()
    values |= {
        "PATH": os.pathsep.join(entries),
        "HOME": str(_home() if inside else place.home),
        "TMPDIR": "/tmp" if inside else str(place.temporary),  # noqa: S108  # private in there
        "TERM": "dumb",
        "NO_COLOR": "1",
        "CI": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Tests with parameters from a set have other names in each run otherwise, and runs before
        # and after a change could not be compared.
        "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0"),
    }
    if venv:
        values["VIRTUAL_ENV"] = str(venv)
    if not inside and venv and _installed_editable(venv, place.root):
        # The editable install points to the repository; the copy must come first.
        folders = [place.tree / "src", place.tree]
        values["PYTHONPATH"] = os.pathsep.join(str(f) for f in folders if f.is_dir())
    return values


def limits() -> dict[str, int]:
    """Resource limits by name in the `resource` module, in bytes or numbers of processes."""
    memory = psutil.virtual_memory().total
    return {
        # Runtimes reserve far more address space than they use. DATA limits the actual memory.
        "RLIMIT_AS": memory + (32 << 30),
        "RLIMIT_DATA": max(memory * 3 // 4, 2 << 30),
        "RLIMIT_FSIZE": _FILE_BYTES,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": _own_threads() + _PROCESSES,
    }


def _works(words: tuple[str, ...]) -> bool:
    command = [*words, "--ro-bind", "/", "/", "--proc", "/proc"]
    command += ["--dev", "/dev", "--tmpfs", "/run", "--", sys.executable, "-I", "-S", "-c", ""]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _view(argv: tuple[str, ...], place: Place, how: Confinement) -> list[str]:
    """The bubblewrap options that define what the command sees."""
    words = []
    for name, value in environment(place, how).items():
        words += ["--setenv", name, value]
    words += ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    for name in _SETTINGS:
        words += ["--ro-bind-try", f"/proc/{name}", f"/proc/{name}"]
    for name in _LISTS_OF_KEYS:
        if Path(name).exists():
            words += ["--ro-bind-try", "/dev/null", name]
    for folder in _HIDDEN:
        if Path(folder).is_dir() and not Path(folder).is_symlink():
            words += ["--tmpfs", folder]
    words += ["--bind", str(place.temporary), "/tmp"]  # noqa: S108  # the sandbox's own
    words += ["--bind", str(place.home), str(_home())]
    for needed in _needed(argv, place.root):
        words += ["--ro-bind-try", needed, needed]
    words += ["--bind", str(place.tree), str(place.root)]
    for path in place.linked:
        words += ["--ro-bind-try", str(place.root / path), str(place.root / path)]
    return [*words, "--chdir", str(place.root)]


def _needed(argv: tuple[str, ...], root: Path) -> list[str]:
    """The installation folders that programs need and that are otherwise hidden."""
    home = _home()
    folders = [home / name for name in _TOOLCHAINS]
    folders += [Path(sys.prefix), Path(sys.base_prefix)]
    # Includes programs started by another one, such as env.
    for program in (word for word in argv if word.startswith("/") and is_program(Path(word))):
        # A program in PREFIX/bin needs its whole prefix. For a program in ~/bin or next to the
        # repository, only the program itself is shown.
        real = Path(program).resolve()
        prefix = real.parent.parent
        own = real.parent.name not in _PROGRAM_FOLDERS or any(
            each.is_relative_to(prefix) for each in (home, root)
        )
        folders += [real, Path(program)] if own else [prefix]
        venv = Path(program).parent.parent
        # The python of a virtual environment is a link, so the environment is needed too.
        folders += [venv] if (venv / "pyvenv.cfg").is_file() else []
    hidden = [Path(name) for name in (*_HIDDEN, "/tmp", str(home))]  # noqa: S108
    return [
        str(folder)
        for folder in folders
        if any(folder.is_relative_to(place) and folder != place for place in hidden)
        and not any(place.is_relative_to(folder) for place in (*hidden, root))
    ]


def _home() -> Path:
    """The user's home, or a folder that the sandbox can create if there is none."""
    try:
        home = Path.home()
    except RuntimeError:
        return _NO_HOME
    return home if home.is_dir() and home != Path(home.anchor) else _NO_HOME


def _link(place: Place) -> None:
    """Provides the linked folders as symbolic links when mounts are not available."""
    for path in place.linked:
        link = place.tree / path
        link.parent.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(link):
            link.symlink_to(place.root / path)


def _in_copy(program: str, place: Place) -> str:
    """Maps a program of the repository to the copy. Programs in linked folders stay as they are."""
    path = Path(program)
    if not path.is_relative_to(place.root):
        return program
    relative = path.relative_to(place.root)
    if any(relative.is_relative_to(folder) for folder in place.linked):
        return program
    return str(place.tree / relative)


def _toolchain_variables() -> Mapping[str, str]:
    home = _home()
    folders = {"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup", "GOPATH": "go"}
    found = {name: Path(os.environ.get(name) or home / folder) for name, folder in folders.items()}
    return {name: str(folder) for name, folder in found.items() if folder.is_dir()}


def _installed_editable(venv: Path, root: Path) -> bool:
    for path in venv.glob("lib/python*/site-packages/*.pth"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if str(root) in text or "__editable__" in path.name:
            return True
    return False


def _own_threads() -> int:
    """Number of threads of this user: RLIMIT_NPROC counts all of them."""
    own = os.getuid()
    total = 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        uids, threads = process.info["uids"], process.info["num_threads"]
        if uids is not None and uids.real == own:
            total += threads or 1
    return total
