"""Runs programs and sees what they and their children do with the network.

Two witnesses: an audit hook in every Python process that reads PYTHONPATH, and strace, where it is
installed, in all processes, whatever they are written in.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_HOOK = Path(__file__).with_name("hook")
_UNSHARE = ("unshare", "--user", "--map-current-user", "--net")
_STRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-s", "200")
_CALLS = "trace=socket,connect,bind,sendto,sendmsg,sendmmsg,ioctl"
_IP_CALL = re.compile(r"^(\d+) +(\w+)\(.*AF_INET")
_LOOPBACK_UP = re.compile(r"^(\d+) +ioctl\(\d+, SIOCSIFFLAGS, \{ifr_name=\"lo\", ifr_flags=IFF_UP")


@cache
def why_no_namespace() -> str:
    """Why a program cannot run in a network namespace of its own here; empty if it can."""
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    tried = subprocess.run([*_UNSHARE, "true"], capture_output=True, text=True)
    return tried.stderr.strip() if tried.returncode else ""


@cache
def traces() -> bool:
    """Whether strace works here: it may be missing, or forbidden in a container."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run([*_STRACE, "-o", os.devnull, "true"], capture_output=True).returncode == 0


@dataclass(frozen=True)
class Watch:
    """Runs the program in a folder, with a state of its own, and collects what is seen."""

    folder: Path
    """Where state and logs are kept."""
    isolated: bool
    """In a network namespace without any interface that is up."""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def _log(self) -> Path:
        return self.folder / "python.log"

    @property
    def _trace(self) -> Path:
        return self.folder / "strace.log"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(_HOOK), str(ROOT)]),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "ASSISTANT_STATE_DIR": str(self.folder / "state"),
            "ASSISTANT_TEST_NETWORK": str(self._log),
            "TERM": "xterm-256color",
            **self.variables,
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line for Python with these arguments, under watch."""
        isolating = _UNSHARE if self.isolated else ()
        tracing = (*_STRACE, "-e", _CALLS, "-A", "-o", str(self._trace)) if traces() else ()
        return [*isolating, *tracing, sys.executable, "-P", *arguments]

    def python(self, *arguments: str, cwd: Path) -> str:
        """What Python prints; it has to succeed."""
        command = self.command(*arguments)
        ended = subprocess.run(
            command, cwd=cwd, env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def processes(self) -> list[str]:
        """The command lines of the Python processes that had the hook."""
        return [about for event, about in self._lines() if event == "process"]

    def events(self) -> list[tuple[str, str]]:
        """IP sockets, addresses and names in Python: the event and what it was about."""
        return [(event, about) for event, about in self._lines() if event != "process"]

    def calls(self) -> list[str]:
        """System calls about IP sockets and addresses, from all processes.

        Without the sockets by which the sandbox brings up the loopback interface of its own
        network, over which nothing is sent.
        """
        if not self._trace.exists():
            return []
        found: list[tuple[str, str]] = []
        for line in self._trace.read_text(errors="replace").splitlines():
            if call := _IP_CALL.match(line):
                found.append((call[1], line))
            elif up := _LOOPBACK_UP.match(line):
                del found[max(at for at, (process, _) in enumerate(found) if process == up[1])]
        return [line for _, line in found]

    def _lines(self) -> list[tuple[str, str]]:
        return [tuple(json.loads(line)) for line in self._log.read_text().splitlines()]
