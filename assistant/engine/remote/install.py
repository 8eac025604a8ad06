"""Installs this very program on another machine: sends it as a wheel, and has pip install it there.

The dependencies come from where pip looks for them on that machine; the weights are pulled there.
"""

import base64
import hashlib
import importlib.metadata
import io
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from assistant import resources
from assistant.engine.remote.host import FOLDER, Host, ssh_command
from assistant.errors import EngineError
from assistant.version import __version__

_NAME = "assistant_ide"
_INFO = f"{_NAME}-{__version__}.dist-info"
_FILE = f"{_NAME}-{__version__}-py3-none-any.whl"
_WHEEL = "Wheel-Version: 1.0\nGenerator: assistant\nRoot-Is-Purelib: true\nTag: py3-none-any\n"

_PIP = f'"{FOLDER}/bin/python" -m pip install --disable-pip-version-check'
_SCRIPT = (
    f'set -e; python3 -m venv "{FOLDER}"; cat > "{FOLDER}/{_FILE}"; '
    f'{_PIP} "{FOLDER}/{_FILE}"; '
    # The same version may have been another state of the source.
    f'{_PIP} --quiet --no-deps --force-reinstall "{FOLDER}/{_FILE}"; '
    f'"{FOLDER}/bin/assistant" --version'
)


def install(host: Host) -> None:
    """Installs the program on the host; pip's output goes to the terminal. Raises EngineError."""
    command = ssh_command(host, _SCRIPT)
    done = subprocess.run(command, input=wheel())
    if done.returncode:
        raise EngineError(
            f"Installing on {host.name} failed with code {done.returncode}.",
            hint="The reason is above. Python 3.11 or newer with venv and pip is needed there.",
        )


def wheel() -> bytes:
    """This program as a wheel. Raises EngineError where its metadata is missing."""
    files = dict(_files())
    rows = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items()]
    files[f"{_INFO}/RECORD"] = "".join([*rows, f"{_INFO}/RECORD,,\n"]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    package = Path(resources.__file__).resolve().parent
    for path in _below(package):
        yield f"assistant/{path.relative_to(package).as_posix()}", path.read_bytes()
    themes = resources.themes_dir()
    if not themes.is_relative_to(package):  # a source checkout has them beside the package
        for path in _below(themes):
            yield f"assistant/themes/{path.relative_to(themes).as_posix()}", path.read_bytes()
    metadata, entries = _metadata()
    yield f"{_INFO}/METADATA", metadata.encode()
    yield f"{_INFO}/WHEEL", _WHEEL.encode()
    yield f"{_INFO}/entry_points.txt", entries.encode()


def _below(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)


def _metadata() -> tuple[str, str]:
    """The texts of METADATA and entry_points.txt of the installed distribution."""
    try:
        distribution = importlib.metadata.distribution(_NAME)
        texts = distribution.read_text("METADATA"), distribution.read_text("entry_points.txt")
        found = distribution.version
    except importlib.metadata.PackageNotFoundError:
        texts, found = (None, None), ""
    if not texts[0] or not texts[1] or found != __version__:
        raise EngineError(
            f"This program runs from source as version {__version__}, and is installed as "
            f"{found or 'nothing'}: what it depends on is not known.",
            hint="Run `pip install .` in the source, then try again.",
        )
    return texts[0], texts[1]


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
