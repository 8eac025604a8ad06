"""The file screen: what opens, what is only read, how it is left."""

import pytest
from textual.widgets import Input

from assistant.ui.screens.file import FileScreen
from assistant.ui.screens.main import MainScreen
from assistant.ui.screens.outline import GoToDialog
from assistant.ui.screens.search import PlacesScreen
from assistant.ui.widgets.fileeditor import FileEditor
from assistant.ui.widgets.filereader import FileReader
from tests.ui.shop import CART, line_of


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


async def test_quitting_closes_the_file_and_leaves(app, until, opened) -> None:
    async with app.run_test() as pilot:
        main = app.screen
        await opened(pilot, "shop/cart.py")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: main.session.workspace.engine.closed)


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
