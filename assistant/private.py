"""Files of the state folder that only the user may read: their names, and how they are written."""

import hashlib
import os
import tempfile
from pathlib import Path


def name_of(root: Path) -> str:
    """A name for what is kept about a working tree: 32 hex digits, from its resolved path."""
    return hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]


def write_private(file: Path, data: bytes) -> None:
    """Writes a file atomically, with mode 0600 in a folder with mode 0700. Raises OSError."""
    folder = file.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    handle, temporary = tempfile.mkstemp(dir=folder)  # with mode 0600
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
        Path(temporary).replace(file)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
