"""Import cost, and the size and docstring of every module."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import assistant

PACKAGE = Path(assistant.__file__).parent
SAMPLE = PACKAGE / "headless" / "sample"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(SAMPLE))
HEAVY = ("torch", "transformers", "numpy", "textual", "rich", "tokenizers", "git")


def loaded(code: str) -> set[str]:
    """Top-level names of the modules loaded after running the code in a fresh interpreter."""
    code += "\nimport sys; print('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return {name.partition(".")[0] for name in result.stdout.splitlines()}


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_version_and_help_load_no_heavy_modules(flag):
    code = (
        "from assistant.cli import main\n"
        f"try: main([{flag!r}])\n"
        "except SystemExit as end: assert end.code == 0, end.code"
    )
    assert loaded(code) & set(HEAVY) == set()


@pytest.mark.parametrize("module", ["assistant.ui.launch", "assistant.headless.session"])
def test_a_front_end_starts_without_torch(module):
    assert loaded(f"import {module}") & {"torch", "transformers"} == set()


def test_headless_commands_do_not_load_textual():
    assert "textual" not in loaded("import assistant.headless.session, assistant.headless.demo")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_and_has_a_docstring(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 500
    if path.name == "__init__.py" and path.parent.name != "cli":
        assert text == ""
    else:
        assert ast.get_docstring(ast.parse(text))
