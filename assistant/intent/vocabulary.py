"""The words that the topics of an intent are recognised by."""

import re
from collections.abc import Mapping

from assistant.intent.translations import CHINESE, GERMAN, JAPANESE, SPANISH
from assistant.intent.values import Topic

_ENGLISH: Mapping[Topic, str] = {
    Topic.REPAIR: (
        r"\b(?:fix|bug|error|broken|crash|fail|wrong|correct|repair|debug|invalid|undefined|typo)"
    ),
    Topic.ADDITION: (
        r"(?:^|[.;:,!?\n]|\b(?:and|also|please|then|to))[\s*-]*"
        r"(?:add(?:s|ing)?|expos(?:e|ing)|introduc(?:e|ing)|provid(?:e|ing))(?= [!-~])"
    ),
    Topic.REMOVAL: (
        r"\b(?:remov|delet|drop|renam|replac|merg|inlin|unus|mov(?:e|ing)|obsolete|no longer"
        r"|get rid)[a-z]*\b(?!\.\w)"  # `merge.py` is the name of a file
    ),
    Topic.LAYOUT: (
        r"\b(?:white[ -]?spaces?|blanks?|spaces?|trailing|indent\w*|format\w*|lint\w*|newlines?"
        r"|tid(?:y|ier)|pep ?-?8|black|ruff|flake8|pycodestyle)\b"
    ),
    # A match only means that a candidate without an effect goes unnoticed, so the list is broad.
    Topic.SAME_BEHAVIOUR: (
        r"\b(?:refactor\w*|renam\w*|restructur\w*|reorgani\w*|simplif\w*|clean\w*|tid(?:y|ied)"
        r"|readab\w*|idiomatic|pythonic|moderni\w*|styl\w*|reformat\w*|format the (?:code|file)"
        r"|lint\w*|pep ?-?8"
        r"|annotat\w*|type hints?|typed|docstrings?|document\w*|comment\w*|explain\w*"
        r"|fast(?:er)?|speed\w*|slow|performan\w*|efficien\w*|optimi\w*|memory|complexity|cach\w+"
        r"|memoi\w*|comprehension|f-strings?|helpers?|extract\w*|inlin\w*"
        r"|split (?:up|in|into|out)"
        r"|mov(?:e|ed|ing)|duplicat\w*|unused|dead code|recursi\w*|iterativ\w*|enumerate"
        r"|built-?ins?|early returns?|logg?(?:ing|er)?|print\w*|imports?"
        r"|same (?:behaviou?r|results?|values?|output|function\w*)|without chang\w+)\b"
    ),
    Topic.DEMONSTRATION: r"\b(?:print|show|display|demo|example|usage|main|script|run|call|loop)",
    Topic.ASSERTIONS: r"\b(?:test|assert)",
    Topic.TESTS: (
        r"\b(?:adapt|add|adjust|correct|cover|create|extend|more|move|new|remove|rewrite|update"
        r"|write)\w*(?: \w+){0,2}? tests?\b|\btests? (?:accordingly|as well|for|too)\b"
    ),
    Topic.ONLY_TESTS: (
        r"(?:please )?(?:add|create|extend|write)(?: \w+){0,2}? tests?\b"
        r"(?:(?!\band\b)[^.;!?\n])*[.!]?"
    ),
    Topic.DOCUMENTS: (
        r"\b(?:changelog|docs|document|documentation|documents|guide|manual|readme|tutorial)\b"
    ),
    Topic.NEW_FILE: (
        r"\b(?:files?|modules?|packages?|scripts?|pages?|documentation|docs|readme|changelog)\b"
        r"|\b(?:add|write|create|new|more)(?: \w+)?(?: \w+)? tests?\b"
    ),
    Topic.EVERYWHERE: (
        r"\b(?:renam\w+|everywhere|all (?:\w+ )?(?:callers|calls|files|places|uses|usages))\b"
    ),
    Topic.CALLERS: (
        r"\b(?:callers?|call sites?|all (?:its |the )?calls"
        r"|(?:pass|thread)\w* (?:\S+ ){1,3}(?:through|down|along)"
        r"|wherever it is (?:called|used))\b"
    ),
    Topic.INSPECTION: (
        r"(?:test|run|review|read|understand|analy[sz]e|inspect|examine|no changes?)\b"
    ),
}

_LANGUAGES = (_ENGLISH, GERMAN, SPANISH, CHINESE, JAPANESE)
TOPICS: Mapping[Topic, re.Pattern[str]] = {
    topic: re.compile(
        "|".join(f"(?:{words[topic]})" for words in _LANGUAGES if topic in words), re.IGNORECASE
    )
    for topic in Topic
}
"""A pattern for each topic, in every language."""
