"""Reads a repository's configuration files. Missing, invalid or oversized files count as empty."""

import configparser
import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

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
    return frozenset(_tools(path))


def toml_section(path: Path, tool: str) -> Mapping[str, Any]:
    """What a pyproject.toml says to a tool; empty when it says nothing."""
    found = _tools(path).get(tool)
    return found if isinstance(found, dict) else {}


def ini_section(path: Path, section: str) -> bool:
    """True when an INI file has the section; false when it is invalid."""
    return _sections(path).has_section(section)


def ini_values(path: Path, section: str) -> Mapping[str, str]:
    """The values of a section of an INI file; empty when it is missing or invalid."""
    sections = _sections(path)
    return dict(sections.items(section)) if sections.has_section(section) else {}


def _tools(path: Path) -> Mapping[str, Any]:
    try:
        tools = tomllib.loads(config_text(path)).get("tool", {})
    except tomllib.TOMLDecodeError:
        return {}
    return tools if isinstance(tools, dict) else {}


def _sections(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(config_text(path))
    except configparser.Error:
        return configparser.ConfigParser()
    return parser


def suggestion_digest(root: Path, source: str, words: Collection[str]) -> str:
    """A hash of what a file says about the command that it suggests, of which these are the words.

    Of package.json these are the scripts, of pyproject.toml the tables of the tools that the
    command runs, and of other configuration the whole file. Empty for code, which changes all the
    time, and without a file.
    """
    if not source or source.endswith(".py"):
        return ""
    text = config_text(root / source)
    try:
        if source == "package.json":
            text = json.dumps(json.loads(text).get("scripts"), sort_keys=True)
        elif source == "pyproject.toml":
            tools = tomllib.loads(text).get("tool", {})
            text = repr([(name, tools[name]) for name in sorted(tools) if name in words])
    except (ValueError, AttributeError, TypeError, RecursionError):
        pass  # a damaged file has changed in any case
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
