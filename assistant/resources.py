"""Owns where the data files that ship with the program lie: themes, prompt templates, the sample.

Only the standard library is imported, so that an installed wheel can be asked without its
dependencies. Reads nothing: callers open what they are pointed to.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def themes_dir() -> Path:
    """Folder of the theme files: inside the wheel, or at the top of a source checkout."""
    shipped = _PACKAGE / "themes"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "themes"


def templates_dir() -> Path:
    """Folder of the prompt templates."""
    return _PACKAGE / "prompt" / "templates"


def sample_dir() -> Path:
    """Folder of the sample project that `assistant demo` copies and repairs."""
    return _PACKAGE / "headless" / "sample"
