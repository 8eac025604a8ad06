"""How a screen looks to others: what is drawn, and colours as colour-blind people see them."""

from collections.abc import Iterator

from rich.color import ColorSystem
from rich.style import Style
from textual.app import App
from textual.color import Color

from assistant.ui.contrast import contrast, oklch

_CONFUSIONS = {
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
"""For linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
Color Vision Deficiency", 2009, severity 1."""
_DECORATION = set("│┃─━▌▐▏▕▁▂▃▄▅▆▇▔█▊▎⋯·●○▾▸ ⎇")
"""Marks that carry no text."""


def seen(colour: Color, deficiency: str) -> Color:
    """Returns the colour as a person with this deficiency sees it."""
    linear = [_linear(part / 255) for part in colour.rgb]
    parts = (
        sum(k * v for k, v in zip(row, linear, strict=True)) for row in _CONFUSIONS[deficiency]
    )
    return Color(*(round(255 * _encoded(min(max(part, 0.0), 1.0))) for part in parts))


def difference(one: Color, other: Color) -> float:
    """Returns the distance in OKLab; 0.02 can just be seen side by side."""
    from math import cos, hypot, sin

    (l1, c1, h1), (l2, c2, h2) = oklch(one), oklch(other)
    return hypot(l1 - l2, c1 * cos(h1) - c2 * cos(h2), c1 * sin(h1) - c2 * sin(h2))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def drawn(app: App[object], selector: str = "") -> Iterator[tuple[str, Style]]:
    """Yields every piece of text that the screen shows now, with its style.

    A selector limits it to one widget: what lies behind a dialog is dimmed, and not to be read.
    """
    screen = app.screen
    area = screen.query_one(selector).region if selector else screen.region
    for strip in screen._compositor.render_strips(screen.size)[area.y : area.bottom]:
        for text, style, _ in strip.crop(area.x, area.right):
            if set(text) - _DECORATION:
                yield text, style or Style()


def hard_to_read(app: App[object], least: float, selector: str = "") -> set[tuple[str, str, float]]:
    """Returns what is drawn with less contrast: the text, its colours, and the ratio."""
    found = set()
    for text, style in drawn(app, selector):
        ratio = contrast(*_colours(style))
        if ratio < least - 0.01:
            found.add((text.strip(), f"{style.color} on {style.bgcolor}", round(ratio, 2)))
    return found


def _colours(style: Style) -> tuple[Color, Color]:
    if style.color is None or style.bgcolor is None:
        raise AssertionError(f"a text has no colour or no ground: {style}")
    fore, back = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
    return (back, fore) if style.reverse else (fore, back)


def in_sixteen_colours(style: Style) -> bool:
    """Whether the style has only the colours of the terminal itself."""
    colours = (style.color, style.bgcolor)
    return all(c is None or c.downgrade(ColorSystem.STANDARD) == c for c in colours)
