"""Builds one-line strips from styled parts: crops, aligns and wraps them.

All text is sanitized here, so that no widget can forget it.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from assistant.sanitize import sanitize_line

Part: TypeAlias = tuple[str, Style]
ELLIPSIS = "…"
_SPINNER = "⠋⠙⠸⠴⠦⠇"
_FRAMES = 4
"""Frames per second of the spinner."""


def spinner(clock: float, *, still: bool) -> str:
    """Returns the mark of something in progress. `still` gives a fixed mark."""
    return "●" if still else _SPINNER[int(clock * _FRAMES) % len(_SPINNER)]


def strip_of(parts: Iterable[Part]) -> Strip:
    """Joins the parts, sanitized."""
    return Strip([Segment(sanitize_line(text), style) for text, style in parts if text])


def width_of(parts: Iterable[Part]) -> int:
    """Returns the width of the parts in cells."""
    return sum(cell_len(sanitize_line(text)) for text, _ in parts)


def crop(text: str, width: int) -> str:
    """Crops the end of a text to `width` cells, marking the cut with an ellipsis."""
    text = sanitize_line(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + ELLIPSIS if width > 0 else ""


def crop_start(text: str, width: int) -> str:
    """Crops the start of a text, such as a path, to `width` cells."""
    text = sanitize_line(text)
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[max(1, (cell_len(text) - width) // 2) :]
    return ELLIPSIS + text if width > 0 else ""


def fit(parts: Sequence[Part], width: int) -> list[Part]:
    """Crops the parts to `width` cells in total."""
    fitted: list[Part] = []
    left = width
    for text, style in parts:
        if not text:
            continue
        text = crop(text, left)
        if not text:
            break
        fitted.append((text, style))
        left -= cell_len(text)
    return fitted


def spread(left: Sequence[Part], right: Sequence[Part], width: int) -> Strip:
    """Aligns `left` and `right` with the two ends. `left` is cropped to make room."""
    ends = fit(right, width)
    end = width_of(ends)
    room = max(0, width - end - (1 if end else 0))
    start = fit(left, room)
    gap = width - end - width_of(start)
    return strip_of([*start, (" " * gap, Style()), *ends])


def wrap(text: str, width: int) -> list[str]:
    """Wraps a text to lines of at most `width` cells, at spaces if possible."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrap_paragraph(sanitize_line(paragraph), max(width, 8)))
    return lines


def _wrap_paragraph(text: str, width: int) -> list[str]:
    if cell_len(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())][: width // 2]
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= width:
            current = joined
            continue
        if current.strip():
            lines.append(current)
        current = (indent + word) if lines else word
        while cell_len(current) > width:
            head = set_cell_size(current, width).rstrip()
            lines.append(head)
            current = current[max(len(head), 1) :]
    return [*lines, current]
