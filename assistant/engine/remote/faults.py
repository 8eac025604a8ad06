"""Turns what can go wrong with a worker on another machine into errors that say what to do."""

import re
import shlex

from assistant.engine.process import Ending, describe_exit
from assistant.engine.protocol import VERSION
from assistant.engine.remote.host import Host
from assistant.errors import AssistantError, EngineError, ModelError, WorkerDied
from assistant.sanitize import sanitize_line
from assistant.version import __version__

_SSH_FAILED = 255
"""Exit code of ssh for its own failures; any other is that of the command."""

_KILLED = 128 + 9
_PROGRAM = re.compile(r"/[\w./+-]+")
_LONGEST = 300
_RETRY = "Try again; the next request connects again."

_KEY = "Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED"
_LOGIN = "Permission denied", "Too many authentication failures", "No more authentication methods"
_OWN = "Bad configuration option", "no argument after", "unsupported option", "Bad owner or"


class LineFault(WorkerDied):
    """There is no connection; another attempt can succeed."""


class LineDropped(LineFault):
    """The connection ended while it was used."""


class Unreachable(LineFault):
    """No connection came about."""


def explain(host: Host, ending: Ending) -> EngineError:
    """The error for the end of ssh, which ends with the worker or with the connection."""
    if ending.greeted:
        return _ended(host, ending)
    if ending.code < 0:
        return LineDropped(f"ssh to {host.name} {describe_exit(ending.code)}.", hint=_RETRY)
    if ending.code != _SSH_FAILED:
        return _not_started(host, ending)
    said = _said(ending)
    if _found(_KEY, ending):
        return EngineError(
            f"ssh does not know the key of {host.name}, or it has changed: {said}",
            hint=f"Connect once yourself, and compare the key: {connect(host)}",
        )
    if _found(_LOGIN, ending):
        return EngineError(
            f"{host.name} does not let you in without a password: {said}",
            hint="Use a key: put it into the agent with ssh-add, and on the other machine with "
            f"ssh-copy-id. To try: {connect(host, '-oBatchMode=yes')}",
        )
    if _found(_OWN, ending):
        return EngineError(f"ssh cannot start: {said}", hint="Correct your ssh configuration.")
    return Unreachable(
        f"{host.name} cannot be reached: {said}",
        hint=f"Check its name, that it runs, and the network. To try: {connect(host)}",
    )


def _ended(host: Host, ending: Ending) -> EngineError:
    if ending.code <= 0 or ending.code == _SSH_FAILED:
        # Without an error the worker ends when it hears nothing: the line dropped there first.
        return LineDropped(f"The line to {host.name} dropped: {_said(ending)}", hint=_RETRY)
    if ending.code == _KILLED:
        return WorkerDied(
            f"The worker on {host.name} was killed.",
            hint="It probably ran out of memory there: name a smaller model with --model. The next "
            "request starts a new worker.",
        )
    return WorkerDied(
        f"The worker on {host.name} {describe_exit(ending.code)}: {_said(ending)}",
        hint="The next request starts a new worker.",
    )


def _not_started(host: Host, ending: Ending) -> EngineError:
    said = _said(ending)
    if ending.code == 127:
        return EngineError(
            f"The assistant is not installed on {host.name}: {said}",
            hint=f"Install it there: {install(host)}",
        )
    if "No such command" in " ".join(ending.output):
        return _version(host, "a version that cannot be used over ssh")
    return EngineError(
        f"What is called assistant on {host.name} {describe_exit(ending.code)}, "
        f"and no worker started: {said}",
        hint=f"If it is another program, install this one there: {install(host)}",
    )


def wrong_version(host: Host, version: object, protocol: object) -> EngineError:
    """Another version of the program, or of the protocol, is there."""
    theirs = sanitize_line(str(version))[:40]
    if theirs == __version__:
        return _version(host, f"version {theirs} with protocol {protocol}, not {VERSION}")
    return _version(host, f"version {theirs}")


def _version(host: Host, what: str) -> EngineError:
    return EngineError(
        f"{host.name} has {what} of the assistant; this is version {__version__}.",
        hint=f"Install this version there: {install(host)}",
    )


def silent(host: Host, seconds: float) -> EngineError:
    """Connected, but no worker answered."""
    return Unreachable(
        f"No worker answered on {host.name} within {seconds:.0f} seconds.",
        hint=f"Try what starts there: {connect(host)} assistant --version",
    )


def gave_up(host: Host, times: int, error: LineFault) -> EngineError:
    """Reconnecting failed too often in a row."""
    return WorkerDied(
        f"The line to {host.name} dropped {times} times in a row. At last: {error.message}",
        hint="Try again when the network is back. Nothing was written.",
    )


def other_model(host: Host, before: str, now: str) -> ModelError:
    """The machine answered with another model than before the line dropped."""
    return ModelError(
        f"{host.name} had the model {before} before the line dropped, and has {now} now.",
        hint="Start again.",
    )


def there(host: Host, program: str, error: AssistantError) -> AssistantError:
    """An error that the other machine reported."""
    hint = hint_for(host, program, error.hint)
    return type(error)(f"On {host.name}: {error.message}", hint=hint)


def hint_for(host: Host, program: str, hint: str) -> str:
    """A hint of the other machine, where `program` is the path of the assistant: the commands in it
    are those that run it there from here."""
    path = program if _PROGRAM.fullmatch(program) else "assistant"
    return hint.replace("`assistant ", f"`{connect(host)} {path} ")


def connect(host: Host, *options: str) -> str:
    """The command that connects, for people."""
    return shlex.join(["ssh", *options, *host.words])


def install(host: Host) -> str:
    """The command that installs the worker there."""
    return f"assistant worker --install {shlex.quote(host.text if host.port else host.name)}"


def _found(texts: tuple[str, ...], ending: Ending) -> bool:
    said = "\n".join(ending.output)
    return any(text in said for text in texts)


def _said(ending: Ending) -> str:
    lines = [sanitize_line(line).strip() for line in ending.output]
    return " | ".join([line for line in lines if line][-3:])[:_LONGEST] or "it gave no reason"
