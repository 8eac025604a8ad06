"""The languages of files, by their names."""

_LANGUAGES = {
    "bash": "bash", "c": "c", "cc": "cpp", "cfg": "ini", "cpp": "cpp", "cs": "csharp",
    "css": "css", "cxx": "cpp", "go": "go", "h": "c", "hpp": "cpp", "html": "html", "ini": "ini",
    "java": "java", "js": "javascript", "json": "json", "jsx": "jsx", "kt": "kotlin",
    "lua": "lua", "md": "markdown", "mjs": "javascript", "php": "php", "py": "python",
    "pyi": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "sql": "sql", "swift": "swift",
    "toml": "toml", "ts": "typescript", "tsx": "tsx", "xml": "xml", "yaml": "yaml", "yml": "yaml",
}  # fmt: skip


_NO_CODE = ("", "ini", "json", "markdown", "toml", "xml", "yaml")


def language_of(path: str) -> str:
    """The language's name as it is written after a fence; empty when it is not known."""
    name = path.rpartition("/")[2].lower()
    if name in ("makefile", "dockerfile"):
        return name
    return _LANGUAGES.get(name.rpartition(".")[2] if "." in name else "", "")


def is_code(path: str) -> bool:
    """Whether a file is code, not text, data or configuration, by its name."""
    return language_of(path) not in _NO_CODE
