"""How the test runner, its command and its environment are detected; one small folder each."""

import hashlib
import json
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from assistant.checks.discovery import NoTests, ProjectTests, Runner, find_tests
from assistant.checks.environments import find_environment

UNITTEST = "import unittest\n\n\nclass AddTest(unittest.TestCase):\n    pass\n"
PYTEST_ARGV = ("python", "-m", "pytest", "-q")


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def package(test: str = "", **dependencies: str) -> str:
    return json.dumps({"scripts": {"test": test}, "devDependencies": dependencies})


def make_environment(folder: Path, *modules: str) -> Path:
    """A folder that looks like a virtual environment with these modules."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text("")
    for module in modules:
        (folder / "lib" / "python3.11" / "site-packages" / module).mkdir(parents=True)
    return folder / "bin" / "python"


LAYOUTS = [
    ("a.py", {"pyproject.toml": "[tool.pytest.ini_options]\n"}, Runner.PYTEST, PYTEST_ARGV),
    ("a.py", {"pytest.ini": "[pytest]\n"}, Runner.PYTEST, PYTEST_ARGV),
    ("a.py", {"setup.cfg": "[tool:pytest]\n"}, Runner.PYTEST, PYTEST_ARGV),
    ("a.py", {"tox.ini": "[testenv]\ncommands = pytest\n"}, Runner.PYTEST, PYTEST_ARGV),
    ("a.py", {"noxfile.py": "session.run('pytest')\n"}, Runner.PYTEST, PYTEST_ARGV),
    ("a.py", {"tests/conftest.py": ""}, Runner.PYTEST, PYTEST_ARGV),
    ("a.py", {"tests/test_a.py": "def test_a():\n    pass\n"}, Runner.PYTEST, PYTEST_ARGV),
    (
        "a.py",
        {"pyproject.toml": "[dependency-groups]\ntest = ['pytest>=8']\n"},
        Runner.PYTEST,
        PYTEST_ARGV,
    ),
    (
        "a.py",
        {"test_a.py": UNITTEST},
        Runner.UNITTEST,
        ("python", "-m", "unittest"),
    ),
    ("a.ts", {"package.json": package("vitest", vitest="1")}, Runner.VITEST, ("vitest", "run")),
    ("a.js", {"package.json": package("jest --ci", jest="29")}, Runner.JEST, ("jest",)),
    ("a.js", {"package.json": package("nyc mocha", mocha="1")}, Runner.MOCHA, ("mocha",)),
    ("a.mjs", {"package.json": package("node --test")}, Runner.NODE, ("node", "--test")),
    (
        "a.js",
        {"package.json": package("tape x.js"), "pnpm-lock.yaml": ""},
        Runner.SCRIPT,
        ("pnpm", "test"),
    ),
    (
        "a.js",
        {"package.json": package("tape x.js"), "yarn.lock": ""},
        Runner.SCRIPT,
        ("yarn", "test"),
    ),
    (
        "a.js",
        {"package.json": package("tape x.js")},
        Runner.SCRIPT,
        ("npm", "test", "--silent"),
    ),
    ("a.rs", {"Cargo.toml": ""}, Runner.CARGO, ("cargo", "test", "--offline")),
    ("a.go", {"go.mod": ""}, Runner.GO, ("go", "test", "./...")),
    ("a.c", {"Makefile": "test:\n\techo\n"}, Runner.MAKE, ("make", "test")),
    ("a.py", {"Makefile": "test:\n\techo\n"}, Runner.MAKE, ("make", "test")),
]


@pytest.mark.parametrize(("path", "files", "runner", "argv"), LAYOUTS)
def test_the_runner_and_its_command_are_detected(tmp_path, path, files, runner, argv) -> None:
    found = find_tests(write(tmp_path, files), path)
    assert isinstance(found, ProjectTests)
    assert (found.runner, found.command.argv) == (runner, argv)
    assert (found.environment is None) == (not path.endswith(".py") or runner is Runner.MAKE)


@pytest.mark.parametrize(("path", "why"), [("a.py", ".py"), ("a.zig", "this kind of file")])
def test_nothing_found_has_a_reason(tmp_path, path, why) -> None:
    found = find_tests(tmp_path, path)
    assert isinstance(found, NoTests)
    assert why in found.reason


@pytest.mark.parametrize("installed", [True, False])
def test_a_pytest_that_is_only_named_gives_way_to_unittest(tmp_path, installed) -> None:
    write(tmp_path, {"tox.ini": "[testenv]\ndeps = pytest\n", "test_a.py": UNITTEST})
    make_environment(tmp_path / ".venv", *(["pytest"] if installed else []))
    found = find_tests(tmp_path, "a.py")
    assert found.runner is (Runner.PYTEST if installed else Runner.UNITTEST)


@pytest.mark.parametrize(
    ("runner", "path", "expected"),
    [
        (Runner.PYTEST, "src/a.py", (*PYTEST_ARGV, "tests/test_a.py")),
        (Runner.UNITTEST, "src/a.py", ("python", "-m", "unittest", "tests/test_a.py")),
        (Runner.VITEST, "src/a.ts", ("vitest", "related", "--run", "src/a.ts")),
        (Runner.JEST, "src/a.ts", ("jest", "--findRelatedTests", "src/a.ts")),
        (Runner.MOCHA, "src/a.ts", ("mocha", "tests/test_a.py")),
        (Runner.GO, "src/a.go", ("go", "test", "./src")),
        (Runner.CARGO, "src/a.rs", ("cargo", "test", "--offline")),
    ],
)
def test_the_command_runs_what_covers_a_change(tmp_path, runner, path, expected) -> None:
    files = next(files for _, files, kind, _ in LAYOUTS if kind is runner)
    suffix = next(path for path, _, kind, _ in LAYOUTS if kind is runner)
    found = find_tests(write(tmp_path, files), suffix)
    assert found.on(("tests/test_a.py",), (path,)).argv == expected


def hatch_mark(root: Path) -> str:
    return urlsafe_b64encode(hashlib.sha256(bytes(root)).digest()).decode()[:8]


@pytest.mark.parametrize("name", [".venv", "venv", "env"])
def test_an_environment_in_the_repository_is_used(tmp_path, name) -> None:
    write(tmp_path, {"pytest.ini": "[pytest]\n"})
    make_environment(tmp_path / name)
    found = find_tests(tmp_path, "a.py")
    assert found.why == f"pytest, from pytest.ini, with {name}/bin/python"
    assert found.command.argv == PYTEST_ARGV


def outside_environments(root: Path, home: Path) -> dict[str, tuple[Path, dict[str, str]]]:
    """By tool: where it keeps the environment of a project, and the files that show it."""
    mark = hatch_mark(root)
    poetry = home / ".cache/pypoetry/virtualenvs" / f"shop-{mark}-py3.11"
    hatch = home / ".local/share/hatch/env/virtual/shop" / mark.lower() / "hatch-test.py3.11"
    elsewhere = home / "elsewhere"
    return {
        "poetry": (poetry, {"pyproject.toml": "[tool.poetry]\nname = 'shop'\n"}),
        "hatch": (
            hatch,
            {
                "pyproject.toml": "[project]\nname = 'shop'\n"
                "[build-system]\nbuild-backend = 'hatchling.build'\n"
            },
        ),
        "pdm": (elsewhere, {".pdm-python": f"{elsewhere}/bin/python\n"}),
        "uv": (elsewhere, {}),
        "activated": (elsewhere, {}),
        "tox": (root / ".tox" / "py311", {}),
        "nox": (root / ".nox" / "tests", {}),
    }


VARIABLES = {"uv": "UV_PROJECT_ENVIRONMENT", "activated": "VIRTUAL_ENV"}


@pytest.mark.parametrize("tool", ["poetry", "hatch", "pdm", "uv", "activated", "tox", "nox"])
def test_environments_of_other_tools_are_found_on_disk(tmp_path, tool) -> None:
    root, home = tmp_path / "repo", tmp_path / "home"
    root.mkdir()
    folder, files = outside_environments(root, home)[tool]
    write(root, files)
    python = make_environment(folder, "pytest")
    environ = {"HOME": str(home)}
    environ |= {VARIABLES[tool]: str(folder)} if tool in VARIABLES else {}
    found = find_environment(root, environ)
    assert (found.python, found.is_fallback) == (python, False)
    assert found.has("pytest")
    assert not found.has("numpy")


def test_our_own_python_is_the_last_resort(tmp_path) -> None:
    found = find_environment(tmp_path, {"HOME": str(tmp_path), "VIRTUAL_ENV": sys.prefix})
    assert (found.python, found.is_fallback) == (Path(sys.executable), True)


def test_an_environment_elsewhere_is_part_of_the_command(tmp_path, monkeypatch) -> None:
    """Resolving `python` would not lead there."""
    python = make_environment(tmp_path / "elsewhere")
    root = tmp_path / "repo"
    write(root, {"pytest.ini": "[pytest]\n"})
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "elsewhere"))
    assert find_tests(root, "a.py").command.argv == (str(python), *PYTEST_ARGV[1:])
