"""Parses what type checkers and linters print. Anything else in the output is passed over.

Warnings of a program or of a plugin may stand between the lines, because standard output and error
are read together.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from json import JSONDecodeError, JSONDecoder
from typing import Any, TypeAlias

from assistant.checks.complaints import Complaint

Reader: TypeAlias = Callable[[str], Iterator[Complaint]]
"""Reads the complaints from an output; paths are as the tool prints them."""

_TEXT = re.compile(r"(?:vet: )?(?P<path>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+:)? (?P<message>.+)")
_CODE = re.compile(r"(?P<code>[A-Z]+\d+) (?P<message>.+)")
_TSC = re.compile(
    r"(?P<path>[^\s(][^\n]*)\((?P<line>\d+),\d+\): error (?P<code>TS\d+): (?P<message>.+)"
)
_MOST = 2000
"""Complaints that are read from one output."""


def read_ruff(output: str) -> Iterator[Complaint]:
    """Of `--output-format json-lines`. A syntax error has no code."""
    for each in _objects(output):
        place = each.get("location")
        if isinstance(place, dict):
            yield from _complaint(
                each.get("filename"), place.get("row"), each.get("code"), each.get("message")
            )


def read_mypy(output: str) -> Iterator[Complaint]:
    """Of `--output json`; notes are left out."""
    for each in _objects(output):
        if each.get("severity") == "error":
            yield from _complaint(
                each.get("file"), each.get("line"), each.get("code"), each.get("message")
            )


def read_pyright(output: str) -> Iterator[Complaint]:
    """Of `--outputjson`; warnings are left out."""
    for document in _documents(output):
        for each in _tables(document, "generalDiagnostics"):
            if each.get("severity") == "error":
                start = _table(_table(each, "range"), "start").get("line")
                line = start + 1 if isinstance(start, int) else None
                path, code = each.get("file"), each.get("rule")
                yield from _complaint(path, line, code, each.get("message"))


def read_eslint(output: str) -> Iterator[Complaint]:
    """Of `--format json`; warnings are left out. What cannot be parsed has no code."""
    for line in output.splitlines():
        for file in _tables({"files": _list(line)}, "files"):
            for each in _tables(file, "messages"):
                if each.get("severity") == 2:
                    code, message = each.get("ruleId"), each.get("message")
                    yield from _complaint(file.get("filePath"), each.get("line"), code, message)


def read_cargo(output: str) -> Iterator[Complaint]:
    """Of `--message-format json`: errors and warnings of the compiler, at their first place."""
    for each in _objects(output):
        message = _table(each, "message")
        span = next((span for span in _tables(message, "spans") if span.get("is_primary")), None)
        if message.get("level") in ("error", "warning") and span is not None:
            code, text = _table(message, "code").get("code"), message.get("message")
            yield from _complaint(span.get("file_name"), span.get("line_start"), code, text)


def read_tsc(output: str) -> Iterator[Complaint]:
    """Of `--pretty false`; the lines that explain an error further are left out."""
    for line in output.splitlines():
        if found := _TSC.fullmatch(line):
            yield from _complaint(
                found["path"], int(found["line"]), found["code"], found["message"]
            )


def read_flake8(output: str) -> Iterator[Complaint]:
    """`path:line:column: code message`."""
    for path, line, message in _places(output):
        if found := _CODE.fullmatch(message):
            yield from _complaint(path, line, found["code"], found["message"])


def read_go(output: str) -> Iterator[Complaint]:
    """`path:line:column: message`; errors of types begin with `vet:`."""
    for path, line, message in _places(output):
        if path.endswith(".go"):
            yield from _complaint(path.removeprefix("./"), line, "", message)


def _places(output: str) -> Iterator[tuple[str, int, str]]:
    for text in output.splitlines():
        if found := _TEXT.fullmatch(text.rstrip()):
            yield found["path"], int(found["line"]), found["message"]


def _complaint(path: object, line: object, code: object, message: object) -> Iterator[Complaint]:
    """Nothing for an entry that lacks its place or its text."""
    if isinstance(path, str) and path and isinstance(line, int) and isinstance(message, str):
        lines = message.strip().splitlines()
        name = code if isinstance(code, str) else ""
        yield Complaint(path, line, name, lines[0] if lines else "")


def _objects(output: str) -> Iterator[Mapping[str, Any]]:
    """The lines that are JSON objects."""
    for line in output.splitlines()[:_MOST]:
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found


def _documents(output: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects that begin at the start of a line and may go on over more of them."""
    decoder, at = JSONDecoder(), 0
    while (found := re.compile(r"^\{", re.MULTILINE).search(output, at)) is not None:
        try:
            document, at = decoder.raw_decode(output, found.start())
        except (JSONDecodeError, RecursionError):
            at = found.end()
            continue
        yield document


def _list(line: str) -> list[Any]:
    if not line.startswith("["):
        return []
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _table(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _tables(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = value.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
