"""Keeps keys and passwords out of what is stored of a session.

A proposal, the decisions and the comments on it stay exact, as in the undo store: they are written
to files when the session goes on. What is shown or exported of them is redacted.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from assistant.credentials.redacting import redacted
from assistant.sessions.records import Commented, Decided, Proposed, Record, Selection

_EXACT = (Proposed, Decided, Commented, Selection)

R = TypeVar("R", bound=Record)


def without_secrets(record: R) -> R:
    """The record as it is stored."""
    if isinstance(record, _EXACT):
        return record
    found: R = _redacted(record)
    return found


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value) if type(value) is str else value
    if isinstance(value, tuple):
        return tuple(_redacted(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        old = {each.name: getattr(value, each.name) for each in fields(value)}
        new = {name: _redacted(each) for name, each in old.items()}
        return value if new == old else replace(value, **new)
    return value
