"""Which type checkers and linters a repository uses, on which files, and what they say there."""

import stat
import sys
from pathlib import Path

import pytest

from assistant.checks.linting import run_tool
from assistant.checks.runner import CheckRunner
from assistant.checks.sandbox import detect, isolates
from assistant.checks.scopes import mypy_checks, pyright_checks
from assistant.checks.tools import ConfiguredTool, find_tools
from tests.checks.running import Flag

FAKES = ("mypy", "pyright", "tsc", "cargo", "go", "ruff", "flake8", "eslint")
in_sandbox = pytest.mark.skipif(not isolates(detect()), reason="no full sandbox on this machine")


def fake(folder: Path, name: str, text: str = "") -> None:
    """Puts a program into a folder: a shell script."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH with programs of ours, empty."""
    folder = tmp_path / "programs" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def named(root: Path) -> dict[str, ConfiguredTool]:
    return {each.name: each for each in find_tools(root)}


@pytest.mark.parametrize(
    ("name", "text", "tools"),
    [
        ("mypy.ini", "[mypy]\n", ["mypy"]),
        ("setup.cfg", "[mypy]\n[flake8]\n", ["mypy", "flake8"]),
        ("pyproject.toml", "[tool.mypy]\n[tool.ruff]\n", ["mypy", "ruff"]),
        ("pyproject.toml", "[tool.pyright]\n", ["pyright"]),
        ("pyrightconfig.json", "{}", ["pyright"]),
        ("tsconfig.json", "{}", ["tsc"]),
        ("eslint.config.js", "", ["eslint"]),
        ("Cargo.toml", "", ["cargo"]),
        ("go.mod", "", ["go"]),
        ("pyproject.toml", "[tool.other]\n", []),
        ("pyproject.toml", "[tool.mypy", []),
    ],
)
def test_what_is_configured_and_installed_is_found(repo, programs, name, text, tools) -> None:
    (repo / name).write_text(text)
    # Where ruff is not on PATH, that of the running interpreter does.
    assert [each.name for each in find_tools(repo) if each.name != "ruff"] == []
    for each in FAKES:
        fake(programs, each)
    found = named(repo)
    assert list(found) == tools
    assert all(each.source == name for each in found.values())


def test_a_tool_of_an_environment_elsewhere_is_named_by_its_path(
    repo, programs, tmp_path, monkeypatch
) -> None:
    environment = tmp_path / "environment"
    for name in ("python", "mypy"):
        fake(environment / "bin", name)
    monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    (repo / "pyproject.toml").write_text("[tool.mypy]\n[tool.pyright]\n")
    fake(programs, "pyright")
    fake(programs, "mypy")
    found = named(repo)
    assert found["mypy"].on(["a.py"]).argv[0] == str(environment / "bin" / "mypy")
    python = str(environment / "bin" / "python")
    assert found["pyright"].on(["a.py"]).argv == (
        *("pyright", "--pythonpath", python, "--outputjson", "a.py"),
    ), "a tool from elsewhere is told where the packages of the project are"


def test_files_are_passed_as_each_tool_wants_them(repo, programs) -> None:
    for name in ("Cargo.toml", "go.mod", "tsconfig.json", "eslint.config.js"):
        (repo / name).write_text("{}")
    for each in FAKES:
        fake(programs, each)
    found = named(repo)
    paths = ("a.go", "pkg/b.go", "pkg/c.go", "x.rs", "y.ts", "-z.js", "w.py")
    files = {name: tool.files(paths) for name, tool in found.items()}
    assert files["go"] == ("a.go", "pkg/b.go", "pkg/c.go")
    assert found["go"].on(files["go"]).argv[-3:] == ("vet", ".", "./pkg")
    assert files["eslint"] == ("y.ts", "-z.js")
    assert found["eslint"].on(files["eslint"]).argv[-2:] == ("y.ts", "./-z.js")
    assert files["tsc"] == ("y.ts",)
    assert "y.ts" not in found["tsc"].on(files["tsc"]).argv
    assert files["cargo"] == ("x.rs",)


