"""Parts without widgets: commands, completion, history, tree, rows, highlighting, hunks."""

from collections.abc import Iterator

import pytest

from assistant.checks.results import Status
from assistant.context.bundle import Selected
from assistant.context.mentions import mentions
from assistant.errors import UsageError
from assistant.repo.files import FileEntry, FileState
from assistant.repo.units import Unit, UnitKind
from assistant.ui import amounts
from assistant.ui.commands import Command, parse_command
from assistant.ui.completion import complete, wanted_units
from assistant.ui.filetree import FileRow, FileTree, FolderRow, match_paths
from assistant.ui.highlight import highlight
from assistant.ui.history import History
from assistant.ui.rows import crop, crop_start, spread, wrap
from assistant.ui.widgets import checks

PATHS = ("shop/cart.py", "shop/orders.py", "tests/test_cart.py", "README.md")
TOTAL = Unit("shop/cart.py", "Cart.total", UnitKind.METHOD, 3, 9, "def total(self):", "0")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("fix it", Command("plan", "fix it")),
        ("  /ask why?\n", Command("ask", "why?")),
        ("//etc is odd", Command("plan", "/etc is odd")),
        ("/undo", Command("undo", "")),
        ("/und", Command("undo", "")),
        ("/fix\nE  assert 1 == 2", Command("fix", "E  assert 1 == 2")),
        ("a/check.py is slow", Command("plan", "a/check.py is slow")),
        ("make /undo work", Command("plan", "make /undo work")),
    ],
)
def test_text_is_parsed_as_a_command(typed: str, expected: Command) -> None:
    assert parse_command(typed, "plan") == expected


