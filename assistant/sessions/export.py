"""Renders a session as text for a terminal, as Markdown, or as one page of HTML.

All text is sanitized: an exported file is as safe to print as to open. The page has no scripts and
loads nothing.
"""

import html
import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from assistant.errors import UsageError
from assistant.sanitize import sanitize, sanitize_line
from assistant.sessions.story import Block
from assistant.sessions.summary import Summary

FORMATS = ("md", "html")
_STYLE = """
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif }
pre { padding: .7rem; overflow-x: auto; background: #8881; font: 14px/1.4 ui-monospace, monospace }
.note { color: #777 } .text { white-space: pre-wrap }
.add { background: #2a42 } .cut { background: #d332 } .head { color: #777 }
"""


def render(summary: Summary, blocks: Iterable[Block], form: str) -> str:
    """The session as a document. Raises UsageError for a format that is not in FORMATS."""
    if form == "md":
        return _markdown(summary, blocks)
    if form == "html":
        return _html(summary, blocks)
    raise UsageError(
        f"There is no format {sanitize_line(form)!r}.", hint=f"Known: {', '.join(FORMATS)}."
    )


def write_new(path: Path, text: str) -> None:
    """Writes an export, for its owner only. Raises UsageError if the file exists, or cannot be
    written."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(
            f"{sanitize_line(str(path))} exists already.", hint="Name another file."
        ) from error
    except OSError as error:
        raise UsageError(
            f"{sanitize_line(str(path))} cannot be written: {error.strerror}.",
            hint="Name another file.",
        ) from error


def plain(blocks: Iterable[Block]) -> Iterator[str]:
    """The session as lines for a terminal."""
    for block in blocks:
        text = sanitize(block.text).rstrip("\n")
        match block.kind:
            case "task":
                yield f"\n{_time(block.time)}  {text}\n"
            case "output" | "diff":
                yield "\n".join(f"    {line}" for line in text.split("\n"))
            case _:
                yield text


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"


def _markdown(summary: Summary, blocks: Iterable[Block]) -> str:
    parts = [f"# {_escaped(summary.title)}", f"Session {summary.id}"]
    for block in blocks:
        text = sanitize(block.text).rstrip("\n")
        match block.kind:
            case "task":
                line = " ".join(sanitize_line(part) for part in text.split("\n"))
                parts.append(f"## {_escaped(line)}\n\n{_time(block.time)}")
            case "text":
                parts.append(text)
            case "list":
                parts.append("\n".join(f"- {_escaped(line)}" for line in text.split("\n")))
            case "note":
                parts.append(_escaped(text))
            case kind:
                parts.append(_fenced(text, "diff" if kind == "diff" else ""))
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    """Text in which Markdown and HTML mean nothing."""
    return re.sub(r"([\\`*_\[\]<>#&|~])", r"\\\1", text)


def _fenced(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _html(summary: Summary, blocks: Iterable[Block]) -> str:
    title = html.escape(sanitize_line(summary.title))
    body = "\n".join(map(_element, blocks))
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
        f'<p class="note">Session {html.escape(summary.id)}</p>\n{body}\n</body></html>\n'
    )


def _element(block: Block) -> str:
    text = html.escape(sanitize(block.text).rstrip("\n"))
    match block.kind:
        case "task":
            return f'<h2>{text}</h2>\n<p class="note">{_time(block.time)}</p>'
        case "list":
            return f"<ul>{''.join(f'<li>{line}</li>' for line in text.split(chr(10)))}</ul>"
        case "diff":
            return f"<pre>{chr(10).join(map(_diff_line, text.split(chr(10))))}</pre>"
        case "output":
            return f"<pre>{text}</pre>"
        case kind:
            return f'<p class="{kind}">{text}</p>'


def _diff_line(line: str) -> str:
    """A line of a diff, escaped already."""
    if line.startswith(("+++", "---", "@@", "diff ", "new file", "deleted file", "rename ")):
        return f'<span class="head">{line}</span>'
    kind = {"+": "add", "-": "cut"}.get(line[:1])
    return f'<span class="{kind}">{line}</span>' if kind else line
