"""Owns reading a repository's small configuration files, which may be absent, damaged or hostile.

Refuses to fail: what cannot be read says nothing.
"""

import configparser
import tomllib
from pathlib import Path

_SOME_FILE = 1 << 20
"""Bytes of a configuration file beyond which it is not read."""


def config_text(path: Path) -> str:
    """Text of a small configuration file; empty when it is absent, large or unreadable."""
    try:
        if not path.is_file() or path.stat().st_size > _SOME_FILE:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def toml_tool(path: Path) -> frozenset[str]:
    """Names of the tools that a pyproject.toml configures; none when it is damaged."""
    try:
        tools = tomllib.loads(config_text(path)).get("tool", {})
    except tomllib.TOMLDecodeError:
        return frozenset()
    return frozenset(tools) if isinstance(tools, dict) else frozenset()


def ini_section(path: Path, section: str) -> bool:
    """True when an INI file has the section; false when it is damaged."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(config_text(path))
    except configparser.Error:
        return False
    return parser.has_section(section)
