"""The wheel: its data files are found after installation, without any dependency."""

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
    """The interpreter of an environment with only the wheel installed."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False, system_site_packages=False, symlinks=True)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    result = subprocess.run([sys.executable, *install, str(wheel)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return python


def run_code(python: Path, code: str) -> list[str]:
    """Lines that an isolated interpreter prints when it runs the code."""
    command = [str(python), "-I", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, cwd=python.parent)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def file_names(folder: Path) -> set[str]:
    """Relative paths of the files below a folder, without caches."""
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
    expected = file_names(getattr(resources, function)())
    assert expected
    assert not example or example in expected
    code = (
        f"from assistant.resources import {function}\n"
        f"folder = {function}()\n"
        "for path in folder.rglob('*'):\n"
        "    if path.is_file() and '__pycache__' not in path.parts:\n"
        "        print(path.relative_to(folder).as_posix())"
    )
    assert set(run_code(python, code)) - {".gitkeep"} == expected


def test_the_installed_version_matches_the_module(python):
    code = "import importlib.metadata as m; print(m.version('assistant-ide'))"
    assert run_code(python, code) == [__version__]


def test_the_console_script_is_installed(python):
    assert (python.parent / "assistant").is_file()


def test_the_wheel_contains_the_licence_and_no_tests(wheel):
    members = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("licenses/LICENSE") for name in members)
    assert not [name for name in members if name.startswith("tests/")]