@pytest.mark.parametrize(
    ("name", "text", "checked"),
    [
        ("mypy.ini", "[mypy]\n", {"src/a.py": True, "tests/b.py": True}),
        ("mypy.ini", "[mypy]\nfiles = src, tools/*.py\n",
         {"src/a.py": True, "tests/b.py": False, "tools/c.py": True}),
        ("setup.cfg", "[mypy]\nexclude = ^tests/\n", {"src/a.py": True, "tests/b.py": False}),
        ("pyproject.toml", '[tool.mypy]\nfiles = ["./src"]\nexclude = ["gen", "("]\n',
         {"src/a.py": True, "tests/b.py": False, "src/gen/x.py": False}),
        ("pyproject.toml", '[tool.mypy]\npackages = ["shop.core"]\n',
         {"src/shop/core/a.py": True, "shop/other.py": False}),
        ("pyproject.toml", '[tool.mypy]\nmodules = ["shop"]\n',
         {"src/shop.py": True, "workshop.py": False}),
        ("pyproject.toml", "[tool.mypy]\nfiles = 3\n", {"src/a.py": True}),
    ],
)  # fmt: skip
def test_mypy_is_asked_only_about_the_files_that_it_is_configured_for(
    tmp_path, name, text, checked
) -> None:
    (tmp_path / name).write_text(text)
    assert {path: mypy_checks(tmp_path, path) for path in checked} == checked


@pytest.mark.parametrize(
    ("name", "text", "checked"),
    [
        ("pyrightconfig.json", "{}", {"a.py": True}),
        ("pyrightconfig.json", "{} // a comment", {"a.py": True}),
        ("pyrightconfig.json", '{"include": ["src"], "ignore": ["src/x.py"]}',
         {"src/a.py": True, "tests/b.py": False, "src/x.py": False}),
        ("pyproject.toml", '[tool.pyright]\nexclude = ["**/gen"]\n',
         {"a.py": True, "src/gen/b.py": False}),
    ],
)  # fmt: skip
def test_pyright_is_asked_only_about_the_files_that_it_is_configured_for(
    tmp_path, name, text, checked
) -> None:
    (tmp_path / name).write_text(text)
    assert {path: pyright_checks(tmp_path, path) for path in checked} == checked


@pytest.fixture
def real(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a type checker and a linter that are installed."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    (repo / "pyproject.toml").write_text(
        '[tool.mypy]\nstrict = true\npretty = true\n[tool.ruff.lint]\nselect = ["F", "E"]\n'
    )
    (repo / "shop.py").write_text("import os\n\n\ndef price(count: int) -> int:\n    return 1\n")
    return repo


@in_sandbox
def test_real_tools_complain_with_code_and_text(real: Path) -> None:
    runner = CheckRunner(real)
    overlay = {"shop.py": b"import os\n\n\ndef price(count: int) -> int:\n    return 'x'\n"}
    found = {
        name: run_tool(runner, tool, ("shop.py",), overlay, Flag(), timeout=120)
        for name, tool in named(real).items()
    }
    assert {name: each.problem for name, each in found.items()} == {"mypy": "", "ruff": ""}
    assert [(c.path, c.line, c.code, c.text) for c in found["mypy"].complaints] == [
        ("shop.py", 5, "return-value", "return 'x'")
    ]
    assert [(c.path, c.line, c.code, c.text) for c in found["ruff"].complaints] == [
        ("shop.py", 1, "F401", "import os")
    ]


@in_sandbox
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo Segfault; exit 139", "it ends with exit code -11: Segfault"),
        ("exit 2", "it ends with exit code 2"),
        ("echo something else; exit 1", "it ends with exit code 1: something else"),
        ("tail -f /dev/null", "it takes longer than"),
        ("head -c 600000 /dev/zero | tr '\\0' x", "it says more than is read"),
    ],
)
def test_a_tool_that_does_not_check_everything_says_nothing(
    repo, programs, script, problem
) -> None:
    (repo / "mypy.ini").write_text("[mypy]\n")
    fake(programs, "mypy", script)
    timeout = 1 if "tail" in script else 60
    found = run_tool(
        CheckRunner(repo), named(repo)["mypy"], ("value.py",), {}, Flag(), timeout=timeout
    )
    assert found.complaints == ()
    assert found.problem.startswith(problem)


@in_sandbox
def test_a_tool_that_has_gone_says_nothing(repo, programs) -> None:
    (repo / "mypy.ini").write_text("[mypy]\n")
    fake(programs, "mypy")
    tool = named(repo)["mypy"]
    (programs / "mypy").unlink()
    found = run_tool(CheckRunner(repo), tool, ("value.py",), {}, Flag(), timeout=60)
    assert found.problem.startswith("The program 'mypy' of the check command was not found")


@in_sandbox
def test_text_outside_the_repository_is_not_read(repo, programs, tmp_path) -> None:
    (tmp_path / "secret.txt").write_text("secret\n")
    (repo / "go.mod").write_text("module m\n")
    fake(programs, "go", "echo ../secret.go:1:1: odd; exit 1")
    (tmp_path / "secret.go").symlink_to(tmp_path / "secret.txt")
    found = run_tool(CheckRunner(repo), named(repo)["go"], ("a.go",), {}, Flag(), timeout=60)
    assert [(each.path, each.text) for each in found.complaints] == [("../secret.go", "")]
