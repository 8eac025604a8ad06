"""Finds existing problems of a file without running it: syntax errors and undefined names."""

from assistant.checks.names import check_names
from assistant.checks.results import Status
from assistant.checks.syntax import check_syntax

MOST_PROBLEMS = 8


def standing_problems(path: str, data: bytes) -> tuple[str, ...]:
    """Problems as `path:line: message`, in file order; empty when there are none."""
    syntax = check_syntax(path, data)
    if syntax.status is Status.FAILED:
        return (syntax.detail,)
    names = check_names(path, data, None)
    return tuple(names.output.splitlines()[:MOST_PROBLEMS])
