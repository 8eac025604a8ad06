"""The one command that installs the program on another machine."""

import importlib.metadata
import io
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from assistant.engine.remote import install as module
from assistant.engine.remote.host import Host
from assistant.engine.remote.install import install, wheel
from assistant.errors import EngineError
from assistant.version import __version__
from tests.ssh_box import Box

PYTHON = """\
echo "python3 $*" >> "$HOME/log"
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "python $*" >> "$HOME/log"\\n' > "$3/bin/python"
printf '#!/bin/sh\\necho "assistant $*" >> "$HOME/log"\\n' > "$3/bin/assistant"
chmod +x "$3/bin/python" "$3/bin/assistant"
"""


def test_pip_installs_the_wheel_and_the_program_starts(tmp_path: Path) -> None:
    file = tmp_path / f"assistant_ide-{__version__}-py3-none-any.whl"
    file.write_bytes(wheel())
    venv.create(tmp_path / "clean", with_pip=False, symlinks=True)
    python = tmp_path / "clean" / "bin" / "python"
    command = ["-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    done = subprocess.run([sys.executable, *command, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (python.parent / "assistant").is_file()
    code = (
        "from assistant.version import __version__; from assistant.resources import themes_dir;"
        "import importlib.metadata as m; print(__version__, m.version('assistant-ide'),"
        "len(m.requires('assistant-ide')), sorted(p.name for p in themes_dir().iterdir()))"
    )
    found = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True)
    assert found.stdout.startswith(f"{__version__} {__version__} "), found.stderr
    assert "assistant-dark.toml" in found.stdout


def test_the_wheel_has_the_package_and_nothing_compiled() -> None:
    names = zipfile.ZipFile(io.BytesIO(wheel())).namelist()
    assert "assistant/engine/worker.py" in names
    assert len(names) == len(set(names))
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_it_is_sent_whole_and_pip_runs_there(box: Box, capfd: pytest.CaptureFixture[str]) -> None:
    box.has_program("python3", PYTHON)
    install(Host.parse("box"))
    folder = box.home / ".local/share/assistant-worker"
    name = f"assistant_ide-{__version__}-py3-none-any.whl"
    sent = zipfile.ZipFile(folder / name)
    assert sent.testzip() is None
    made, first, again, version = (box.home / "log").read_text().splitlines()
    assert made == f"python3 -m venv {folder}"
    assert first.endswith(f"-m pip install --disable-pip-version-check {folder}/{name}")
    assert again.endswith(f"--no-deps --force-reinstall {folder}/{name}")
    assert version == "assistant --version"


def test_a_failure_there_is_an_error(box: Box, capfd: pytest.CaptureFixture[str]) -> None:
    box.has_program("python3", "echo 'ensurepip is not available' >&2; exit 1")
    with pytest.raises(EngineError, match="Installing on box failed with code 1") as caught:
        install(Host.parse("box"))
    assert "Python 3.11" in caught.value.hint
    assert "ensurepip is not available" in capfd.readouterr().err


@pytest.mark.parametrize("version", ["", "0.0.1"])
def test_without_its_metadata_it_cannot_be_sent(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other:
        def __init__(self, name: str) -> None:
            if not version:
                raise importlib.metadata.PackageNotFoundError(name)
            self.version = version

        def read_text(self, name: str) -> str:
            return name

    monkeypatch.setattr(module.importlib.metadata, "distribution", Other)
    with pytest.raises(EngineError, match="runs from source") as caught:
        wheel()
    assert "pip install ." in caught.value.hint
