"""Tells by its words whether a command is one that tests, for output that counts no tests.

What lints, formats, builds or only parses code does not test it.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from assistant.checks.commands import INTERPRETER, module_of
from assistant.checks.shell import script_of, simple_commands

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
    if script := script_of(argv[at:]):
        return any(map(names_tests, simple_commands(script)))
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
