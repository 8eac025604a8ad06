"""Derives all colours of a theme from its few base colours.

Grounds are the background a little lighter (or darker, in a light theme) with the hue of what they
mean. Text keeps its hue and gets the lightness that it needs to be read on the plain grounds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual.color import Color

from assistant.ui.contrast import READABLE, from_oklch, oklch, readable, with_contrast

BASE = ("background", "foreground", "primary", "accent", "success", "warning", "error", "info")
"""The colours that a theme is made from."""
OPTIONAL = ("secondary", "surface", "panel", "string", "number")
"""Colours that a theme may also set."""
LEAST_CONTRAST = "least-contrast"
"""Name of the variable with the least contrast of text on its ground."""
MARKED = ("cursor", "hunk-current", "added-word", "removed-word", "block-cursor")
"""Grounds that a theme can also mark with attributes, as `<name>-text-style`."""
MARK_COLOURS = {"added-word": "added-sign", "removed-word": "removed-sign"}
"""Colours of text on grounds that are marked with attributes; others have the foreground."""
_SYNTAX = {
    "syntax-keyword": "accent",
    "syntax-name": "foreground",
    "syntax-function": "primary",
    "syntax-class": "info",
    "syntax-builtin": "info",
    "syntax-string": "string",
    "syntax-number": "number",
    "syntax-constant": "number",
    "syntax-comment": "faint",
    "syntax-operator": "muted",
    "syntax-decorator": "warning",
    "syntax-heading": "primary",
}
_STATES = {
    "unsure": "warning",
    "added-sign": "success",
    "removed-sign": "error",
    "git-changed": "warning",
    "git-staged": "success",
    "git-untracked": "primary",
    "git-conflict": "error",
}
"""Variables that are one of the base colours."""
_UNUSED = {"ansi-background": "transparent", "ansi-foreground": "transparent"}
"""Variables that Textual reads in themes of the terminal's colours only."""


@dataclass(frozen=True, slots=True)
class _Steps:
    """Distances in lightness from the background, and chroma, of the grounds."""

    surface: float
    panel: float
    line: float
    cursor: tuple[float, float]
    hunk: float
    tint: tuple[float, float]
    """Of an added or a removed line."""
    word: tuple[float, float]
    """Of the words in it that changed."""


_DARK = _Steps(0.028, 0.075, 0.11, (0.12, 0.05), 0.045, (0.06, 0.04), (0.17, 0.075))
_LIGHT = _Steps(-0.03, -0.07, -0.11, (-0.075, 0.035), -0.03, (-0.05, 0.05), (-0.125, 0.095))
_DARKEST = 0.19
"""Lightness from which dark grounds are measured: steps nearer to black can hardly be seen."""


def derive(base: Mapping[str, str], *, dark: bool, least: float) -> dict[str, str]:
    """Returns all variables of a theme, and its base colours under the names of BASE and OPTIONAL.

    Text has at least the contrast `least` on the plain grounds; painting sees to the others.
    """
    colours = {name: Color.parse(value) for name, value in base.items()}
    if colours["background"].ansi is not None:
        return _of_the_terminal(base)
    ground = _Grounds(colours, _DARK if dark else _LIGHT, least)
    plain = (ground.background, ground.surface, ground.hunk, ground.blurred, ground.panel)

    def text(colour: Color) -> Color:
        return _on_all(colour, plain, least)

    fore = text(colours["foreground"])
    muted = text(with_contrast(fore, ground.background, least * 1.5))
    faint = text(with_contrast(fore, ground.background, least * 1.08))
    roles = {name: text(colours[name]) for name in BASE[2:]}
    extra = {
        "secondary": text(colours.get("secondary", muted)),
        "string": text(colours.get("string", roles["success"])),
        "number": text(colours.get("number", roles["warning"].blend(roles["error"], 0.5))),
    }
    named = {"foreground": fore, "muted": muted, "faint": faint, **roles, **extra}
    found = {**named, **ground.named(roles), **_chrome(named, ground)}
    found |= {name: named[role] for name, role in (_SYNTAX | _STATES).items()}
    hexes = {name: colour.hex6.lower() for name, colour in found.items()}
    return {**hexes, **_marks("none"), **_UNUSED, LEAST_CONTRAST: str(least)}


