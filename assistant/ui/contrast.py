"""Lightness, hue and contrast of colours: what decides whether a text can be read on its ground.

Colours are moved in OKLCH, where a step of lightness looks the same for every hue (Björn Ottosson,
"A perceptual color space for image processing", 2020). Contrast is that of WCAG 2.2. Colours of the
terminal's own palette have no known value; they are never changed and their contrast is not known.
"""

import math
from functools import lru_cache

from textual.color import Color

READABLE = 4.5
"""Least contrast of text at level AA."""
_STEPS = 18
"""Halvings of the lightness: finer than one of 256 levels."""


def contrast(one: Color, other: Color) -> float:
    """Returns the contrast ratio of two colours, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=4096)
def readable(colour: Color, ground: Color, least: float) -> Color:
    """Returns the colour, made lighter or darker if its contrast is less than `least`."""
    if colour.ansi is not None or ground.ansi is not None or contrast(colour, ground) >= least:
        return colour
    return with_contrast(colour, ground, least)


def with_contrast(colour: Color, ground: Color, ratio: float) -> Color:
    """Returns the colour in the lightness that has at least this contrast to the ground.

    White or black if no lightness of the hue has it.
    """
    _, chroma, hue = oklch(colour)
    end = 1.0 if _luminance(ground) < 0.18 else 0.0
    near, far = oklch(ground)[0], end
    for _ in range(_STEPS):
        middle = (near + far) / 2
        if contrast(from_oklch(middle, chroma, hue), ground) >= ratio:
            far = middle
        else:
            near = middle
    found = from_oklch(far, chroma, hue)
    return found if contrast(found, ground) >= ratio else from_oklch(end, 0.0, 0.0)


def oklch(colour: Color) -> tuple[float, float, float]:
    """Returns lightness (0 to 1), chroma (0 to about 0.3) and hue (radians)."""
    red, green, blue = (_linear(part / 255) for part in colour.rgb)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def from_oklch(lightness: float, chroma: float, hue: float) -> Color:
    """Returns the colour, with less chroma if a screen cannot show that much."""
    lightness = min(max(lightness, 0.0), 1.0)
    parts = _rgb(lightness, chroma, hue)
    while chroma > 0 and not all(-0.0005 <= part <= 1.0005 for part in parts):
        chroma = chroma - 0.004 if chroma > 0.004 else 0.0
        parts = _rgb(lightness, chroma, hue)
    red, green, blue = (round(255 * _encoded(min(max(part, 0.0), 1.0))) for part in parts)
    return Color(red, green, blue)


def _rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _luminance(colour: Color) -> float:
    red, green, blue = (_linear(part / 255) for part in colour.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
