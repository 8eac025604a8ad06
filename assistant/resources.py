"""Locates the data files in the distribution: themes, prompt templates and the sample project.

Imports only the standard library, so it works in an installed wheel without its dependencies.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def themes_dir() -> Path:
    """Folder with the theme files: in the wheel, or at the root of a source checkout."""
    shipped = _PACKAGE / "themes"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "themes"


def templates_dir() -> Path:
    """Folder with the prompt templates."""
    return _PACKAGE / "prompt" / "templates"


def sample_dir() -> Path:
    """Folder with the sample project that `assistant demo` copies and repairs."""
    return _PACKAGE / "headless" / "sample"
