"""Owns what a task is about, as far as its words tell: which files change, come, or lose code.

A selection holds tests and documents so that the model reads them. They are no places of a plan
unless the task speaks of changing them; small models would plan a step for each file they see.
"""

import re
from collections.abc import Collection, Sequence

from assistant.context.render import language_of
from assistant.proposal.omissions import speaks_of_going
from assistant.repo.ranking import is_test_path
from assistant.tasks.events import Verb


def subjects(task: str, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths that steps may change, in their order; all of them where that leaves none."""
    tests = tuple(path for path in paths if is_test_path(path))
    if tests and _ONLY_TESTS.fullmatch(task.strip()):
        return tests
    found = tuple(path for path in paths if _is_subject(task, path))
    return found or tuple(paths)


def _is_subject(task: str, path: str) -> bool:
    name, dot, suffix = path.rpartition("/")[2].rpartition(".")
    document = bool(name) and suffix.lower() in _DOCUMENT_SUFFIXES
    formal = not dot and suffix.isupper()  # LICENSE and its like: changed only by name
    if not (is_test_path(path) or document or formal):
        return True
    words = _DOCUMENTS if document else _TESTS
    spoken = [] if formal else [*_EVERYWHERE.finditer(task), *words.finditer(task)]
    return any(_is_meant(task, match) for match in [*spoken, *_mentions(task, path)])


_DOCUMENT_SUFFIXES = ("adoc", "markdown", "md", "rst", "txt")


def _mentions(task: str, path: str) -> list[re.Match[str]]:
    name = path.rpartition("/")[2]
    return list(re.finditer(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", task, re.IGNORECASE))


def _is_meant(task: str, match: re.Match[str]) -> bool:
    """Whether the words there speak of a change, not of where to read or of what fails."""
    before, after = task[: match.start()], task[match.end() :]
    return not _REFERENCE.search(before) and not _FAILS.match(after)


def verbs_for(task: str, known: Collection[str]) -> frozenset[Verb]:
    """What steps may do: edit, and what the task speaks of: files that come, code that goes.

    Small models would sooner create a file than edit one. A task speaks of a file that comes when
    it names a path that is not `known` (paths, and path::unit), or with words for files.
    """
    verbs = {Verb.EDIT}
    if any(_is_meant(task, each) for each in _absent(task, known)) or _FILE_WORDS.search(task):
        verbs.add(Verb.CREATE)
    if speaks_of_going(task):
        verbs.add(Verb.DELETE)
    return frozenset(verbs)


def files_to_come(task: str, known: Collection[str]) -> tuple[str, ...]:
    """Paths that are not `known` where a task says to put something, in the order named."""
    found: dict[str, None] = {}
    for match in _absent(task, known):
        said = _SENTENCE_END.split(task[: match.start()])[-1]
        path = match[0].removeprefix("./")
        inside = not path.startswith("/") and ".." not in path.split("/")
        sure = "/" in path or bool(language_of(path))
        if inside and sure and _is_meant(task, match) and _COMES.search(said):
            found[path] = None
    return tuple(found)


_SENTENCE_END = re.compile(r"[.!?;:]\s|\n")
_COMES = re.compile(
    r"\b(?:add|creat|extract|generat|implement|introduc|mov|new|provid|put|sav|split|writ)\w*\b"
    r"(?!.*\b(?:bug|crash|error|exception|fail|traceback|wrong)\w*)",
    re.IGNORECASE,
)


def _absent(task: str, known: Collection[str]) -> list[re.Match[str]]:
    names = {name for each in known for name in _names(each) if name}
    return [
        match
        for match in _PATH.finditer(task)
        if names.isdisjoint((match[0], match[0].split(".")[0]))
    ]


_FILE_WORDS = re.compile(
    r"\b(?:files?|modules?|packages?|scripts?|pages?|documentation|docs|readme|changelog)\b"
    r"|\b(?:add|write|create|new|more)(?: \w+)?(?: \w+)? tests?\b",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?<![\w./-])[\w./-]*\w\.(?:[ch]|[A-Za-z][A-Za-z0-9]{1,4})(?![\w(]|\.\w)")
"""A file's path, with its suffix; an attribute looks like one too."""


def _names(target: str) -> tuple[str, str, str]:
    """How a task may speak of a target: by path, by the file's name, by the outermost unit."""
    path, _, unit = target.partition("::")
    return path, path.rpartition("/")[2], unit.split(".")[0]


_EVERYWHERE = re.compile(
    r"\b(?:renam\w+|everywhere|all (?:\w+ )?(?:callers|calls|files|places|uses|usages))\b",
    re.IGNORECASE,
)
_TESTS = re.compile(
    r"\b(?:adapt|add|adjust|correct|cover|create|extend|more|move|new|remove|rewrite|update|write)\w*"
    r"(?: \w+){0,2}? tests?\b|\btests? (?:accordingly|as well|for|too)\b",
    re.IGNORECASE,
)
_ONLY_TESTS = re.compile(
    r"(?:please )?(?:add|create|extend|write)(?: \w+){0,2}? tests?\b(?:(?!\band\b)[^.;!?\n])*[.!]?",
    re.IGNORECASE,
)
_DOCUMENTS = re.compile(
    r"\b(?:changelog|docs|document|documentation|documents|guide|manual|readme|tutorial)\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:(?:asked for|defined|described|documented|explained|given|listed|outlined|required|said"
    r"|shown|specified|stated|written) (?:at|by|in)|according to|as|as in|based on|compl\w+ with"
    r"|conform\w* to|follow\w*|from|match\w*|per|read|see"
    r"|(?:instruction|requirement|rule|spec|specification)s? (?:in|of))"
    r" (?:the )?(?:file )?[`\"'(]?$",
    re.IGNORECASE,
)
"""How a sentence leads to a text that is only read."""
_FAILS = re.compile(r"[`\"')]*(?:::\w+)*[`\"')]* (?:\w+ )?(?:break|fail|pass|red)", re.IGNORECASE)
