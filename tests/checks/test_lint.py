"""The repository's linter is found when it is configured and installed."""

from pathlib import Path

import pytest

from assistant.checks.commands import find_commands
from assistant.checks.lint import find_linter


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A repository with every linter installed and none configured."""
    for name in ("python", "ruff", "flake8", "eslint"):
        folder = "node_modules/.bin" if name == "eslint" else ".venv/bin"
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        path.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "program"),
    [
        ("ruff.toml", "", "ruff"),
        ("pyproject.toml", "[tool.ruff]\n", "ruff"),
        (".flake8", "[flake8]\n", "flake8"),
        ("setup.cfg", "[flake8]\n", "flake8"),
        ("eslint.config.js", "", "eslint"),
        (".eslintrc.json", "{}", "eslint"),
        ("package.json", '{"eslintConfig": {}}', "eslint"),
    ],
)
def test_a_configured_linter_is_found(tools: Path, name: str, text: str, program: str) -> None:
    (tools / name).write_text(text)
    command = find_linter(tools)
    assert command is not None
    assert (command.argv[0], command.argv[-1], command.source) == (program, ".", name)


@pytest.mark.parametrize(
    ("name", "text"),
    [("pyproject.toml", "[tool.other]"), ("setup.cfg", "[x]"), ("package.json", "[broken")],
)
def test_there_is_no_linter_without_configuration(tools: Path, name: str, text: str) -> None:
    (tools / name).write_text(text)
    assert find_linter(tools) is None


def test_a_linter_that_is_not_installed_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    (tmp_path / "eslint.config.js").write_text("")
    assert find_linter(tmp_path) is None


def test_a_linter_gets_only_files_of_its_language(tools: Path) -> None:
    (tools / "ruff.toml").write_text("")
    command = find_linter(tools, ("a.py", "b.md", "-x.py"))
    assert command is not None
    assert command.argv[-3:] == ("--", "a.py", "-x.py")
    assert find_linter(tools, ("b.md",)) is None


def test_the_linter_is_the_last_suggested_check(tools: Path) -> None:
    (tools / "pytest.ini").write_text("[pytest]\n")
    (tools / "ruff.toml").write_text("")
    found = find_commands(tools)
    assert [command.source for command in found] == ["pytest.ini", "ruff.toml"]
    assert found[1].argv[:2] == ("ruff", "check")
