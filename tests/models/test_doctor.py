"""Diagnoses of healthy and faulty installations."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.models.catalog import CATALOG, GIB
from assistant.models.doctor import Row, diagnose
from assistant.models.hardware import Gpu, Hardware
from assistant.models.record import Record, lengths, write_record
from assistant.models.store import ModelStore
from assistant.models.surroundings import Findings, Surroundings, gather, look_around
from assistant.settings import Settings

HARDWARE = Hardware(
    "A Processor", 4, 8, 4, 32 * GIB, 16 * GIB, ("avx2", "vnni"), (), "2.13.0", 99 * GIB
)
SURROUNDINGS = Surroundings(
    assistant="0.1.0",
    python="3.11.0 (/usr/bin/python3)",
    torch="2.13.0",
    transformers="5.23.0",
    git="2.47.0",
    pip=True,
    bubblewrap="/usr/bin/bwrap",
    confinement="bubblewrap",
    interactive=True,
    term="xterm-256color",
    colours="256",
    columns=120,
    lines=40,
    encoding="utf-8",
)
DEFAULT = CATALOG[0]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", state_dir=tmp_path / "state")


@pytest.fixture
def healthy(settings: Settings, converted) -> Findings:
    store = ModelStore(settings.cache_dir)
    folder = converted(store.layout.target(DEFAULT.id, DEFAULT.sha256, "int8"))
    write_record(folder, Record(DEFAULT.id, DEFAULT.sha256, "int8", "hub", lengths(folder)))
    return gather(settings, hardware=HARDWARE, surroundings=SURROUNDINGS)


def row(rows: tuple[Row, ...], name: str) -> Row:
    (found,) = [row for row in rows if row.name == name]
    return found


def test_a_healthy_installation_has_no_problem(healthy: Findings) -> None:
    rows = diagnose(healthy)
    assert {row.state for row in rows} == {"ok"}
    assert row(rows, "model").value == "qwen2.5-coder-1.5b"
    assert "16.0 GiB of memory is free" in row(rows, "model").hint
    assert row(rows, "context").value == "8,192 tokens"
    assert row(rows, "weights").value == str(healthy.folder)
    assert row(rows, "instruction sets").value == "avx2, vnni"
    assert row(rows, "device").value == "cpu (int8 weights)"


def test_missing_weights_are_a_problem_with_a_hint(settings: Settings) -> None:
    found = gather(settings, hardware=HARDWARE, surroundings=SURROUNDINGS)
    weights = row(diagnose(found), "weights")
    assert weights.state == "problem"
    assert "not installed" in weights.value
    assert "assistant models pull qwen2.5-coder-1.5b" in weights.hint


def test_a_model_set_by_the_user_is_reported_as_such(settings: Settings) -> None:
    named = replace(settings, model="qwen2.5-coder-0.5b")
    rows = diagnose(gather(named, hardware=HARDWARE, surroundings=SURROUNDINGS))
    assert row(rows, "model") == Row("model", "model", "qwen2.5-coder-0.5b", "ok", "Set by you.")


def test_an_unknown_model_is_a_problem(settings: Settings) -> None:
    named = replace(settings, model="qwen2.5-coder-1.5")
    weights = row(diagnose(gather(named, hardware=HARDWARE, surroundings=SURROUNDINGS)), "weights")
    assert weights.state == "problem"
    assert "Unknown model" in weights.value
    assert "qwen2.5-coder-1.5b" in weights.hint


def test_damage_and_unfinished_downloads_are_listed(healthy: Findings, settings: Settings) -> None:
    assert healthy.folder is not None
    (healthy.folder / "weights.safetensors").write_bytes(b"cut")
    part = healthy.cache_dir / "models" / ".downloads" / "x" / "x.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 2 * 1024**2)
    rows = diagnose(gather(settings, hardware=HARDWARE, surroundings=SURROUNDINGS))
    assert row(rows, DEFAULT.id).state == "problem"
    assert "3 bytes instead of 64" in row(rows, DEFAULT.id).hint
    assert row(rows, "unfinished downloads").value == "2 MiB"
    assert row(rows, "weights").state == "problem"


GPU = Gpu(0, "NVIDIA A", 8 * GIB, 7 * GIB)


@pytest.mark.parametrize(
    ("change", "name", "state", "hint"),
    [
        ({"memory_available": GIB}, "memory", "problem", "needs 2 GiB"),
        ({"cores_usable": 1}, "cores", "note", "control group"),
        ({"instruction_sets": ()}, "instruction sets", "note", "slow"),
        ({"gpus": (GPU,), "torch": "2.13.0+cpu"}, "GPU 0", "note", "cannot use it"),
        ({"gpus": (GPU,)}, "GPU 0", "ok", ""),
        ({"disk_free": GIB}, "free disk space", "note", "to free space"),
    ],
)
def test_shortcomings_of_the_machine_are_reported(healthy, change, name, state, hint) -> None:
    found = replace(healthy, hardware=replace(HARDWARE, **change))
    reported = row(diagnose(found), name)
    assert reported.state == state
    assert hint in reported.hint


@pytest.mark.parametrize(
    ("change", "name", "state", "hint"),
    [
        ({"torch": ""}, "PyTorch", "problem", "pip install torch"),
        ({"git": ""}, "git", "problem", "Install git"),
        ({"pip": False}, "pip", "note", "ensurepip"),
        ({"confinement": "limits only"}, "check sandbox", "note", "does not work here"),
        (
            {"confinement": "limits only", "bubblewrap": ""},
            "check sandbox",
            "note",
            "not installed",
        ),
        ({"confinement": "", "bubblewrap": ""}, "check sandbox", "note", "not installed"),
        ({"confinement": ""}, "check sandbox", "ok", ""),
        ({"interactive": False}, "terminal", "note", "headless"),
        ({"term": "dumb"}, "TERM", "problem", "cursor"),
        ({"columns": 79}, "size", "note", "80x24"),
        ({"encoding": "ascii"}, "encoding", "note", "UTF-8"),
    ],
)
def test_shortcomings_of_the_environment_are_reported(healthy, change, name, state, hint) -> None:
    found = replace(healthy, surroundings=replace(SURROUNDINGS, **change))
    reported = row(diagnose(found), name)
    assert reported.state == state
    assert hint in reported.hint


def test_this_python_and_git_are_found() -> None:
    found = look_around("limits only", {"TERM": "xterm-256color"})
    assert found.python.startswith("3.")
    assert found.git
    assert (found.colours, found.confinement) == ("256", "limits only")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "off (NO_COLOR)"),
        ({"COLORTERM": "truecolor"}, "16 million"),
        ({"TERM": "vt100"}, "16 or fewer"),
    ],
)
def test_the_number_of_colours_follows_from_the_environment(environ, expected) -> None:
    assert look_around("", environ).colours == expected


def test_a_git_in_the_working_directory_is_not_run(tmp_path, monkeypatch) -> None:
    script = tmp_path / "git"
    script.write_text("#!/bin/sh\necho git version hostile\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    assert look_around("", {}).git == ""


def test_the_encoding_is_known_while_a_screen_has_replaced_the_output(monkeypatch) -> None:
    import sys

    from assistant.models.surroundings import look_around

    class Captured:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Captured())
    assert look_around("none", {}).encoding == (sys.__stdout__.encoding or "unknown")
