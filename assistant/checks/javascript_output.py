"""Parses JavaScript and TypeScript stacks, with the test names of jest, vitest, mocha and TAP."""

import re

from assistant.checks.locations import Locator, message_of
from assistant.checks.results import Failure, Frame

_SOURCE = r"(?P<path>(?:file://)?[^()\s]+?\.[cm]?[jt]sx?):(?P<line>\d+):\d+"
_AT = re.compile(
    rf"^\s*(?:at|❯) (?:async )?(?:(?P<function>[^()]*?) \(|(?P<plain>[^() ]+) )?{_SOURCE}\)?,?$"
)
_TAP_AT = re.compile(rf"^ {{4,}}(?P<function>[^()]*?) \({_SOURCE}\)$")
_TEST = re.compile(
    r"^\s*(?:● (?P<jest>.+)|FAIL\s+\S+ > (?P<vitest>.+)"
    r"|\d+\) (?P<mocha>.+)|not ok \d+ - (?P<tap>.+)|✖ (?P<spec>.+?) \([\d.]+ms\))$"
)
_ERROR = re.compile(r"^\s*(?:Uncaught )?(?P<kind>[A-Z]\w*(?:Error|Exception))\b.*$")
_MARKED = re.compile(r"^\s*(?:[>|]|\d+ \||\^)")


def parse_javascript(lines: list[str], locator: Locator) -> list[Failure]:
    """One failure per stack with a frame in the repository."""
    failures = []
    name, message, frames = "", list[str](), list[Frame]()
    in_stack, titled = False, True
    for line in lines:
        location = _AT.match(line) or _TAP_AT.match(line)
        if location:
            in_stack = True
            function = location["function"] or location.groupdict().get("plain") or ""
            if frame := locator.frame(location["path"], location["line"], function):
                frames.append(frame)
            continue
        if in_stack and frames:
            failures.append(_failure(name, message, frames))
        if in_stack:
            message, frames, in_stack = [], [], False
        if test := _TEST.match(line):
            name = next(group for group in test.groups() if group).strip()
            message, titled = [], not test["mocha"]
        elif not titled:  # mocha prints the titles of a test and its suites on a line each
            name = f"{name} {line.strip()}".removesuffix(":").strip()
            titled = not line.strip() or line.endswith(":")
        elif not _MARKED.match(line):
            message.append(line)
    if in_stack and frames:
        failures.append(_failure(name, message, frames))
    return failures


def _failure(name: str, message: list[str], frames: list[Frame]) -> Failure:
    selected = _tap_message(message)
    if not selected:
        errors = [index for index, line in enumerate(message) if _ERROR.match(line)]
        selected = (
            message[errors[-1] :] if errors else [line for line in message if line.strip()][-6:]
        )
    kind = _ERROR.match(selected[0]) if selected else None
    outermost_first = tuple(dict.fromkeys(reversed(frames)))
    text = message_of([line.strip() for line in selected])
    return Failure(name or (kind["kind"] if kind else "Error"), text, outermost_first)


def _tap_message(lines: list[str]) -> list[str]:
    """The `error` value of a YAML diagnostic block."""
    starts = [index for index, line in enumerate(lines) if line.startswith("  error: ")]
    if not starts:
        return []
    first = lines[starts[-1]].removeprefix("  error: ").strip(" '\"|-")
    rest = [line for line in lines[starts[-1] + 1 :] if line.startswith("    ")]
    return [first, *rest] if first else rest
