"""The file screen hands its file to an external editor."""

import contextlib

import pytest

from assistant.ui.app import AssistantApp
from tests.ui.shop import CART


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """An editor that notes its arguments and changes the file."""
    program = tmp_path / "bin" / "vim"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\necho "# edited" >> "$2"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(program))
    return tmp_path / "arguments"


async def test_the_external_editor_opens_at_the_line(
    app, shop, until, opened, editor, monkeypatch
) -> None:
    monkeypatch.setattr(AssistantApp, "suspend", lambda self: contextlib.nullcontext())
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py:7")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: screen.view.text == CART + "# edited\n")
        assert editor.read_text().split("\n")[:2] == ["+7", str(shop / "shop/cart.py")]
        await pilot.press("x", "ctrl+o")
        await until(pilot, lambda: screen.problem.error)
        assert "not saved" in screen.problem.error.message


@pytest.mark.parametrize(
    ("visual", "message"),
    [
        ("", "No editor is set."),
        ("no-such-editor", "The editor no-such-editor is not installed."),
        ("cat", "The terminal cannot be handed over to an editor here."),
    ],
)
async def test_an_editor_that_cannot_start_is_said(
    app, until, opened, monkeypatch, visual, message
) -> None:
    monkeypatch.setenv("VISUAL", visual)
    monkeypatch.delenv("EDITOR", raising=False)
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == message
        assert "VISUAL" in screen.problem.error.hint


async def test_how_an_editor_ended_is_said(
    app, tmp_path, until, opened, editor, monkeypatch
) -> None:
    monkeypatch.setattr(AssistantApp, "suspend", lambda self: contextlib.nullcontext())
    (tmp_path / "bin" / "vim").write_text("#!/bin/sh\nexit 3\n")
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: screen.title_bar._note == "the editor ended with exit code 3")
        (tmp_path / "bin" / "vim").write_text("#!/nowhere/interpreter\n")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: screen.problem.error)
        assert "cannot be started" in screen.problem.error.message
        assert "VISUAL" in screen.problem.error.hint


async def test_an_editor_with_a_window_leaves_the_terminal_alone(
    app, tmp_path, shop, until, opened, editor, monkeypatch
) -> None:
    script = tmp_path / "bin" / "code"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {editor}\n')
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py:3")
        await pilot.press("ctrl+o")
        wanted = f"--goto\n{shop}/shop/cart.py:3:1\n"
        await until(pilot, lambda: editor.exists() and editor.read_text() == wanted)
        assert screen.title_bar._note == "opened in its own window"
