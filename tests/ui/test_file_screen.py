"""The file screen: reading, editing, saving, finding, going to other places."""

import contextlib
import subprocess

import pytest
from textual.widgets import Input

from assistant.context.bundle import Selected
from assistant.ui.app import AssistantApp
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.file import FileScreen
from assistant.ui.screens.main import MainScreen
from assistant.ui.screens.outline import GoToDialog
from assistant.ui.screens.search import PlacesScreen
from assistant.ui.widgets.fileeditor import FileEditor
from assistant.ui.widgets.filereader import FileReader
from tests.ui.shop import CART
from tests.ui.stage import make_services


@pytest.fixture
def app(shop, state) -> AssistantApp:
    return AssistantApp(make_services(shop, state))


@pytest.fixture
def opened(until):
    """Opens a file with /open and returns its screen."""

    async def open_file(pilot, argument: str) -> FileScreen:
        main = pilot.app.screen
        await until(pilot, lambda: main.session and not main.status.value.running)
        main.action_prompt()
        main.prompt.set_text(f"/open {argument}")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, FileScreen))
        await until(pilot, lambda: pilot.app.screen.view.has_focus)
        return pilot.app.screen

    return open_file


def line_of(text: str, inside: str) -> int:
    return next(n for n, line in enumerate(text.split("\n")) if inside in line)


async def test_v_opens_a_file_and_a_unit_and_escape_closes_it(app, until) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        await pilot.press("escape", "1")
        rows = [getattr(row, "entry", None) for row in main.files._rows]
        main.files.cursor = next(n for n, e in enumerate(rows) if e and e.path == "shop/cart.py")
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, FileScreen))
        screen = app.screen
        assert screen.view.text == CART
        await until(pilot, lambda: screen.view._colours.of(0, CART.split("\n")[0]))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is main)
        await pilot.press("right")
        await until(pilot, lambda: main.files.file_tree.units.get("shop/cart.py"))
        units = [getattr(row, "unit", None) for row in main.files._rows]
        main.files.cursor = next(n for n, u in enumerate(units) if u and u.name == "Cart.total")
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, FileScreen))
        assert app.screen.view.position[0] == line_of(CART, "def total")


async def test_a_save_keeps_bytes_and_can_be_undone(app, shop, until, opened) -> None:
    file = shop / "shop/cart.py"
    before = b"\xef\xbb\xbf" + CART.replace("\n", "\r\n").encode().removesuffix(b"\r\n")
    file.write_bytes(before)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen.title_bar._note == "nothing to save")
        await pilot.press("#", "!", "backspace", "space")
        assert screen.changed
        await pilot.press("ctrl+s")
        await until(pilot, lambda: file.read_bytes() == before.replace(b'"""The', b'# """The', 1))
        await until(pilot, lambda: not screen.changed)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        entry = app.screen.session.writer.entries()[-1]
        assert (entry.title, entry.paths) == ("Edit shop/cart.py", ("shop/cart.py",))
        await until(
            pilot,
            lambda: (
                ("good", "Saved: Edit shop/cart.py (shop/cart.py)") in app.screen.log_view.entries
            ),
        )
        app.screen.prompt.set_text("")
        await pilot.press("escape", "ctrl+z")
        await until(pilot, lambda: file.read_bytes() == before)


async def test_a_save_does_not_end_a_review(app, until, opened) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: main.review.proposal is not None and main.job is None)
        screen = await opened(pilot, "README.md")
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: not screen.changed)
        await pilot.press("escape")
        await until(pilot, lambda: main.status.value.phase.startswith("saved"))
        assert main.review.proposal is not None


async def test_unsaved_text_is_not_lost_without_asking(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("x", "escape")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert screen.view.text == "x" + CART
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("ctrl+z")
        assert not screen.changed
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))


async def test_quitting_closes_the_file_and_leaves(app, until, opened) -> None:
    async with app.run_test() as pilot:
        main = app.screen
        await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: main.session.workspace.engine.closed)


