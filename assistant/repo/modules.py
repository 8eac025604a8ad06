"""Names Python modules by the paths of their files."""

from collections.abc import Collection
from pathlib import PurePosixPath


def module_name(path: str, files: Collection[str]) -> str:
    """The dotted name under which a Python file is imported: from the outermost package on.

    A folder without `__init__.py` counts as a package if it is not the usual folder of sources.
    """
    pure = PurePosixPath(path)
    parts = list(pure.with_suffix("").parts)
    first = len(parts) - 1
    while first > 0 and "/".join((*parts[:first], "__init__.py")) in files:
        first -= 1
    if first == len(parts) - 1:  # not in a package
        first = 1 if parts[0] in ("src", "lib", "python") and len(parts) > 1 else 0
    names = parts[first:]
    return ".".join(names[:-1] if names[-1] == "__init__" and len(names) > 1 else names)
