"""Parses the output of go, cargo, tsc and tools that print `file:line:column: message`."""

import re
from collections.abc import Iterator
from itertools import pairwise

from assistant.checks.locations import Locator, message_of
from assistant.checks.results import Failure, Frame

_GO_TEST = re.compile(r"^\s*--- FAIL: (?P<name>\S+)")
_GO_PANIC = re.compile(r"^panic: ")
_GO_PACKAGE = re.compile(r"^(?:FAIL\s+(?P<failed>[\w./\-]+)|# (?P<built>[\w./\-]+))(?:\s|$)")
_GO_LOG = re.compile(r"^\s{4,}(?P<path>[\w./\-]+\.go):(?P<line>\d+): (?P<message>.*)$")
_GO_STACK = re.compile(r"^\t(?P<path>/\S+\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?$")
_RUST_PANIC = re.compile(
    r"^thread '(?P<name>[^']+)'(?: \(\d+\))? panicked at "
    r"(?:'(?P<message>.*)', )?(?P<path>[^\s:']+):(?P<line>\d+):\d+:?$"
)
_RUST_ERROR = re.compile(r"^error(?:\[(?P<code>E\d+)\])?: (?P<message>.+)$")
_RUST_LOCATION = re.compile(r"^\s*--> (?P<path>[^\s:]+):(?P<line>\d+):\d+$")
_TSC = re.compile(
    r"^(?P<path>[^\s(:][^(:]*)(?:\((?P<line>\d+),\d+\)|:(?P<line2>\d+):\d+)(?: -|:) "
    r"error (?P<code>TS\d+): (?P<message>.*)$"
)
_PLAIN = re.compile(
    r"^(?P<path>(?:[A-Za-z]:)?[^\s:][^:]*):(?P<line>\d+)(?P<column>:\d+)?: (?P<message>\S.*)$"
)
_HARMLESS = re.compile(r"^(?:warning|note|info|remark|hint|in )\b", re.IGNORECASE)
_SERIOUS = re.compile(r"^(?:fatal )?error\b|^[A-Z]+\d{2,}\b", re.IGNORECASE)


def parse_compilers(lines: list[str], locator: Locator) -> list[Failure]:
    """The failures of compiled languages and linters."""
    found = [*_go(lines, locator), *_rust(lines, locator)]
    return found or list(_plain(lines, locator))


def _go(lines: list[str], locator: Locator) -> Iterator[Failure]:
    starts = [i for i, line in enumerate(lines) if _GO_TEST.match(line) or _GO_PANIC.match(line)]
    for start, end in pairwise([*starts, len(lines)]):
        message, frames = _go_section(lines[start:], end - start, locator)
        test = _GO_TEST.match(lines[start])
        if frames:
            yield Failure(test["name"] if test else "panic", message_of(message), frames)


def _go_section(
    lines: list[str], count: int, locator: Locator
) -> tuple[list[str], tuple[Frame, ...]]:
    """The message and frames of the first `count` lines. The package name follows later."""
    message = lines[:1] if _GO_PANIC.match(lines[0]) else []
    logged: list[Frame | None] = []
    stack: list[Frame | None] = []
    for index, line in enumerate(lines[:count]):
        if log := _GO_LOG.match(line):
            folder = _package_folder(lines[index:], locator)
            message.append(log["message"])
            logged.append(locator.frame(log["path"], log["line"], folder=folder))
        elif location := _GO_STACK.match(line):
            stack.append(locator.frame(location["path"], location["line"]))
    frames = dict.fromkeys(frame for frame in (*logged, *reversed(stack)) if frame)
    return message, tuple(frames)


def _package_folder(following: list[str], locator: Locator) -> str:
    """The folder of the package whose result line comes next, without knowing the module name."""
    packages = (_GO_PACKAGE.match(line) for line in following)
    package = next((match["failed"] for match in packages if match and match["failed"]), "")
    parts = package.split("/")
    # The module name is a prefix of the package name. Its length is unknown without go.mod.
    for start in range(len(parts)):
        folder = "/".join(parts[start:])
        if locator.holds_folder(folder):
            return folder
    return ""


def _rust(lines: list[str], locator: Locator) -> Iterator[Failure]:
    for index, line in enumerate(lines):
        if panic := _RUST_PANIC.match(line):
            frame = locator.frame(panic["path"], panic["line"])
            message = [panic["message"]] if panic["message"] else _until_note(lines[index + 1 :])
            yield Failure(panic["name"], message_of(message), (frame,) if frame else ())
        elif error := _RUST_ERROR.match(line):
            location = next(
                filter(None, map(_RUST_LOCATION.match, lines[index + 1 : index + 4])), None
            )
            frame = locator.frame(location["path"], location["line"]) if location else None
            if frame:
                yield Failure(error["code"] or "error", error["message"], (frame,))


def _until_note(lines: list[str]) -> list[str]:
    message: list[str] = []
    for line in lines:
        if not line.strip() or line.startswith(("note:", "stack backtrace:")):
            break
        message.append(line)
    return message


def _plain(lines: list[str], locator: Locator) -> Iterator[Failure]:
    folder = ""
    for line in lines:
        if package := _GO_PACKAGE.match(line):
            folder = _package_folder([f"FAIL {package['built'] or package['failed']}"], locator)
        if checked := _TSC.match(line):
            frame = locator.frame(checked["path"], checked["line"] or checked["line2"])
            name, message = checked["code"], checked["message"]
        elif found := _PLAIN.match(line):
            message = found["message"]
            if _HARMLESS.match(message) or not (found["column"] or _SERIOUS.match(message)):
                continue
            frame = locator.frame(found["path"], found["line"])
            frame = frame or locator.frame(found["path"], found["line"], folder=folder)
            name = "error"
        else:
            continue
        if frame:
            yield Failure(name, message, (frame,))
