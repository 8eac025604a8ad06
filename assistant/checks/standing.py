"""Owns what reading alone tells to be wrong with a file before any change: syntax, undefined names.

Refuses to run anything, and to speak of style.
"""

from assistant.checks.names import check_names
from assistant.checks.results import Status
from assistant.checks.syntax import check_syntax

MOST_PROBLEMS = 8


def standing_problems(path: str, data: bytes) -> tuple[str, ...]:
    """One line each, `path:line: what`, in the order of the file; empty when nothing is found."""
    syntax = check_syntax(path, data)
    if syntax.status is Status.FAILED:
        return (syntax.detail,)
    names = check_names(path, data, None)
    return tuple(names.output.splitlines()[:MOST_PROBLEMS])
