"""Draws the frames of a recording as one animated SVG, which a README can show."""

import re
from collections.abc import Iterator, Sequence
from html import escape

import pyte

from tests.ui.walk.recording import COLUMNS, ROWS, Frame

SECONDS = 2.6
"""How long each frame is shown."""
_WIDTH, _HEIGHT, _CAPTION = 8.4, 18, 28
_GROUND, _TEXT = "#14171d", "#d6dbe5"


def draw(frames: Sequence[Frame]) -> str:
    """One picture after the other, each with its title below; rows that repeat are stored once."""
    rows: dict[str, str] = {}
    shown: list[str] = []
    for number, frame in enumerate(frames):
        uses = []
        for y, runs in enumerate(frame.rows):
            if drawn := "".join(_row(runs)):
                name = rows.setdefault(drawn, f"r{len(rows)}")
                uses.append(f'<use href="#{name}" y="{y * _HEIGHT}"/>')
        caption = f"{number + 1}/{len(frames)}  {frame.title}"
        uses.append(f'<text class="c" x="8" y="{ROWS * _HEIGHT + 19}">{_solid(caption)}</text>')
        delay = number * SECONDS
        shown.append(f'<g class="f" style="animation-delay:{delay:g}s">{"".join(uses)}</g>')
    width, height = COLUMNS * _WIDTH, ROWS * _HEIGHT + _CAPTION
    share = 100 / len(frames)
    stored = "".join(f'<g id="{name}">{drawn}</g>' for drawn, name in rows.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}">'
        f"<style>text{{font:14px 'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:{_TEXT}}}"
        ".c{font-weight:bold;fill:#7cb7ff}.b{font-weight:bold}.i{font-style:italic}"
        ".u{text-decoration:underline}"
        f".f{{visibility:hidden;animation:s {len(frames) * SECONDS:g}s step-end infinite}}"
        f"@keyframes s{{0%{{visibility:visible}}{share:.4f}%{{visibility:hidden}}}}</style>"
        f"<defs>{stored}</defs>"
        f'<rect width="100%" height="100%" fill="{_GROUND}"/>{"".join(shown)}</svg>\n'
    )


def _row(runs: Sequence[tuple[str, pyte.screens.Char]]) -> Iterator[str]:
    """The grounds of a row and then its texts, at the top of the picture."""
    column = 0
    texts: list[str] = []
    for text, look in runs:
        x, width = column * _WIDTH, len(text) * _WIDTH
        front, ground = _colour(look.fg, _TEXT), _colour(look.bg, _GROUND)
        if look.reverse:
            front, ground = ground, front
        if ground != _GROUND:
            yield f'<rect x="{x:g}" width="{width:g}" height="{_HEIGHT}" fill="{ground}"/>'
        if text.strip():
            kinds = "b" * look.bold, "i" * look.italics, "u" * look.underscore
            named = f' class="{" ".join(filter(None, kinds))}"' if any(kinds) else ""
            fill = f' style="fill:{front}"' if front != _TEXT else ""
            texts.append(
                f'<text x="{x:g}" y="14" textLength="{width:g}"{named}{fill}>{_solid(text)}</text>'
            )
        column += len(text)
    yield from texts


def _solid(text: str) -> str:
    """With spaces that no program takes for line breaks."""
    return escape(text).replace(" ", "\u00a0")


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else name
