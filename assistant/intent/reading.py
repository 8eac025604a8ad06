"""Reads the words of a task into an Intent."""

import re
from functools import lru_cache

from assistant.intent.references import is_changed, spaced
from assistant.intent.values import Edge, Intent, Topic
from assistant.intent.vocabulary import EDGES, TOPICS

_CODE_NAME = re.compile(
    r"\b(?:\w+_\w+|[a-z]\w*[A-Z]\w*)\b|(?<=`)\w+(?=`)|\b\w+(?=\()",
)
_ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b")

_WHOLE = frozenset({Topic.ONLY_TESTS})
"""Topics that the whole text must match."""
_FIRST = frozenset({Topic.INSPECTION})
"""Topics that the text must begin with."""
_CHANGED = frozenset({Topic.TESTS, Topic.DOCUMENTS, Topic.EVERYWHERE})
"""Topics that a mention for reference does not count for."""


@lru_cache(maxsize=32)
def read_intent(task: str, *, context: str = "") -> Intent:
    """The intent of a task.

    Edges, exceptions and refusals also count where only `context` mentions them: the text of the
    files that the task refers to.
    """
    text = spaced(task)
    around = f"{text}\n{spaced(context)}" if context else text
    errors = frozenset(_ERROR.findall(around))
    topics = {topic for topic in Topic if _speaks_of(topic, text)}
    if errors or _speaks_of(Topic.REFUSAL, around):
        topics.add(Topic.REFUSAL)
    return Intent(
        text=task,
        topics=frozenset(topics),
        names=frozenset(re.findall(r"\w+", f"{task}\n{text}")),
        code_names=frozenset(_CODE_NAME.findall(text)),
        edges=_edges(around),
        errors=errors,
    )


def _speaks_of(topic: Topic, text: str) -> bool:
    pattern = TOPICS[topic]
    if topic in _WHOLE:
        return pattern.fullmatch(text.strip()) is not None
    if topic in _FIRST:
        return pattern.match(text) is not None
    if topic in _CHANGED:
        return any(is_changed(text, match) for match in pattern.finditer(text))
    return pattern.search(text) is not None


def _edges(text: str) -> frozenset[Edge]:
    return frozenset(edge for edge, pattern in EDGES.items() if pattern.search(text))
