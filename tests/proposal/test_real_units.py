"""Every unit of real files is an answer that changes nothing, or exactly one line."""

import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

import assistant
from assistant.repo.files import TextFile
from assistant.repo.reading import text_file
from tests.proposal.real_units import Trial, trials

SAMPLES = Path(__file__).parent / "samples"
OWN = Path(assistant.__file__).parent
LIBRARY = Path(sysconfig.get_paths()["stdlib"])
MODULES = (
    "abc", "bisect", "calendar", "cmd", "codeop", "colorsys", "contextlib", "copy", "csv",
    "dataclasses", "fnmatch", "fractions", "functools", "getpass", "gettext", "graphlib", "heapq",
    "hmac", "keyword", "linecache", "operator", "queue", "reprlib", "sched", "secrets", "selectors",
    "shlex", "string", "textwrap", "tokenize", "types", "weakref",
)  # fmt: skip


def failures(file: TextFile, most: int = 1_000) -> list[Trial]:
    found = list(trials(file, most))
    assert found, "a file without units tests nothing"
    return [trial for trial in found if trial.reason]


def read(path: Path) -> TextFile:
    return text_file(path.name, path.read_bytes())


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_nasty_shapes(path: Path) -> None:
    assert failures(read(path)) == []


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_nasty_shapes_with_other_line_ends(path: Path) -> None:
    data = path.read_bytes().replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    assert failures(text_file(path.name, b"\xef\xbb\xbf" + data)) == []


def test_nasty_shapes_with_tabs_form_feeds_and_long_lines() -> None:
    text = (SAMPLES / "shapes.py").read_text().replace("    ", "\t")
    text = text.replace("\nclass Empty", "\n\f\nclass Empty") + f"\n\nLONG = '{'x' * 50_000}'\n"
    assert failures(text_file("shapes.py", text.encode())) == []


def test_a_file_of_five_thousand_lines() -> None:
    one = "class C:\n    @property\n    def f(self):\n        x = 'a'\n        return x\n\n\n"
    assert failures(text_file("long.py", (one * 720).encode()), most=1) == []


@pytest.mark.parametrize("name", MODULES)
def test_the_standard_library(name: str) -> None:
    assert failures(read(LIBRARY / f"{name}.py"), most=1) == []


def own_files() -> Iterator[Path]:
    for folder in ("proposal", "repo", "solving"):
        yield from (path for path in sorted((OWN / folder).glob("*.py")) if path.stat().st_size)


@pytest.mark.parametrize("path", own_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_our_own_package(path: Path) -> None:
    assert failures(read(path), most=1) == []
