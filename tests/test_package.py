"""The wheel: what it holds is found after it was installed, without any dependency."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from assistant import resources
from assistant.version import __version__

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target)]
    result = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a clean environment that has the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False, system_site_packages=False, symlinks=True)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    result = subprocess.run([sys.executable, *install, str(wheel)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return python


def ask(python: Path, code: str) -> list[str]:
    """What an isolated interpreter prints, in lines."""
    command = [str(python), "-I", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, cwd=python.parent)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def names(folder: Path) -> set[str]:
    """The files below a folder, caches left out."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".gitkeep"} & set(path.parts)
    }


@pytest.mark.parametrize(
    ("function", "example"),
    [
        ("themes_dir", "assistant-dark.toml"),
        ("templates_dir", ""),
        ("sample_dir", "bookshelf/paging.py"),
    ],
)
def test_the_data_files_are_found_in_the_installed_wheel(python, function, example):
    expected = names(getattr(resources, function)())
    assert expected
    assert not example or example in expected
    code = (
        f"from assistant.resources import {function}\n"
        f"folder = {function}()\n"
        "for path in folder.rglob('*'):\n"
        "    if path.is_file() and '__pycache__' not in path.parts:\n"
        "        print(path.relative_to(folder).as_posix())"
    )
    assert set(ask(python, code)) - {".gitkeep"} == expected


def test_the_version_has_one_home(python):
    code = "import importlib.metadata as m; print(m.version('assistant-ide'))"
    assert ask(python, code) == [__version__]


def test_the_console_script_is_there(python):
    assert (python.parent / "assistant").is_file()


def test_the_wheel_holds_the_licence_and_no_tests(wheel):
    held = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("licenses/LICENSE") for name in held)
    assert not [name for name in held if name.startswith("tests/")]
