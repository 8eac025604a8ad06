"""Names another machine that is reached over ssh, and the command line that reaches it."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import EngineError, UsageError
from assistant.settings import require_online

SCHEME = "ssh://"
_NAME = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_.][A-Za-z0-9_.+@-]*)@)?"
    r"(?P<host>[A-Za-z0-9_.:][A-Za-z0-9_.:%-]*|\[[0-9A-Fa-f:.%A-Za-z]+\])"
)
_URL = re.compile(r"(?P<name>.*?)(?::(?P<port>[0-9]{1,5}))?/?", re.DOTALL)

OPTIONS = (
    "-T",  # no terminal, so that bytes arrive as they were sent
    "-C",
    "-a",
    "-x",
    "-oConnectTimeout=10",
    "-oServerAliveInterval=10",
    "-oServerAliveCountMax=3",
    "-oClearAllForwardings=yes",
    "-oControlMaster=no",
    "-oRemoteCommand=none",
    "-oPermitLocalCommand=no",
)
"""Options of every connection. All else is as in the user's configuration of ssh, from jump hosts
to keys; a line that is silent for 30 seconds counts as dropped."""

FOLDER = "$HOME/.local/share/assistant-worker"
"""The environment that `install` makes there, in the words of a shell."""

_WORKER = (
    f'PATH="{FOLDER}/bin:$PATH:$HOME/.local/bin"; export PATH; assistant worker --stdio; exit $?'
)


@dataclass(frozen=True, slots=True)
class Host:
    """Another machine."""

    name: str
    """`user@box` or `box`, as ssh takes it: also an alias of the user's configuration."""
    port: int = 0
    """0 for the one that ssh uses."""

    @classmethod
    def parse(cls, text: str) -> "Host":
        """Reads `user@box`, `ssh://user@box` or `ssh://user@box:2222`.

        Raises UsageError, also for what ssh would take for an option.
        """
        name, port = text.strip(), ""
        if name.startswith(SCHEME):
            parts = _URL.fullmatch(name.removeprefix(SCHEME))
            name, port = (parts["name"], parts["port"] or "") if parts else ("", "")
        if not _NAME.fullmatch(name) or not 0 <= int(port or 0) < 65536:
            raise UsageError(
                f"{text!r} is not the name of a machine for ssh.",
                hint="Write it as user@box, as an alias of your ssh configuration, or as "
                "ssh://user@box:2222.",
            )
        return cls(name, int(port or 0))

    @property
    def text(self) -> str:
        """The address as users see it, and as consent is recorded for it."""
        return f"{SCHEME}{self.name}" + (f":{self.port}" if self.port else "")

    @property
    def words(self) -> tuple[str, ...]:
        """How a command line names it, after `ssh`."""
        return ("-p", str(self.port), self.name) if self.port else (self.name,)


def ssh_command(host: Host, command: str, *options: str) -> list[str]:
    """The arguments that run a fixed command on the host. Raises EngineError without ssh."""
    port = [f"-oPort={host.port}"] if host.port else []
    quoted = command.replace("'", "'\\''")
    # All shells that log in read this alike; what comes after is for the one shell.
    return [_ssh(), *OPTIONS, *options, *port, "--", host.name, f"exec /bin/sh -c '{quoted}'"]


def worker_command(host: Host) -> list[str]:
    """The ssh command line that starts the remote worker. Never prompts for a password.

    Raises EngineError without ssh.
    """
    return ssh_command(host, _WORKER, "-oBatchMode=yes")


def _ssh() -> str:
    require_online("Another machine")
    path = shutil.which("ssh")
    if path is None or not Path(path).is_absolute():
        raise EngineError(
            "The program ssh was not found on this machine.",
            hint="Install OpenSSH's client, or run the model here: leave out --host.",
        )
    return path
