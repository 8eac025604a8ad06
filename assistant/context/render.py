"""Renders a file for a prompt."""

import re

from assistant.context.bundle import ContextFile
from assistant.sanitize import sanitize_line

_FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")

_LANGUAGES = {
    "bash": "bash", "c": "c", "cc": "cpp", "cfg": "ini", "cpp": "cpp", "cs": "csharp",
    "css": "css", "cxx": "cpp", "go": "go", "h": "c", "hpp": "cpp", "html": "html", "ini": "ini",
    "java": "java", "js": "javascript", "json": "json", "jsx": "jsx", "kt": "kotlin",
    "lua": "lua", "md": "markdown", "mjs": "javascript", "php": "php", "py": "python",
    "pyi": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "sql": "sql", "swift": "swift",
    "toml": "toml", "ts": "typescript", "tsx": "tsx", "xml": "xml", "yaml": "yaml", "yml": "yaml",
}  # fmt: skip


def render_file(file: ContextFile) -> str:
    """The path on a line of its own, then the text in a code fence, without a final newline."""
    text = shown(file.text)
    end = "" if text.endswith("\n") or not text else "\n"
    fence = fence_for(text)
    return f"{sanitize_line(file.path)}\n{fence}{language_of(file.path)}\n{text}{end}{fence}"


def shown(text: str) -> str:
    """Text as the model reads it: LF line ends, no byte order mark, no undecodable bytes."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", plain)


def fence_for(text: str) -> str:
    """A fence longer than any fence in the text."""
    longest = max((len(match[1]) for match in _FENCE.finditer(text)), default=2)
    return "`" * (longest + 1)


def language_of(path: str) -> str:
    """Language tag for the code fence; empty if the language is unknown."""
    name = path.rpartition("/")[2].lower()
    if name in ("makefile", "dockerfile"):
        return name
    return _LANGUAGES.get(name.rpartition(".")[2] if "." in name else "", "")
