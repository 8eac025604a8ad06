"""Files as text and back, places in text, editors, and matches in a file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UsageError
from assistant.ui import filetext
from assistant.ui.externaleditor import editor_command
from assistant.ui.filetext import ADDED, CHANGED, REMOVED, OpenedFile, edited, marks, opened
from assistant.ui.finding import Match, beside, following, matches
from assistant.ui.places import Place, place_in, place_of, resolved


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"a", "a"),
        (b"a\n", "a\n"),
        (b"\xef\xbb\xbfa\r\nb\r\n", "a\nb\n"),
        (b"a\rb\nc\r\n\r\n", "a\nb\nc\n\n"),
        ("tab\tünï 你好\n".encode(), "tab\tünï 你好\n"),
    ],
)
def test_a_file_is_text_and_comes_back_byte_for_byte(data, text) -> None:
    file = opened("a.txt", data)
    assert file.editable
    assert file.text == text
    assert edited(file, file.text) == data


@pytest.mark.parametrize(
    ("data", "text", "new"),
    [
        (b"a\r\nb\nc\n", "a\nB\nc\n", b"a\r\nB\nc\n"),
        (b"a\r\nb\nc\r\n", "a\nnew\nb\nc\n", b"a\r\nnew\r\nb\nc\r\n"),
        (b"a\nb", "a\nb\nc", b"a\nb\nc"),
        (b"a\r\nb", "a\r\nb\n".replace("\r", ""), b"a\r\nb\r\n"),
        (b"a\nb\n", "a\nb", b"a\nb"),
        (b"a\r\nb\r\n", "b\n", b"b\r\n"),
        (b"\xef\xbb\xbfa\n", "b\n", b"\xef\xbb\xbfb\n"),
        (b"a\n", "", b""),
        (b"", "a\n", b"a\n"),
    ],
)
def test_only_what_is_edited_changes(data, text, new) -> None:
    assert edited(opened("a.txt", data), text) == new


_LINES = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "ü"]), st.sampled_from(["\n", "\r\n", "\r"]))
)


@given(_LINES, st.booleans(), st.lists(st.sampled_from(["", "a", "b", "c"])))
def test_the_text_is_what_was_typed_and_unedited_files_stay(lines, ended, typed) -> None:
    joined = "".join(line + end for line, end in lines)
    # A "\r" before an "\n" of its own line would be one line end.
    joined = joined.replace("\r\r\n", "\r\n").replace("\r\n\n", "\n") + ("" if ended else "x")
    file = opened("a.txt", joined.encode())
    assert edited(file, file.text) == file.data
    text = "\n".join(typed)
    assert opened("a.txt", edited(file, text)).text == text


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("a.py", b"caf\xe9\n", "UTF-8"),
        ("a.py", b"a\x0cb\n", "line ends"),
        ("a.py", "a\u2028b\n".encode(), "line ends"),
        (".env", b"KEY=1\n", "secrets"),
        ("a.js", b"x" * 6_000, "characters"),
        ("a.txt", b"\n" * 20_001, "lines"),
        ("a.txt", b"0123456789\n" * 200_000, "2 MB"),
    ],
    ids=range(7),
)
def test_what_cannot_be_edited_is_shown_with_the_reason(path, data, reason) -> None:
    file = opened(path, data)
    assert not file.editable
    assert reason in file.reason
    assert b"".join(file.lines()) == data.replace(b"\n", b"")


def test_of_a_huge_file_the_beginning_is_shown(monkeypatch) -> None:
    monkeypatch.setattr(filetext, "MOST_BYTES", 4)
    file = opened("a.txt", b"abcde")
    assert file.data == b"abcd"
    assert "first" in file.reason


def test_a_binary_file_is_refused() -> None:
    with pytest.raises(UsageError, match="binary"):
        opened("a.png", b"\x89PNG\0\0")


@pytest.mark.parametrize(
    ("head", "now", "found"),
    [
        (None, "a\n", {}),
        (b"a\nb\n", "a\nb\n", {}),
        (b"a\r\nb\r\n", "a\nb\n", {}),
        (b"a\nb\nc\n", "a\nB\nc\nd\n", {1: CHANGED, 3: ADDED}),
        (b"a\nb\nc\n", "a\nc\n", {1: REMOVED}),
        (b"a\nb", "a", {0: REMOVED}),
    ],
)
def test_marks_tell_what_differs_from_head(head, now, found) -> None:
    assert marks(head, now.encode().split(b"\n")) == found


def test_lines_end_where_the_file_does() -> None:
    assert OpenedFile("", b"a\nb", "").lines() == [b"a", b"b"]
    assert OpenedFile("", b"a\n", "").lines() == [b"a", b""]
    assert OpenedFile("", b"", "").lines() == [b""]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("shop/cart.py:31: AssertionError", Place("shop/cart.py", 31)),
        ('  File "/tmp/copy/shop/cart.py", line 7, in f', Place("/tmp/copy/shop/cart.py", 7)),
        ("see src/main.rs:3:14", Place("src/main.rs", 3)),
        ("  --> src/lib.rs:2", Place("src/lib.rs", 2)),
        (" main_test.go:12: bad", Place("main_test.go", 12)),
        ("a.py:0", Place("a.py", 1)),
        ("at 12:30 o'clock", None),
        ("E   assert 1 == 2", None),
        ("", None),
    ],
)
def test_places_are_found_in_output(text, place) -> None:
    assert place_in(text) == place


def test_what_is_typed_after_open_is_a_path_with_or_without_a_line() -> None:
    assert place_of(" @shop/cart.py:12 ", ()) == Place("shop/cart.py", 12)
    assert place_of('"my file.py"', ()) == Place("my file.py", 1)
    assert place_of("odd:3", ("odd:3",)) == Place("odd:3", 1)
    with pytest.raises(UsageError, match="needs a path"):
        place_of("  ", ())


def test_a_place_is_resolved_to_a_file_of_the_repository() -> None:
    paths = ("shop/cart.py", "web/cart.py", "shop/prices.py")

    def path(written: str) -> str:
        return resolved(Place(written, 1), "/home/me/shop", paths)

    assert path("shop/cart.py") == "shop/cart.py"
    assert path("/home/me/shop/web/cart.py") == "web/cart.py"
    assert path("./shop/cart.py") == "shop/cart.py"
    assert path("/tmp/assistant-check-1/tree/shop/cart.py") == "shop/cart.py"
    assert path("prices.py") == "shop/prices.py"
    with pytest.raises(UsageError, match="one of 2 files"):
        path("cart.py")
    with pytest.raises(UsageError, match="no file of this repository"):
        path("/usr/lib/python3/abc.py")


@pytest.fixture
def programs(tmp_path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("vim", "code", "hx", "odd"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("chosen", "rest", "windowed"),
    [
        ("vim", ["+12", "/r/a.py"], False),
        ("vim -p", ["-p", "+12", "/r/a.py"], False),
        ("code", ["--goto", "/r/a.py:12:3"], True),
        ("hx", ["/r/a.py:12:3"], False),
        ("odd", ["/r/a.py"], False),
    ],
)
def test_editors_are_told_the_line_in_their_own_way(programs, chosen, rest, windowed) -> None:
    environ = {"EDITOR": chosen, "PATH": str(programs)}
    command = editor_command(Path("/r/a.py"), 12, 3, root=Path("/r"), environ=environ)
    program = programs / chosen.split(" ")[0]
    assert list(command.argv) == [str(program), *rest]
    assert command.windowed is windowed


def test_visual_comes_before_editor(programs) -> None:
    environ = {"VISUAL": "vim", "EDITOR": "odd", "PATH": str(programs)}
    command = editor_command(Path("/r/a.py"), 1, 1, root=Path("/r"), environ=environ)
    assert command.argv[0].endswith("/vim")


@pytest.mark.parametrize(
    ("chosen", "message"),
    [("", "No editor is set."), ("absent", "is not installed"), ("'", "cannot be read")],
)
def test_without_an_editor_it_says_what_to_do(programs, chosen, message) -> None:
    environ = {"EDITOR": chosen, "PATH": str(programs)}
    with pytest.raises(UsageError, match=message) as raised:
        editor_command(Path("/r/a.py"), 1, 1, root=Path("/r"), environ=environ)
    assert "VISUAL" in raised.value.hint


def test_an_editor_inside_the_repository_is_not_run(tmp_path, programs) -> None:
    (tmp_path / ".git").mkdir()
    environ = {"EDITOR": "vim", "PATH": str(programs)}
    with pytest.raises(UsageError, match="not installed"):
        editor_command(tmp_path / "a.py", 1, 1, root=tmp_path, environ=environ)


def test_matches_are_in_order_and_case_counts_for_upper_case() -> None:
    lines = ["Total total", "", "a total", "İtotal"]
    found = matches(lines, "total")
    assert found == (Match(0, 0, 5), Match(0, 6, 11), Match(2, 2, 7), Match(3, 1, 6))
    assert matches(lines, "Total") == (Match(0, 0, 5),)
    assert matches(lines, "") == ()
    assert matches(lines, "absent") == ()


def test_the_number_of_matches_is_limited(monkeypatch) -> None:
    monkeypatch.setattr("assistant.ui.finding.MOST", 3)
    assert len(matches(["aaaa"] * 3, "a")) == 3


def test_the_next_match_goes_round() -> None:
    found = matches(["x x", "x"], "x")
    assert following(found, 0, 1) == 1
    assert following(found, 1, 1) == 0
    assert [beside(found, m.line, m.start, 1) for m in found] == [1, 2, 0]
    assert [beside(found, m.line, m.start, -1) for m in found] == [2, 0, 1]
