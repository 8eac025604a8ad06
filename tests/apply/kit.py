"""Shared by the writer tests: the types of the fixtures and the most common change."""

from collections.abc import Callable
from pathlib import Path

from assistant.proposal.changes import Change
from assistant.review.decisions import Reviewed

Accept = Callable[..., Reviewed]
Look = Callable[[Path], dict[str, tuple[int, bytes | str | None]]]
A_EDITED = Change("a.py", b"a = 1\nb = 2\n", b"a = 1\nb = 3\n")
