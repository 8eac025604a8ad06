"""Finds secrets in changes that can be recognized only by the file they are in."""

from collections.abc import Sequence

from assistant.credentials.finding import find
from assistant.credentials.redacting import redacted
from assistant.proposal.changes import Change
from assistant.proposal.diff import unified
from assistant.repo.files import decode_text
from assistant.repo.paths import is_secret_path


def secret_values(change: Change) -> frozenset[str]:
    """The values in a file for secrets, before and after the change; none of any other file."""
    if not is_secret_path(change.path):
        return frozenset()
    texts = [decode_text(data) for data in (change.old, change.new) if data is not None]
    found = ((text, each) for text in texts for each in find(text, secret_file=True))
    return frozenset(text[each.start : each.end] for text, each in found)


def redacted_diff(changes: Sequence[Change]) -> str:
    """The changes as `git diff` would print them, without keys and passwords."""
    return "".join(redacted(unified(each), secret_values(each)) for each in changes)