async def test_what_changed_on_disk_is_not_overwritten(app, shop, until, opened) -> None:
    file = shop / "shop/cart.py"
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("x")
        file.write_text("theirs\n")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen.problem.error)
        assert "changed on disk" in screen.problem.error.message
        assert "Nothing was overwritten" in screen.problem.error.hint
        assert file.read_text() == "theirs\n"
        assert screen.changed


async def test_a_file_that_changes_on_disk_is_read_again(app, shop, until, opened) -> None:
    file = shop / "shop/cart.py"
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py:5")
        file.write_text("# theirs\n" + CART)
        screen.file_work.look()
        await until(pilot, lambda: screen.view.text.startswith("# theirs"))
        assert screen.view.position[0] == 4
        await pilot.press("x")
        file.write_text("# theirs again\n")
        screen.file_work.look()
        await until(pilot, lambda: screen.problem.error)
        assert screen.changed
        file.unlink()
        screen.file_work.look()
        await until(pilot, lambda: "removed" in screen.problem.error.message)


async def test_lines_that_differ_from_head_are_marked(app, shop, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await until(pilot, lambda: screen.view._colours.of(0, CART.split("\n")[0]))
        assert screen.view._marks == {}
        await pilot.press("x", "enter")
        await until(pilot, lambda: screen.view._marks == {0: "added"})
        strip = screen.view.render_line(0)
        assert "▎" in strip.text


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("latin.txt", b"caf\xe9 \x1b[31m\n" * 3, "not valid UTF-8"),
        (".env", b"KEY=value\n", "secrets"),
        ("long.js", b"x" * 10_000_000, "larger than 2 MB"),
        ("huge.txt", b"a line of text\n" * 300_000, "larger than 2 MB"),
    ],
    ids=["latin-1", "secrets", "long line", "300,000 lines"],
)
async def test_odd_files_are_read_only(app, shop, until, opened, path, data, reason) -> None:
    (shop / path).write_bytes(data)
    async with app.run_test() as pilot:
        screen = await opened(pilot, path)
        assert isinstance(screen.view, FileReader)
        assert reason in screen.file.reason
        await pilot.press("ctrl+s", "f12", "x", "G", "right", "left")
        await until(pilot, lambda: screen.view.cursor == screen.view.line_count - 1)
        assert (shop / path).read_bytes() == data
        assert "\x1b" not in screen.view.render_line(0).text
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))


async def test_control_characters_are_visible_and_kept(app, shop, until, opened) -> None:
    (shop / "odd.txt").write_bytes(b"a\x1b[31m\x08b\xe2\x80\xaec\n")
    async with app.run_test() as pilot:
        screen = await opened(pilot, "odd.txt")
        text = screen.view.render_line(0).text
        assert "a␛[31m␈b�c" in text
        await pilot.press("x", "ctrl+s")
        wanted = b"xa\x1b[31m\x08b\xe2\x80\xaec\n"
        await until(pilot, lambda: (shop / "odd.txt").read_bytes() == wanted)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("absent.py", "absent.py is no file of this repository."),
        ("logo.png", "logo.png is binary."),
        ("link.py", "link.py is a symbolic link."),
        ("../secret", "../secret is no file of this repository."),
    ],
)
async def test_what_cannot_be_opened_is_said(app, shop, until, argument, message) -> None:
    (shop / "logo.png").write_bytes(b"\x89PNG\0")
    (shop / "link.py").symlink_to("shop/cart.py")
    async with app.run_test() as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        main.prompt.set_text(f"/open {argument}")
        await pilot.press("enter")
        await until(pilot, lambda: main.problem.error)
        assert main.problem.error.message == message
        assert main.problem.error.hint
        assert app.screen is main


async def test_open_without_a_path_says_so(app, until) -> None:
    async with app.run_test() as pilot:
        main = app.screen
        await until(pilot, lambda: main.session)
        main.prompt.set_text("/open ")
        await pilot.press("escape", "enter")  # escape closes the list of paths
        await until(pilot, lambda: main.problem.error)
        assert main.problem.error.message == "/open needs a path."


