"""Which files a task is about: those to change and those to create.

A selection includes tests and documents for the model to read. A plan changes them only where the
task says so; small models would plan a step for each file they see.
"""

import re
from collections.abc import Collection, Sequence

from assistant.intent.references import is_changed
from assistant.intent.values import Intent, Topic
from assistant.repo.languages import language_of
from assistant.repo.paths import is_test_path
from assistant.repo.words import spaced

_DOCUMENT_SUFFIXES = ("adoc", "markdown", "md", "rst", "txt")
_SENTENCE_END = re.compile(r"[.!?;:]\s|[。！？；：\n]")
_COMES = re.compile(
    r"\b(?:(?:add|creat|extract|generat|implement|introduc|mov|new|provid|put|sav|split|writ)\w*"
    r"|(?:erstell|erzeug|extrahier|füge|lege|schreib|verschieb)\w*"
    r"|(?:añad|agreg|escrib|muev)\w*|cre(?:ar?|e))\b"
    r"(?!.*\b(?:bug|crash|error|exception|fail|traceback|wrong|fehler)\w*)"
    r"|(?:创建|創建|新建|新增|添加|编写|編寫|写入|放到|放入|移动到|移到)(?!.*(?:错误|异常|崩溃))",
    re.IGNORECASE,
)
"""Verbs that put something into a file, unless it is an error that is there."""
_PATH = re.compile(r"(?<![\w./-])[\w./-]*\w\.(?:[ch]|[A-Za-z][A-Za-z0-9]{1,4})(?![\w(]|\.\w)")
"""A file's path, with its suffix. An attribute looks the same."""


def subjects(intent: Intent, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths that steps may change, in their order; all of them where none is left."""
    tests = tuple(path for path in paths if is_test_path(path))
    if tests and intent.asks(Topic.ONLY_TESTS):
        return tests
    found = tuple(path for path in paths if _is_subject(intent, path))
    return found or tuple(paths)


def names_absent_file(intent: Intent, known: Collection[str]) -> bool:
    """Whether the task names a path to change that is not `known` (paths, and path::unit)."""
    text = spaced(intent.text)
    return any(is_changed(text, match) for match in _absent(text, known))


def files_to_come(intent: Intent, known: Collection[str]) -> tuple[str, ...]:
    """Paths that are not `known` where the task says to put something, in the order named."""
    text = spaced(intent.text)
    found: dict[str, None] = {}
    for match in _absent(text, known):
        clause = _SENTENCE_END.split(text[: match.start()])[-1]
        path = match[0].removeprefix("./")
        inside = not path.startswith("/") and ".." not in path.split("/")
        sure = "/" in path or bool(language_of(path))
        if inside and sure and is_changed(text, match) and _COMES.search(clause):
            found[path] = None
    return tuple(found)


def _is_subject(intent: Intent, path: str) -> bool:
    name, dot, suffix = path.rpartition("/")[2].rpartition(".")
    document = bool(name) and suffix.lower() in _DOCUMENT_SUFFIXES
    formal = not dot and suffix.isupper()  # LICENSE and the like: changed only by name
    if not (is_test_path(path) or document or formal):
        return True
    topic = Topic.DOCUMENTS if document else Topic.TESTS
    if not formal and (intent.asks(Topic.EVERYWHERE) or intent.asks(topic)):
        return True
    text = spaced(intent.text)
    return any(is_changed(text, match) for match in _mentions(text, path))


def _mentions(text: str, path: str) -> list[re.Match[str]]:
    name = re.escape(spaced(path.rpartition("/")[2]))
    return list(re.finditer(rf"(?<![\w.-]){name}(?![\w-])", text, re.IGNORECASE))


def _absent(text: str, known: Collection[str]) -> list[re.Match[str]]:
    names = {name for each in known for name in _names(each) if name}
    return [
        match
        for match in _PATH.finditer(text)
        if names.isdisjoint((match[0], match[0].split(".")[0]))
    ]


def _names(target: str) -> tuple[str, str, str]:
    """How a task may name a target: by path, by the file's name, or by the outermost unit."""
    path, _, unit = target.partition("::")
    return path, path.rpartition("/")[2], unit.split(".")[0]
