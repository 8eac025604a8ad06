"""Helpers for the grammars of constraints."""


def quoted(text: str) -> str:
    """A text as a string of a Lark grammar."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
