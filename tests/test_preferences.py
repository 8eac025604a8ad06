"""Settings with their sources and meanings, and storing them in the user's file."""

import stat
from dataclasses import fields
from pathlib import Path

import pytest

from assistant.errors import UsageError
from assistant.preferences import Preferences, Source, meanings, text_of
from assistant.settings import Settings, load

FILE = """# mine
seed = 3      # lucky

theme = "assistant-light"
own_tests = true
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config" / "config.toml"
    file.parent.mkdir()
    file.write_text(FILE)
    return file


def test_every_setting_says_what_it_means() -> None:
    assert list(meanings()) == [field.name for field in fields(Settings)]
    assert all(meaning[:1].isupper() or meaning[:4] == "auto" for meaning in meanings().values())
    assert all(meaning.endswith(".") for meaning in meanings().values())


def test_every_value_has_its_source(file: Path) -> None:
    preferences = Preferences({"model": "m", "engine": None}, {"ASSISTANT_SEED": "9"}, file)
    found = {entry.name: (entry.text, entry.source) for entry in preferences.entries()}
    assert found["model"] == ("m", Source.OPTION)
    assert found["engine"] == ("", Source.DEFAULT)
    assert found["seed"] == ("9", Source.ENVIRONMENT)
    assert found["theme"] == ("assistant-light", Source.FILE)
    assert found["generated_tests"] == ("true", Source.FILE)
    assert found["time_budget"] == ("300", Source.DEFAULT)
    assert len(found) == len(fields(Settings))


def test_a_stored_value_keeps_comments_order_and_line_ends(file: Path) -> None:
    preferences = Preferences(environ={}, file=file)
    assert preferences.store("seed", "7").seed == 7
    assert file.read_text() == FILE.replace("3 ", "7 ")
    file.write_bytes(FILE.replace("\n", "\r\n").encode())
    preferences.store("theme", "assistant-dark")
    assert file.read_bytes() == FILE.replace("\n", "\r\n").replace("-light", "-dark").encode()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("candidates", "5", "candidates = 5"),
        ("time_budget", "1.5", "time_budget = 1.5"),
        ("engine_trusted", "yes", "engine_trusted = true"),
        ("cache_dir", "/tmp/weights", 'cache_dir = "/tmp/weights"'),
        ("check", 'pytest -k "a b"', 'check = "pytest -k \\"a b\\""'),
    ],
)
def test_a_value_is_stored_as_the_program_reads_it(file: Path, name, text, line) -> None:
    settings = Preferences(environ={}, file=file).store(name, text)
    assert line in file.read_text().splitlines()
    assert settings == load(environ={}, file=file)


def test_the_first_value_makes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "none" / "config.toml"
    assert Preferences(environ={}, file=file).store("seed", "4").seed == 4
    assert file.read_text() == "seed = 4\n"


def test_an_empty_text_goes_back_to_the_default(file: Path) -> None:
    preferences = Preferences(environ={}, file=file)
    assert preferences.store("theme", "").theme == ""
    assert file.read_text() == FILE.replace('theme = "assistant-light"\n', "")
    assert preferences.store("candidates", "").candidates == 3


def test_a_former_name_is_replaced(file: Path) -> None:
    Preferences(environ={}, file=file).store("generated_tests", "false")
    assert "own_tests" not in file.read_text()
    assert load(environ={}, file=file).generated_tests is False


def test_what_overrides_the_file_still_holds(file: Path) -> None:
    preferences = Preferences({"seed": 1}, {"ASSISTANT_CANDIDATES": "2"}, file)
    assert preferences.store("seed", "8").seed == 1
    assert preferences.store("candidates", "8").candidates == 2
    assert load(environ={}, file=file).seed == 8


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("seed", "x"),
        ("engine_trusted", "perhaps"),
        ("device", "gpu"),
        ("gpu_weights", "8bit"),
        ("context_tokens", "-1"),
        ("nothing", "1"),
        ("host", "box"),
    ],
)
def test_an_impossible_value_leaves_the_file_alone(file: Path, name: str, text: str) -> None:
    before = FILE + 'engine = "http://127.0.0.1:1"\n'
    file.write_text(before)
    with pytest.raises(UsageError) as caught:
        Preferences(environ={}, file=file).store(name, text)
    assert caught.value.hint
    assert file.read_text() == before


def test_a_broken_file_is_reported_and_not_overwritten(file: Path) -> None:
    file.write_text("seed = [")
    with pytest.raises(UsageError, match="Cannot read the settings file"):
        Preferences(environ={}, file=file).store("seed", "1")
    assert file.read_text() == "seed = ["


def test_a_failed_write_leaves_the_file_and_nothing_else(file: Path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UsageError, match="cannot be written"):
        Preferences(environ={}, file=file).store("seed", "1")
    assert file.read_text() == FILE
    assert list(file.parent.iterdir()) == [file]


def test_a_link_stays_a_link_and_the_mode_stays(file: Path, tmp_path: Path) -> None:
    file.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    Preferences(environ={}, file=link).store("seed", "5")
    assert link.is_symlink()
    assert "seed = 5" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (1.0, "1"), (0.5, "0.5"), ("a", "a")])
def test_a_value_is_shown_as_it_is_written(value, text: str) -> None:
    assert text_of(value) == text
