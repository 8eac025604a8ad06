"""Sources of settings, their precedence, and invalid values."""

from pathlib import Path

import pytest

from assistant.errors import UsageError
from assistant.settings import load


def test_later_sources_take_precedence(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('candidates = 2\nseed = 2\ntheme = "a"\ngenerated_tests = true\n')
    environ = {"ASSISTANT_CANDIDATES": "4", "ASSISTANT_SEED": "4"}
    settings = load({"seed": 5, "theme": None}, environ=environ, file=file)
    assert (settings.candidates, settings.seed, settings.theme) == (4, 5, "a")
    assert settings.generated_tests is True


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("on", True), ("1", True), ("No", False), ("0", False)]
)
def test_a_boolean_in_the_environment_can_be_spelled_in_several_ways(
    text: str, value: bool, tmp_path: Path
) -> None:
    environ = {"ASSISTANT_GENERATED_TESTS": text}
    assert load(environ=environ, file=tmp_path / "none.toml").generated_tests is value


@pytest.mark.parametrize(
    "line",
    [
        'generated_tests = "maybe"',
        "generated_tests = 3",
        "candidates = true",
        "context_tokens = -1",
        "thinking_tokens = -1",
        'seed = "x"',
        "theme = 1",
    ],
)
def test_a_value_of_the_wrong_type_names_its_source(line: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(line + "\n")
    with pytest.raises(UsageError, match=line.partition(" ")[0]) as caught:
        load(environ={}, file=file)
    assert str(file) in str(caught.value)
    assert "Use a value of type" in caught.value.hint


def test_a_setting_under_its_former_name_is_still_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("own_tests = true\n")
    assert load(environ={}, file=file).generated_tests is True


def test_an_option_for_where_the_model_runs_replaces_the_other_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('engine = "http://127.0.0.1:1"\n')
    settings = load({"host": "box"}, environ={}, file=file)
    assert (settings.engine, settings.host, settings.elsewhere) == ("", "box", "box")
    file.write_text('host = "box"\n')
    settings = load({"engine": "http://127.0.0.1:1"}, environ={}, file=file)
    assert (settings.host, settings.elsewhere) == ("", "http://127.0.0.1:1")
    assert load(environ={}, file=tmp_path / "none.toml").elsewhere == ""


def test_the_model_runs_in_one_place(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('host = "box"\n')
    environ = {"ASSISTANT_ENGINE": "http://127.0.0.1:1"}
    with pytest.raises(UsageError, match="not to both") as caught:
        load(environ=environ, file=file)
    assert caught.value.hint


def test_the_window_is_a_number_once_it_is_known(tmp_path: Path) -> None:
    none = tmp_path / "none.toml"
    assert load(environ={}, file=none).context_tokens == 0
    assert load(environ={}, file=none).window == 8192
    assert load({"context_tokens": 100}, environ={}, file=none).window == 100
