"""Reads the words of a task into an Intent."""

import re
from functools import lru_cache

from assistant.intent.additions import additions
from assistant.intent.changes import changed
from assistant.intent.parameters import parameters
from assistant.intent.references import is_changed
from assistant.intent.renaming import renamings, wants_mentions
from assistant.intent.values import Intent, Topic
from assistant.intent.vocabulary import TOPICS
from assistant.repo.words import spaced

_CODE_NAME = re.compile(
    r"\b(?:\w+_\w+|[a-z]\w*[A-Z]\w*|[A-Z]\w*[a-z]\w*[A-Z]\w*|[A-Z]{2,}[a-z]{3,}\w*)\b"
    r"|(?<=`)\w+(?=`)|\b\w+(?=\()",
)

_WHOLE = frozenset({Topic.ONLY_TESTS})
"""Topics that the whole text must match."""
_FIRST = frozenset({Topic.INSPECTION})
"""Topics that the text must begin with."""
_CHANGED = frozenset({Topic.TESTS, Topic.DOCUMENTS, Topic.EVERYWHERE})
"""Topics that a mention for reference does not count for."""


@lru_cache(maxsize=32)
def read_intent(task: str) -> Intent:
    """The intent of a task."""
    text = spaced(task)
    return Intent(
        text=task,
        topics=frozenset(topic for topic in Topic if _speaks_of(topic, text)),
        names=frozenset(re.findall(r"\w+", f"{task}\n{text}")),
        code_names=frozenset(_CODE_NAME.findall(text)),
        additions=additions(text),
        parameters=parameters(text),
        changed=changed(text),
        renamings=renamings(task),
        wants_mentions=wants_mentions(task),
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