@pytest.mark.parametrize(
    "typed", ["", "  \n", "/nonsense", "/", "/edit", "/plan  ", "/re", "i/undo", "w /fix it"]
)
def test_invalid_commands_are_refused_with_a_hint(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_command(typed, "plan")
    assert caught.value.hint


def suggestions(before: str) -> list[str]:
    found = complete(
        before,
        first_line=True,
        paths=PATHS,
        units=lambda path: (TOTAL,) if path == TOTAL.path else (),
        arguments=lambda name: ("assistant-dark", "assistant-light") if name == "theme" else (),
    )
    return [s.text for s in found.suggestions] if found else []


def test_completion_offers_matches() -> None:
    assert suggestions("change @car") == ["@shop/cart.py ", "@tests/test_cart.py "]
    assert suggestions("change @shop/cart.py::to") == ["@shop/cart.py::Cart.total "]
    assert suggestions("/th") == ["/theme "]
    assert suggestions("/theme li") == ["assistant-light"]
    assert suggestions("/ask what of @READ") == ["@README.md "]
    assert suggestions("mail ada@ex") == []
    assert wanted_units("in @shop/cart.py::x") == "shop/cart.py"
    assert wanted_units("in @shop/cart.py") == ""


def test_only_existing_paths_are_mentions() -> None:
    text = "Change @shop/cart.py::Cart.total, not @gone.py; see @README.md."
    assert mentions(text, PATHS) == (Selected("shop/cart.py", "Cart.total"), Selected("README.md"))


def test_a_folder_is_mentioned_with_a_slash() -> None:
    assert mentions("Tidy up @shop/ and @gone/, please", PATHS) == (Selected("shop"),)
    assert mentions("Tidy up @shop", PATHS) == ()
    assert suggestions("look in @shop/")[0] == "@shop/ "


def test_names_with_spaces_are_quoted() -> None:
    guide = "docs/user guide.md"
    steps = Unit(guide, "First steps", UnitKind.SECTION, 3, 9, "", "")

    def offered(before: str) -> list[str]:
        found = complete(
            before,
            first_line=True,
            paths=(*PATHS, guide),
            units=lambda path: (steps,) if path == guide else (),
            arguments=lambda name: (),
        )
        return [s.text for s in found.suggestions] if found else []

    whole = f'@"{guide}::First steps" '
    assert offered("see @user") == [f'@"{guide}" ']
    assert offered(f'see @"{guide}::first s') == [whole]
    assert offered(f"see {whole}") == []
    assert wanted_units(f'see @"{guide}::') == guide
    assert mentions(f"see {whole}, and @shop/cart.py", (*PATHS, guide)) == (
        Selected(guide, "First steps"),
        Selected("shop/cart.py"),
    )
    assert mentions(f'see @"{guide}".', (*PATHS, guide)) == (Selected(guide),)
    assert mentions('see @"', PATHS) == ()


def test_history_is_browsed_and_stored_privately(tmp_path) -> None:
    history = History(tmp_path / "state")
    for text in ("one", "two", "two"):
        history.add(text)
    assert History(tmp_path / "state").entries == ("one", "two")
    assert [history.older("draft"), history.older("x"), history.older("x")] == ["two", "one", None]
    assert [history.newer(), history.newer(), history.newer()] == ["two", "draft", None]
    file = tmp_path / "state" / "history.jsonl"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_damaged_or_unwritable_history_is_tolerated(tmp_path) -> None:
    (tmp_path / "history.jsonl").write_text('"kept"\n{broken\n[1]\n')
    assert History(tmp_path).entries == ("kept",)
    blocked = tmp_path / "file"
    blocked.write_text("")
    history = History(blocked)
    history.add("still here")
    assert history.entries == ("still here",)


def entries(*paths: str) -> list[FileEntry]:
    return [FileEntry(path, FileState.TRACKED, 40) for path in paths]


def test_the_tree_sorts_filters_and_keeps_the_selection() -> None:
    tree = FileTree()
    tree.load([*entries(*PATHS), FileEntry("x.log", FileState.IGNORED, 9)])
    shown = [row.path if isinstance(row, FolderRow) else row.entry.path for row in tree.rows()]
    assert shown == [
        "shop",
        "shop/cart.py",
        "shop/orders.py",
        "tests",
        "tests/test_cart.py",
        "README.md",
    ]
    tree.toggle(Selected("shop/cart.py"))
    tree.load(entries(*PATHS[1:]))
    assert not tree.selection, "a deleted file is not selected"
    tree.filter = "cart"
    assert [row.entry.path for row in tree.rows() if isinstance(row, FileRow)] == [
        "tests/test_cart.py"
    ]


def test_a_file_replaces_its_units_in_the_selection_and_vice_versa() -> None:
    tree = FileTree()
    tree.load(entries(*PATHS))
    tree.toggle(Selected("shop/cart.py", "Cart.total"))
    tree.toggle(Selected("shop/cart.py"))
    assert list(tree.selection) == [Selected("shop/cart.py")]
    tree.toggle(Selected("shop/cart.py", "Cart.total"))
    assert list(tree.selection) == [Selected("shop/cart.py", "Cart.total")]


def test_the_rows_of_many_files_are_made_once_for_each_state() -> None:
    tree = FileTree()
    tree.load(entries(*PATHS))
    before = tree.rows()
    tree.filter = "cart"
    assert tree.rows() != before
    tree.filter = ""
    assert tree.rows() is before
    tree.toggle(Selected("README.md"))
    assert [row.selected for row in tree.rows() if isinstance(row, FileRow)][-1]
    tree.open.discard("shop")
    assert len(tree.rows()) == len(before) - 2
    tree.load(entries(*PATHS[1:]))
    assert len(tree.rows()) == len(PATHS)


def test_a_folder_of_any_size_is_selected_as_one() -> None:
    tree = FileTree()
    tree.load(entries(*PATHS, *(f"many/{n}.py" for n in range(300))))
    for folder, count in (("shop", 2), ("many", 300)):
        tree.toggle_folder(folder)
        assert list(tree.selection) == [Selected(folder)]
        rows = [row for row in tree.rows() if isinstance(row, FolderRow) and row.path == folder]
        assert [row.selected for row in rows] == [count]
        tree.toggle_folder(folder)
        assert not tree.selection


def test_a_file_can_be_taken_out_of_a_selected_folder() -> None:
    tree = FileTree()
    tree.load(entries(*PATHS, "shop/prices.py"))
    tree.toggle_folder("shop")
    tree.toggle(Selected("shop/orders.py"))
    assert list(tree.selection) == [Selected("shop/cart.py"), Selected("shop/prices.py")]
    tree.load(entries(*PATHS))
    assert list(tree.selection) == [Selected("shop/cart.py")]


def test_files_of_a_selected_folder_are_shown_as_selected() -> None:
    tree = FileTree()
    tree.load(entries(*PATHS))
    tree.toggle_folder("shop")
    selected = {row.entry.path for row in tree.rows() if isinstance(row, FileRow) and row.selected}
    assert selected == {"shop/cart.py", "shop/orders.py"}
    tree.load(entries("README.md"))
    assert not tree.selection, "a folder without files is not selected"


def test_a_folder_counts_each_selected_file_below_it_once() -> None:
    tree = FileTree()
    tree.load(entries("a/b/c/d.py", "a/b/e.py", "a/x.py", "a/y.py", "z.py"))
    for item in (Selected("a/x.py", "f"), Selected("a/x.py", "g"), Selected("a/b/c/d.py")):
        tree.toggle(item)
    tree.selection[Selected("a/b")] = None
    counts = {row.path: row.selected for row in tree.rows() if isinstance(row, FolderRow)}
    assert counts == {"a": 3, "a/b": 2, "a/b/c": 1}


def test_rows_cost_what_is_shown_and_not_what_the_repository_has() -> None:
    class Unlisted(dict[str, FileEntry]):
        def __iter__(self) -> Iterator[str]:
            raise AssertionError("all files were visited")

    tree = FileTree()
    tree.load(entries(*PATHS, *(f"many/{n}.py" for n in range(300))))
    tree.toggle(Selected("shop/cart.py"))
    tree.toggle_folder("many")
    tree.entries = Unlisted(tree.entries)
    assert [row.selected for row in tree.rows() if isinstance(row, FolderRow)] == [300, 1, 0]


def test_nested_folders_are_all_shown() -> None:
    tree = FileTree()
    tree.load(entries("a/b/c/d.py", "a/x.py"))
    assert [type(row).__name__ for row in tree.rows()] == ["FolderRow"] * 3 + ["FileRow"] * 2


def test_file_names_match_before_folders() -> None:
    paths = ("lib/cartography.py", "cart/x.py", "shop/cart.py", "c/a/r/t.py")
    assert match_paths(paths, "cart", limit=9) == [
        "shop/cart.py",
        "lib/cartography.py",
        "cart/x.py",
        "c/a/r/t.py",
    ]


def test_rows_are_cropped_aligned_and_sanitized() -> None:
    from rich.style import Style

    assert crop("abcdef", 4) == "abc…"
    assert crop_start("path/to/file.py", 8).endswith("file.py")
    plain = Style()
    assert spread([("a long name", plain)], [("42", plain)], 9).text == "a lon… 42"
    assert spread([], [("", plain), ("42", plain)], 4).text == "  42", "an empty part hides nothing"
    evil = spread([("\x1b]52;c;aGk=\x07[b]\u202e", plain)], [], 60).text
    assert "\x1b" not in evil
    assert "\u202e" not in evil
    assert "[b]" in evil
    assert wrap("alpha beta gamma", 10) == ["alpha beta", "gamma"]
    assert all(len(line) <= 10 for line in wrap("x" * 35 + " end", 10))
    assert "".join(wrap("x" * 35, 10)) == "x" * 35


def test_amounts_are_short() -> None:
    assert [amounts.tokens(n) for n in (7, 1234, 45_678, 2_500_000)] == ["7", "1.2k", "46k", "2.5M"]
    assert [amounts.size(n) for n in (9, 1_500, 676_000_000, 1.9e9)] == [
        "9 B",
        "1.5 kB",
        "676 MB",
        "1.9 GB",
    ]
    assert [amounts.duration(s) for s in (0.42, 59.7, 125, 4000)] == [
        "0.4s",
        "1m 00s",
        "2m 05s",
        "1h 06m",
    ]


def test_highlighting_covers_every_character_of_every_line() -> None:
    text = 'def f(x):\n    """Doc\n    string."""\n    return x  # done'
    lines = highlight("a/b.py", text)
    assert [sum(length for length, _ in runs) for runs in lines] == [
        len(x) for x in text.split("\n")
    ]
    assert (3, "keyword") in lines[0]
    assert (1, "function") in lines[0]
    assert lines[2][-1][1] == "string"
    assert highlight("noname.unknown-kind", text) == ()


def test_every_status_of_a_check_has_a_mark() -> None:
    assert checks._MARKS.keys() == set(Status)