class _Grounds:
    """The colours behind text."""

    def __init__(self, colours: Mapping[str, Color], steps: _Steps, least: float) -> None:
        self._steps = steps
        self.background = colours["background"]
        self._primary = colours["primary"]
        self.surface = colours.get("surface", self._step(steps.surface))
        self.panel = colours.get("panel", self._step(steps.panel))
        self.blurred = self._step(steps.panel * 0.8)
        self.hunk = self._step(steps.hunk)
        line = steps.line * (least / READABLE) ** 2
        self.line = self._step(line)
        self.border = self._step(line * 1.6)
        self.cursor = self._tinted(self._primary, steps.cursor)

    def _step(self, by: float) -> Color:
        _, chroma, hue = oklch(self.background)
        return from_oklch(self._start(by) + by, chroma, hue)

    def _start(self, by: float) -> float:
        lightness = oklch(self.background)[0]
        return max(lightness, _DARKEST) if by > 0 else lightness

    def _tinted(self, colour: Color, step: tuple[float, float]) -> Color:
        """The background, a step away and in the hue of the colour."""
        by, chroma = step
        return from_oklch(self._start(by) + by, chroma, oklch(colour)[2])

    def named(self, roles: Mapping[str, Color]) -> dict[str, Color]:
        steps, added, removed = self._steps, roles["success"], roles["error"]
        return {
            "background": self.background,
            "surface": self.surface,
            "panel": self.panel,
            "line": self.line,
            "cursor": self.cursor,
            "cursor-blurred": self.blurred,
            "hunk": self.hunk,
            "hunk-current": self.cursor,
            "added": self._tinted(added, steps.tint),
            "added-word": self._tinted(added, steps.word),
            "removed": self._tinted(removed, steps.tint),
            "removed-word": self._tinted(removed, steps.word),
            "selection": self._tinted(self._primary, steps.word),
        }


def _on_all(colour: Color, grounds: Iterable[Color], least: float) -> Color:
    for ground in grounds:
        colour = readable(colour, ground, least)
    return colour


def _chrome(named: Mapping[str, Color], ground: _Grounds) -> dict[str, Color]:
    """The variables of Textual's own widgets."""
    fore, primary, muted = named["foreground"], named["primary"], named["muted"]
    background = ground.background
    widgets = {
        "border": ground.border,
        "border-blurred": ground.line,
        "block-cursor-background": ground.cursor,
        "block-cursor-foreground": fore,
        "block-cursor-blurred-background": ground.blurred,
        "block-cursor-blurred-foreground": fore,
        "block-hover-background": ground.blurred,
        "input-cursor-background": fore,
        "input-cursor-foreground": background,
        "input-selection-background": ground.named(named)["selection"],
        "footer-foreground": muted,
        "footer-key-foreground": primary,
        "footer-description-foreground": muted,
        "scrollbar": ground.border,
        "scrollbar-hover": muted,
        "scrollbar-active": primary,
    }
    grounds = (
        "footer-background",
        "footer-key-background",
        "footer-item-background",
        "footer-description-background",
        "scrollbar-background",
        "scrollbar-background-hover",
        "scrollbar-background-active",
        "scrollbar-corner-color",
    )
    return {**widgets, **dict.fromkeys(grounds, background)}


def _marks(attributes: str) -> dict[str, str]:
    return {f"{name}-text-style": attributes for name in MARKED}


def _of_the_terminal(base: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables of a theme in the terminal's own colours, which cannot be mixed.

    There is one ground. What stands out is drawn in reverse, which needs no colour.
    """
    named = dict(base)
    for name in ("muted", "faint", "secondary"):
        named.setdefault(name, base["foreground"])
    named.setdefault("string", base["success"])
    named.setdefault("number", base["warning"])
    back, fore = base["background"], base["foreground"]
    plain = (
        "surface", "panel", "cursor", "cursor-blurred", "hunk", "hunk-current", "added",
        "added-word", "removed", "removed-word", "footer-background", "footer-key-background",
        "footer-item-background", "footer-description-background", "scrollbar-background",
        "scrollbar-background-hover", "scrollbar-background-active", "scrollbar-corner-color",
        "block-cursor-background", "block-cursor-blurred-background", "block-hover-background",
    )  # fmt: skip
    text = (
        "input-cursor-foreground", "block-cursor-foreground", "block-cursor-blurred-foreground",
        "footer-foreground", "footer-description-foreground", "line", "border-blurred",
        "input-cursor-background", "scrollbar",
    )  # fmt: skip
    others = {
        "selection": base["info"],
        "input-selection-background": base["info"],
        "border": base["primary"],
        "footer-key-foreground": base["primary"],
        "scrollbar-hover": base["primary"],
        "scrollbar-active": base["primary"],
    }
    return {
        **named,
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        **dict.fromkeys(plain, back),
        **dict.fromkeys(text, fore),
        **{name: named[role] for name, role in (_SYNTAX | _STATES).items()},
        **others,
        **_marks("reverse"),
        LEAST_CONTRAST: str(READABLE),
    }