async def test_find_goes_through_the_matches(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+f", *"total")
        bar = screen.find_bar
        count = CART.lower().count("total")
        assert len(screen.view._matches.found) == count
        assert screen.view.selected_text.lower() == "total"
        first = screen.view.search_start
        await pilot.press("enter")
        assert screen.view.search_start > first
        await pilot.press("up")
        assert screen.view.search_start == first
        await pilot.press("up")
        assert bar._count._right[0][0] == f"{count} of {count} "
        await pilot.press(*"zzz")
        assert bar._count._right[0][0] == "nothing "
        await pilot.press("escape")
        assert not bar.is_open
        assert screen.view.has_focus
        assert isinstance(app.screen, FileScreen)


async def test_find_works_in_a_file_that_is_only_read(app, shop, until, opened) -> None:
    (shop / "big.txt").write_bytes(b"nothing here\n" * 200_000 + b"one needle, two needle\n")
    async with app.run_test() as pilot:
        screen = await opened(pilot, "big.txt")
        await pilot.press("ctrl+f", *"needle")
        assert screen.view.search_start == (200_000, 4)
        await pilot.press("enter")
        assert screen.view.search_start == (200_000, 16)
        await pilot.press("enter")
        assert screen.view.search_start == (200_000, 4)


async def test_go_to_a_line_or_a_unit(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToDialog))
        await pilot.press("1", "2", "enter")
        await until(pilot, lambda: app.screen is screen and screen.view.position[0] == 11)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToDialog))
        await pilot.press(*"disc")
        await until(pilot, lambda: app.screen.list.units)
        await pilot.press("enter")
        at = line_of(CART, "def discounted")
        await until(pilot, lambda: app.screen is screen and screen.view.position[0] == at)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToDialog) and app.screen.list.units)
        assert app.screen.list.current.name == "Cart.discounted"
        await pilot.press("up", "escape")
        await until(pilot, lambda: app.screen is screen)
        assert screen.view.position[0] == at


