"""Shell scripts as check commands: when a text needs a shell, and which commands a script runs."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
_BUILTINS = frozenset(
    """. : [ cd eval exec export set source test trap ulimit umask unset for if while case until
    { !""".split()  # noqa: SIM905  # a list of strings is longer to read
)
"""Words that only a shell understands as the first of a command, or as a program does otherwise."""
_ESCAPED_OR_SINGLE = re.compile(r"\\.|'[^']*'", re.DOTALL)
_DOUBLE = re.compile(r'"[^"]*"')
_OPERATOR = re.compile(r"[;&|<>()*\n]|(?:^|\s)~")


def needs_shell(text: str) -> bool:
    """Whether a command, whose quotes are closed, means something else without a shell.

    Operators, expansions, patterns with `*`, and builtins do; brackets do not, since they are part
    of the names of tests.
    """
    plain = _ESCAPED_OR_SINGLE.sub("_", text.strip())
    if "$" in plain or "`" in plain:
        return True
    plain = _DOUBLE.sub("_", plain)
    return bool(_OPERATOR.search(plain)) or plain.split(None, 1)[:1][0] in _BUILTINS


def script_of(argv: Sequence[str]) -> str:
    """The script that a command hands to a shell with `-c`; empty for all other commands."""
    if len(argv) < 3 or PurePosixPath(argv[0]).name not in _SHELLS or "-c" not in argv[1:-1]:
        return ""
    return argv[argv.index("-c") + 1]


def simple_commands(script: str) -> Iterator[list[str]]:
    """The commands of a shell script, without its operators; none where it cannot be read."""
    lexer = shlex.shlex(script.replace("\n", ";"), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return
    command: list[str] = []
    for word in [*words, ";"]:
        if set(word) <= set("();<>|&"):
            if command:
                yield command
            command = []
        else:
            command.append(word)
