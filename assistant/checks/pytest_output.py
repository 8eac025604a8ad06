"""Parses pytest output: long, short, line and native tracebacks, and the summary."""

import re
from dataclasses import dataclass, field

from assistant.checks.locations import Locator, message_of
from assistant.checks.results import Failure, Frame
from assistant.checks.tracebacks import parse_tracebacks

_BANNER = re.compile(r"^=+ (?P<title>.+?) =+$")
_TITLE = re.compile(r"^_{3,} (?P<name>\S.*?) _{3,}$|^_{1,3} (?P<long>\S.*?) _{1,3}$")
_SUMMARY = re.compile(r"^(?:FAILED|ERROR) (?P<id>[^\s(]\S*?(?:\[.*?\])?)(?: - (?P<message>.*))?$")
_LOCATION = re.compile(r"^(?P<path>[^\s:>][^:]*):(?P<line>\d+): ?(?P<rest>.*)$")
_IN = re.compile(r"^in (?P<function>\S+)$")
_ERROR_LINE = re.compile(r"^E(?: {3}|$)(?P<text>.*)$")
_QUOTED = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)')
_DEF = re.compile(r"^[> ]\s+(?:async )?def (?P<name>\w+)")
_SEPARATOR = re.compile(r"^(?:_ )+_?$")
_CAPTURED = re.compile(r"^-{3,} Captured .* -{3,}$")
_SECTIONS = ("FAILURES", "ERRORS")


@dataclass(slots=True)
class _Section:
    """One failed test while it is parsed."""

    name: str
    body: list[str] = field(default_factory=list)


def parse_pytest(lines: list[str], locator: Locator) -> list[Failure]:
    """The failures of a pytest run; empty when the text is not pytest output."""
    sections, loose, summary = _split(_with_banner(lines))
    ids = {_title_of(test_id): test_id for test_id in summary}
    failures = []
    seen: set[str] = set()
    for section in sections:
        title = section.name.removeprefix("[doctest] ").removeprefix("ERROR at setup of ")
        name = ids.get(title.removeprefix("ERROR at teardown of "), section.name)
        if section.name.startswith("ERROR collecting "):
            name = section.name.removeprefix("ERROR collecting ")
        seen.add(name)
        message, frames = _read(section.body, locator)
        known = _from_summary(name, summary.get(name, ""), loose, locator)
        failures.append(Failure(name, message or known.message, frames or known.frames))
    for test_id, message in summary.items():
        if test_id not in seen:
            failures.append(_from_summary(test_id, message, loose, locator))
    return failures


def _split(lines: list[str]) -> tuple[list[_Section], list[re.Match[str]], dict[str, str]]:
    """The failure and error sections, locations outside of them, and the summary by test id."""
    sections: list[_Section] = []
    loose: list[re.Match[str]] = []
    summary: dict[str, str] = {}
    where, titled = "", False
    for line in lines:
        if banner := _BANNER.match(line):
            where, titled = banner["title"], False
        elif where in _SECTIONS:
            if (title := _TITLE.match(line)) and not _SEPARATOR.match(line):
                sections.append(_Section(title["name"] or title["long"]))
                titled = True
            elif titled:
                sections[-1].body.append(line)
            elif location := _LOCATION.match(line):
                # --tb=line prints no titles.
                loose.append(location)
        elif found := _SUMMARY.match(line):
            summary[found["id"]] = found["message"] or ""
    return sections, loose, summary


def _with_banner(lines: list[str]) -> list[str]:
    """Adds a banner if it is missing: pasted text often starts inside a section."""
    if any(_BANNER.match(line) for line in lines) or not any(map(_ERROR_LINE.match, lines)):
        return lines
    titled = any(_TITLE.match(line) and not _SEPARATOR.match(line) for line in lines)
    return ["= FAILURES =", *([] if titled else ["___ failure ___"]), *lines]


def _title_of(test_id: str) -> str:
    """The title that pytest prints above the failure of a test."""
    return ".".join(test_id.split("::")[1:]) or test_id


def _read(body: list[str], locator: Locator) -> tuple[str, tuple[Frame, ...]]:
    """The message and frames of one section."""
    ends = [index for index, line in enumerate(body) if _CAPTURED.match(line)]
    report = body[: ends[0]] if ends else body
    if any(line.startswith("Traceback (most recent call last)") for line in report):
        native = parse_tracebacks(report, locator)
        if native:
            return native[-1].message, native[-1].frames
    message = [found["text"] for line in report if (found := _ERROR_LINE.match(line))]
    if not message:
        message = _doctest_message(report) or [line for line in report if line.strip()][:3]
    return message_of(message), _frames(report, locator)


def _frames(body: list[str], locator: Locator) -> tuple[Frame, ...]:
    frames: list[Frame] = []
    function = ""
    for line in body:
        error = _ERROR_LINE.match(line)
        quoted = _QUOTED.match(error["text"]) if error else None
        if quoted and (frame := locator.frame(quoted["path"], quoted["line"])):
            frames.append(frame)
        elif _SEPARATOR.match(line):
            function = ""
        elif (definition := _DEF.match(line)) and not function:
            function = definition["name"]
        elif location := _LOCATION.match(line):
            named = _IN.match(location["rest"])
            name = named["function"] if named else function
            if frame := locator.frame(location["path"], location["line"], name):
                frames.append(frame)
            function = ""
    return tuple(dict.fromkeys(frames))


def _doctest_message(body: list[str]) -> list[str]:
    """The lines from the failed example on, without the numbered source lines before it."""
    starts = [index for index, line in enumerate(body) if re.match(r"^\d{3,} .*>>> ", line)]
    wanted = body[starts[-1] :] if starts else []
    return [line for line in wanted if not _LOCATION.match(line)]


def _from_summary(
    test_id: str, message: str, loose: list[re.Match[str]], locator: Locator
) -> Failure:
    """The failure as far as --tb=line or --tb=no show it: the file and perhaps the raising line."""
    path = locator.path(test_id.split("::")[0])
    name = test_id.split("::")[-1].partition("[")[0].rpartition(".")[2] if "::" in test_id else ""
    frames = [Frame(path, 1, name)] if path else []
    start = message.removesuffix("...")
    location = next(
        (location for location in loose if start and location["rest"].startswith(start)), None
    )
    if location:
        loose.remove(location)
        frame = locator.frame(location["path"], location["line"])
        if frame:
            frames = [frame] if frame.path == path else [*frames, frame]
    return Failure(test_id, message, tuple(frames))