async def test_definition_and_uses_of_a_name(app, until, opened) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "shop/cart.py")
        line = line_of(CART, "return self.total()")
        screen.view.go_to(line, CART.split("\n")[line].index("total"))
        await pilot.press("f12")
        await until(pilot, lambda: screen.view.position[0] == line_of(CART, "def total"))
        await pilot.press("f12")
        await until(pilot, lambda: screen.title_bar._note == "this is the definition")
        await pilot.press("f24")
        await until(pilot, lambda: isinstance(app.screen, PlacesScreen))
        places = app.screen
        lines = [r.hit.line - 1 for r in places.list.results.rows if hasattr(r, "hit")]
        assert line in lines
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, FileScreen) and app.screen is not screen)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is places)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_a_definition_in_another_file_opens_it(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        line = line_of(CART, "import round_money")
        screen.view.go_to(line, CART.split("\n")[line].index("round_money"))
        await pilot.press("f12")
        await until(pilot, lambda: isinstance(app.screen, FileScreen) and app.screen is not screen)
        assert app.screen.file.path == "shop/prices.py"
        assert app.screen.view.position[0] == 3
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_without_a_name_f12_says_so(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py:2")
        await pilot.press("f12")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "There is no name here."
        await pilot.press("escape")
        assert screen.problem.error is None


async def test_the_search_for_a_name_can_be_stopped(app, until, opened, monkeypatch) -> None:
    import threading

    started, release = threading.Event(), threading.Event()

    def slow(self, at, data, check):
        started.set()
        release.wait(20)
        check()
        raise AssertionError("it was cancelled")

    monkeypatch.setattr("assistant.ui.fileaccess.FileAccess.references", slow)
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("shift+f12")
        await until(pilot, started.is_set)
        assert screen.file_work.searching
        await pilot.press("escape")
        assert not screen.file_work.searching
        release.set()
        await pilot.pause()
        assert app.screen is screen
        assert screen.problem.error is None


async def test_a_range_goes_to_the_task_line_as_its_unit(app, until, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        main = app.screen_stack[0]
        screen.view.go_to(line_of(CART, "total = 0.0"))
        await pilot.press("shift+down", "x", "ctrl+r")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "This text is not saved yet."
        await pilot.press("ctrl+z", "shift+down", "ctrl+r")
        await until(pilot, lambda: app.screen is main)
        await until(pilot, lambda: main.focused is main.prompt.input)
        assert tuple(main.files.file_tree.selection) == (Selected("shop/cart.py", "Cart.total"),)


async def test_a_range_over_everything_selects_the_file(app, until, opened) -> None:
    async with app.run_test() as pilot:
        await opened(pilot, "shop/cart.py")
        main = app.screen_stack[0]
        await pilot.press("f7", "ctrl+r")
        await until(pilot, lambda: app.screen is main)
        assert tuple(main.files.file_tree.selection) == (Selected("shop/cart.py"),)


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


async def test_a_fast_burst_of_keys_keeps_its_order(app, shop, until, opened) -> None:
    async with app.run_test() as pilot:
        await opened(pilot, "shop/cart.py")
        await pilot.press("a", "b", "backspace", "c", "left", "d", "end", "enter", "ctrl+s")
        wanted = CART.split("\n")[0]
        text = f"adc{wanted}\n\n" + CART.partition("\n")[2]
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() == text)


async def test_undo_on_the_command_line_covers_a_save(app, shop, state, until, opened) -> None:
    from assistant.apply.writer import Writer

    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() == "x" + CART)
        await until(pilot, lambda: not screen.changed)
    Writer(shop, state).undo()
    assert (shop / "shop/cart.py").read_text() == CART
    status = subprocess.run(
        ["git", "status", "--porcelain", "shop"], cwd=shop, capture_output=True, check=True
    )
    assert status.stdout == b""


async def test_the_editor_is_used_for_an_ordinary_file(app, opened) -> None:
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        assert isinstance(screen.view, FileEditor)
        assert not app.screen.query(Input).first().has_focus


async def test_what_is_typed_after_a_key_goes_where_the_key_leads(app, until, opened) -> None:
    """Keys that are all there at once, as on a slow machine."""
    from textual.events import Key

    def burst(*names: str) -> None:
        for name in names:
            app.post_message(Key(name, name if len(name) == 1 else None))

    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        burst("ctrl+f", *"total")
        await until(pilot, lambda: screen.find_bar.input.value == "total")
        await pilot.press("escape")
        burst("ctrl+l", *"12")
        await until(pilot, lambda: isinstance(app.screen, GoToDialog))
        await until(pilot, lambda: app.screen.input.value == "12")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert not screen.changed
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        burst("ctrl+f", *"cart")
        await until(pilot, lambda: isinstance(app.screen, PlacesScreen))
        await until(pilot, lambda: app.screen.input.value == "cart")


async def test_a_save_that_fails_keeps_the_text(app, until, opened, monkeypatch) -> None:
    from assistant.errors import ApplyError

    def fail(self, reviewed):
        raise ApplyError("Nothing was written: disk full.", hint="Check disk space.")

    monkeypatch.setattr("assistant.apply.writer.Writer.apply", fail)
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "Nothing was written: disk full."
        assert screen.problem.error.hint == "Check disk space. Your text is still here."
        assert screen.changed


async def test_a_file_is_shown_where_head_cannot_be_read(app, until, opened, monkeypatch) -> None:
    from assistant.errors import RepositoryError

    def fail(self, path):
        raise RepositoryError("git cat-file failed.", hint="Run git fsck.")

    monkeypatch.setattr("assistant.repo.git.Repository.head", fail)
    async with app.run_test() as pilot:
        screen = await opened(pilot, "shop/cart.py")
        await until(pilot, lambda: screen.problem.error)
        assert screen.problem.error.message == "git cat-file failed."
        assert screen.view.text == CART


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
