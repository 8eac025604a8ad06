"""Reads a repository's configuration files. Missing, invalid or oversized files count as empty."""

import configparser
import tomllib
from pathlib import Path

_MAX_BYTES = 1 << 20
"""Largest configuration file that is read, in bytes."""


def config_text(path: Path) -> str:
    """The text of a configuration file; empty when it is missing, too large or unreadable."""
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def toml_tool(path: Path) -> frozenset[str]:
    """Names of the tools that a pyproject.toml configures; empty when it is invalid."""
    try:
        tools = tomllib.loads(config_text(path)).get("tool", {})
    except tomllib.TOMLDecodeError:
        return frozenset()
    return frozenset(tools) if isinstance(tools, dict) else frozenset()


def ini_section(path: Path, section: str) -> bool:
    """True when an INI file has the section; false when it is invalid."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(config_text(path))
    except configparser.Error:
        return False
    return parser.has_section(section)
