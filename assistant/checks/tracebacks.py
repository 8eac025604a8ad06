"""Parses Python tracebacks and the reports of unittest and doctest."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.checks.locations import Locator, message_of
from assistant.checks.results import Failure, Frame

_MARGIN = re.compile(r"^(?:[\s|+]*\| |E {3})")
_HEADER = "Traceback (most recent call last):"
_FILE = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
_CHAINED = (
    "During handling of the above exception",
    "The above exception was the direct cause",
)
_EXCEPTION = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*)(?::\s?.*)?$")
_UNITTEST = re.compile(r"^(?:FAIL|ERROR): (?P<name>\S.*)$")
_GROUP_RULE = re.compile(r"^\s*\+[-+]*-{3,}[ \d.]*-*$")
"""Separates the members of an exception group."""
_RULE = re.compile(r"^([=\-*])\1{19,}$")
_MESSAGE_ENDS = (_RULE, _GROUP_RULE, _UNITTEST)


@dataclass(slots=True)
class _Traceback:
    """One traceback while it is parsed."""

    frames: list[Frame] = field(default_factory=list)
    message: list[str] = field(default_factory=list)
    chained: bool = False
    """The next traceback belongs to the same exception chain."""


def parse_tracebacks(lines: list[str], locator: Locator) -> list[Failure]:
    """Parses all tracebacks. A chain is one failure: the last exception with the frames of all."""
    failures: list[Failure] = []
    chain: list[_Traceback] = []
    for found in _read([_MARGIN.sub("", line) for line in lines], locator):
        chain.append(found)
        if not found.chained:
            failures.append(_failure(chain))
            chain = []
    if chain:
        failures.append(_failure(chain))
    return failures


def parse_unittest(lines: list[str], locator: Locator) -> list[Failure]:
    """Parses the FAIL and ERROR sections of unittest."""
    failures = []
    for name, body in _sections(lines):
        found = parse_tracebacks(body, locator)
        if found:
            failures.append(Failure(name, found[-1].message, found[-1].frames))
    return failures


def parse_doctest(lines: list[str], locator: Locator) -> list[Failure]:
    """Parses failed examples, with the expected and the actual output."""
    failures = []
    for index, line in enumerate(lines):
        location = _FILE.match(line)
        if not location or lines[index + 1 : index + 2] != ["Failed example:"]:
            continue
        body: list[str] = []
        for following in lines[index + 1 :]:
            if _RULE.match(following):
                break
            body.append(following)
        name = location["function"] or "doctest"
        frame = locator.frame(location["path"], location["line"], name.rpartition(".")[2])
        failures.append(Failure(name, message_of(body), (frame,) if frame else ()))
    return failures


def _failure(chain: list[_Traceback]) -> Failure:
    frames = dict.fromkeys(frame for traceback in chain for frame in traceback.frames)
    last = chain[-1].message
    kind = _EXCEPTION.match(last[0]) if last else None
    message = message_of(last)
    if len(chain) > 1 and chain[0].message and chain[0].message[0] not in message:
        message += f"\n(after {chain[0].message[0]})"
    return Failure(kind["kind"] if kind else "Traceback", message, tuple(frames))


def _read(lines: list[str], locator: Locator) -> Iterator[_Traceback]:
    """Yields tracebacks. The header is optional: a SyntaxError may come without one."""
    current: _Traceback | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if line.strip() == _HEADER:
            if current and current.message:
                yield current
            current = _Traceback()
        elif (location := _FILE.match(line)) and lines[index : index + 1] != ["Failed example:"]:
            current = current or _Traceback()
            if frame := locator.frame(
                location["path"], location["line"], location["function"] or ""
            ):
                current.frames.append(frame)
        elif current and not line.startswith((" ", "\t")) and _EXCEPTION.match(line):
            current.message, index = _message(lines, index - 1)
            current.chained = _is_chained(lines, index)
            yield current
            current = None
        elif current and not line.strip() and not current.frames:
            current = None


def _message(lines: list[str], start: int) -> tuple[list[str], int]:
    """The exception line and its continuation, up to a blank line or the next report."""
    end = start + 1
    while end < len(lines):
        line = lines[end]
        if line.strip() == _HEADER or any(mark.match(line) for mark in _MESSAGE_ENDS):
            break
        if not line.strip() and not _diff_follows(lines, end):
            break
        end += 1
    return lines[start:end], end


def _diff_follows(lines: list[str], blank: int) -> bool:
    """True when a diff follows: unittest prints a blank line before it."""
    following = lines[blank + 1] if blank + 1 < len(lines) else ""
    return following.startswith(("- ", "+ ", "? ", "First diff", "First list", "Second list"))


def _is_chained(lines: list[str], index: int) -> bool:
    following = (line for line in lines[index : index + 3] if line.strip())
    return next(following, "").strip().startswith(_CHAINED)


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    name, body = "", list[str]()
    for index, line in enumerate(lines):
        header = _UNITTEST.match(line)
        if header and index and _RULE.match(lines[index - 1]):
            if name:
                yield name, body
            name, body = header["name"], []
        elif name:
            body.append(line)
    if name:
        yield name, body
