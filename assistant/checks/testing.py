"""Tells by its words whether a command is one that tests, for output that counts no tests.

What lints, formats, builds or only parses code does not test it.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from assistant.checks.commands import INTERPRETER, module_of

_LAUNCHERS = frozenset(
    """env uv uvx poetry pdm hatch rye pipenv npx bundle exec run -- time nice nohup
    timeout""".split()  # noqa: SIM905  # a list of strings is longer to read
)
"""Words before the program that a command is about."""
_BEFORE = re.compile(r"-.*|[A-Za-z_]\w*=.*|[\d.]+[smh]?", re.DOTALL)
"""What else stands before it: options, variables, numbers."""
_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
_TASKS = frozenset(
    """make gmake just task rake npm pnpm yarn bun deno cargo go mix swift dotnet zig meson ninja
    bazel gradle gradlew mvn mvnw invoke inv nox composer ruby perl php""".split()  # noqa: SIM905
)
"""Programs that run the task or the script which they are given."""
_TESTING = re.compile(
    r"(?<![A-Za-z])(?:py|unit|doc|c|r)?(?:tests?|specs?|phpunit)(?![A-Za-z])", re.IGNORECASE
)
_READING = re.compile(
    r"(?<![A-Za-z])(?:lint\w*|format\w*|fmt|styles?|types?|typecheck\w*|build|compile|vet|clippy)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_ONLY_PARSING = frozenset({"-c", "-wc", "-l", "--check"})
"""Options of node, ruby, perl and php."""


def names_tests(argv: Sequence[str]) -> bool:
    """Whether a command runs tests or a script, as far as its words tell."""
    at = next(
        (at for at, word in enumerate(argv) if word not in _LAUNCHERS and not _BEFORE.match(word)),
        len(argv),
    )
    if at == len(argv):
        return False
    program, arguments = PurePosixPath(argv[at]).name, argv[at + 1 :]
    if program in _SHELLS and "-c" in arguments[:-1]:
        return any(map(names_tests, _commands(arguments[arguments.index("-c") + 1])))
    words = [word for word in arguments if not word.startswith("-") and "=" not in word]
    named = any(map(_TESTING.search, words))
    reading = any(map(_READING.search, words))
    if INTERPRETER.fullmatch(program):
        module = module_of(arguments)
        return bool(_TESTING.search(module)) if module else "-c" in arguments or not reading
    if not _ONLY_PARSING.isdisjoint(arguments):
        return False
    if program == "node":
        return not reading
    if program in _TASKS or program in _SHELLS:
        return named and not reading
    return bool(_TESTING.search(program)) and not reading


def _commands(script: str) -> Iterator[list[str]]:
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
