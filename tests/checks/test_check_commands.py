"""Check commands are parsed, found without running, and resolved to programs."""

import shlex
import sys
from pathlib import Path

import pytest

from assistant.checks.commands import (
    CheckCommand,
    find_commands,
    module_of,
    parse_command,
    runs_python,
)
from assistant.checks.programs import resolve_program, search_path
from assistant.errors import CheckError, UsageError


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("pytest -q", ("pytest", "-q")),
        ("pytest 'a b.py'", ("pytest", "a b.py")),
        ("sh -c 'a && b'", ("sh", "-c", "a && b")),
        ("grep -c '|' file", ("grep", "-c", "|", "file")),
        ("DEBUG=1 pytest", ("env", "DEBUG=1", "pytest")),
        ("pytest 't.py::test[a-b]' t.py::test[c]", ("pytest", "t.py::test[a-b]", "t.py::test[c]")),
        (r"grep a\;b file", ("grep", "a;b", "file")),
        ('pytest -k "a and not (b or c)"', ("pytest", "-k", "a and not (b or c)")),
    ],
)
def test_commands_are_split_as_in_a_shell(text: str, argv: tuple[str, ...]) -> None:
    assert parse_command(text) == CheckCommand(argv, "given")


@pytest.mark.parametrize(
    "text",
    [
        "a && b",
        "a || b",
        "a | b",
        "a > b",
        "a ; b",
        "make lint;make test",
        "cd sub && make test",
        "cd sub",
        "pytest tests/*_unit.py",
        'test "$HOME"',
        "echo `date`",
        "(a; b)",
        "! grep TODO a.py",
        "a\nb",
        "ls ~/x",
    ],
)
def test_what_needs_a_shell_is_left_to_one_and_shown_as_typed(text: str) -> None:
    command = parse_command(f"  {text} ")
    assert command == CheckCommand(("sh", "-c", text), "given")
    assert command.text == text


def test_the_text_of_a_command_gives_the_same_command() -> None:
    for text in ("sh -c 'a b'", "sh -c 'a && b'", "a && b", "env A=1 b", "bash -c 'a; b'"):
        command = parse_command(text)
        assert parse_command(command.text) == command


def test_the_words_of_a_script_are_those_of_its_commands() -> None:
    assert parse_command("cd sub && tox -q; make").words == ("cd", "sub", "tox", "-q", "make")
    assert parse_command("tox -q").words == ("tox", "-q")


@pytest.mark.parametrize("text", ["", "   ", "''", "'open"])
def test_invalid_commands_are_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_command(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ["python -m pytest -q"]),
        ({"setup.cfg": "[tool:pytest]\n"}, ["python -m pytest -q"]),
        ({"test_a.py": "def test(): pass\n"}, ["python -m pytest -q"]),
        (
            {"tests/test_a.py": "import unittest\nclass A(unittest.TestCase): ...\n"},
            ["python -m unittest discover -s tests -t ."],
        ),
        ({"tox.ini": "[tox]\n"}, ["tox"]),
        ({"package.json": '{"scripts": {"test": "jest"}}'}, ["npm test --silent"]),
        ({"package.json": '{"scripts": {"test": "echo Error: no test specified"}}'}, []),
        ({"package.json": "[broken"}, []),
        ({"package.json": "[]"}, []),
        ({"Cargo.toml": ""}, ["cargo test --offline"]),
        ({"go.mod": ""}, ["go test ./..."]),
        ({"Makefile": "all:\n\ntest: all\n\ttrue\n"}, ["make test"]),
        ({"Makefile": "test := 1\n"}, []),
        ({"pyproject.toml": "not [toml"}, []),
        (
            {"Makefile": "test:\n", "pytest.ini": "", "package.json": '{"scripts":{"test":"x"}}'},
            ["python -m pytest -q", "npm test --silent", "make test"],
        ),
    ],
)
def test_commands_are_found_in_configuration_files(
    tmp_path: Path, files: dict[str, str], expected: list[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [command.text for command in find_commands(tmp_path)] == expected


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_python_is_the_running_interpreter(tmp_path: Path) -> None:
    assert resolve_program(parse_command("python x"), tmp_path) == (sys.executable, "x")


def test_a_module_missing_here_is_run_with_the_python_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = _program(tmp_path / "elsewhere" / "python")
    monkeypatch.setenv("PATH", str(python.parent))
    root = tmp_path / "repo"
    (root / "own").mkdir(parents=True)

    def program(text: str) -> str:
        return resolve_program(parse_command(text), root)[0]

    assert program("python -m no_such_module -q") == str(python)
    assert program("python -m own") == program("python -m json.tool") == sys.executable
    monkeypatch.setenv("PATH", str(root))
    assert program("python -m no_such_module") == sys.executable


def test_the_repositorys_python_comes_first(tmp_path: Path) -> None:
    python = _program(tmp_path / ".venv" / "bin" / "python")
    assert resolve_program(parse_command("python x"), tmp_path) == (str(python), "x")


def test_the_repositorys_programs_are_found(tmp_path: Path) -> None:
    jest = _program(tmp_path / "node_modules" / ".bin" / "jest")
    script = _program(tmp_path / "run tests")
    assert resolve_program(parse_command("jest"), tmp_path) == (str(jest),)
    assert resolve_program(parse_command("'./run tests'"), tmp_path) == (str(script),)


def test_variables_stay_before_the_program(tmp_path: Path) -> None:
    argv = resolve_program(parse_command("A=1 B=2 python x"), tmp_path)
    assert argv[1:] == ("A=1", "B=2", sys.executable, "x")


def test_pytest_runs_as_a_module_if_it_is_not_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    argv = resolve_program(parse_command("pytest -q"), tmp_path)
    assert argv == (sys.executable, "-m", "pytest", "-q")


@pytest.mark.parametrize("text", ["no-such-program-here", "./absent", "A=1"])
def test_a_missing_program_is_an_error_with_a_hint(tmp_path: Path, text: str) -> None:
    with pytest.raises(CheckError) as caught:
        resolve_program(parse_command(text), tmp_path)
    assert caught.value.hint


def test_an_inaccessible_folder_on_path_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _program(tmp_path / "bin" / "checker")
    monkeypatch.setenv("PATH", f"/{'x' * 5000}:{program.parent}")
    repo = tmp_path / "repo"
    assert resolve_program(parse_command("checker"), repo) == (str(program),)


def test_a_program_in_the_tree_is_not_found_through_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "planted")
    monkeypatch.setenv("PATH", f".:{tmp_path}:/usr/bin")
    monkeypatch.chdir(tmp_path)
    assert search_path(tmp_path) == "/usr/bin"
    with pytest.raises(CheckError):
        resolve_program(parse_command("planted"), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        ("-m pytest", "pytest"),
        ("-B -m pytest -q", "pytest"),
        ("-X dev -m pytest", "pytest"),
        ("-W error -m pytest", "pytest"),
        ("-Werror -Xdev -Im pytest", "pytest"),
        ("-mpytest", "pytest"),
        ("-c 'import m' -m x", ""),
        ("script.py -m x", ""),
        ("-W -m", ""),
        ("", ""),
    ],
)
def test_options_may_come_before_the_module(arguments: str, module: str) -> None:
    assert module_of(shlex.split(arguments)) == module


@pytest.mark.parametrize("options", ["-B", "-X dev", "-W error"])
def test_the_interpreter_is_one_that_has_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    """Options before -m do not hide that the running interpreter lacks the module."""
    other = tmp_path / "bin" / "python"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    root = tmp_path / "repo"
    root.mkdir()
    monkeypatch.setenv("PATH", str(other.parent))
    command = parse_command(f"python {options} -m module_that_is_not_there")
    assert resolve_program(command, root)[0] == str(other)


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("python -B -m pytest", True),
        ("python -X dev -m pytest", True),
        ("python3.12 -W error -m pytest", True),
        ("uv run pytest", True),
        ("poetry run pytest", True),
        ("env FOO=1 python -m pytest", True),
        ("env PYTHONPATH=a/b python -B tests.py", True),
        ("uv run python -B check.py", True),
        ("python -B -m mypy .", False),
        ("grep python setup.py", False),
        ("cd sub && FOO=1 python -m pytest | tail", True),
        ("make lint; ruff check .", False),
    ],
)
def test_commands_that_run_the_code_are_known(command: str, runs: bool) -> None:
    assert runs_python(parse_command(command)) is runs
