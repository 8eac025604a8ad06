"""The part of a file that the model reads to complete it."""

from assistant.completing.window import (
    LEAST_BEFORE,
    MOST_AFTER,
    MOST_BEFORE,
    MOST_TYPED,
    Window,
    window_of,
)

LINES = [f"value_{number} = compute({number})\n" for number in range(400)]
TEXT = "".join(LINES)
MIDDLE = TEXT.index("value_200")


def joined(window: Window) -> str:
    return window.before + window.typed + window.after


def typed(text: str, at: int, keys: str) -> list[tuple[str, int]]:
    """Text and cursor after each key."""
    return [
        (f"{text[:at]}{keys[: n + 1]}{text[at:]}", at + n + 1) for n in range(len(keys))
    ]


def test_a_small_file_is_read_whole_from_the_line_of_the_cursor_on() -> None:
    text = "import os\n\nprint(os.\nexit()\n"
    cursor = text.index("\nexit")
    assert window_of(text, cursor) == Window(0, "import os\n\n", "print(os.", "\nexit()\n")
    assert window_of("", 0) == Window(0, "", "", "")


def test_a_window_begins_and_ends_with_whole_lines_and_is_limited() -> None:
    window = window_of(TEXT, MIDDLE + 3)
    assert window.before.startswith("value_")
    assert TEXT[window.start - 1] == "\n"
    assert window.after.endswith("\n")
    assert (window.anchor, window.typed) == (MIDDLE, "val")
    assert LEAST_BEFORE - 40 <= len(window.before) <= LEAST_BEFORE
    assert MOST_AFTER - 40 <= len(window.after) <= MOST_AFTER
    assert joined(window) in TEXT


def test_only_what_was_typed_changes_while_typing() -> None:
    window, cursor = window_of(TEXT, MIDDLE), MIDDLE
    for text, cursor in typed(TEXT, MIDDLE, "def add(a, b):\n    return a"):
        following = window_of(text, cursor, window)
        assert (following.start, following.before) == (window.start, window.before)
        assert following.after == window.after
        window = following
    assert window.typed == "def add(a, b):\n    return a"


def test_the_window_moves_seldom_and_keeps_its_start_as_long_as_it_can() -> None:
    window, anchors, starts = window_of(TEXT, MIDDLE), set(), set()
    for text, cursor in typed(TEXT, MIDDLE, "x = 1\n" * 500):
        window = window_of(text, cursor, window)
        assert joined(window) in text
        assert len(window.typed) <= MOST_TYPED
        assert len(window.before) <= MOST_BEFORE
        anchors.add(window.anchor)
        starts.add(window.start)
    assert len(anchors) <= 3000 / MOST_TYPED + 1
    assert len(starts) <= 5


def test_an_edit_above_the_cursor_is_read() -> None:
    window = window_of(TEXT, MIDDLE)
    changed = TEXT.replace("value_199 =", "other =")
    cursor = changed.index("value_200")
    assert "other =" in window_of(changed, cursor, window).before


def test_an_edit_below_the_cursor_is_read() -> None:
    window = window_of(TEXT, MIDDLE)
    changed = TEXT.replace("value_200 =", "other =")
    assert window_of(changed, MIDDLE, window).after.startswith("other =")
    assert window_of(TEXT[:MIDDLE], MIDDLE, window).after == ""
    ended = window_of(TEXT[:MIDDLE], MIDDLE)
    assert window_of(TEXT, MIDDLE, ended).after.startswith("value_200")


def test_a_cursor_far_away_begins_another_window() -> None:
    window = window_of(TEXT, MIDDLE)
    for cursor in (0, 40, len(TEXT)):
        moved = window_of(TEXT, cursor, window)
        assert moved == window_of(TEXT, cursor)
        assert joined(moved) in TEXT


def test_a_cursor_a_few_lines_away_keeps_the_start() -> None:
    window = window_of(TEXT, MIDDLE)
    up = window_of(TEXT, TEXT.index("value_195"), window)
    assert up.start == window.start
    assert up.typed == ""


def test_a_very_long_line_is_read_in_part() -> None:
    text = "x" * 10_000
    first = window_of(text, 5_100)
    assert len(first.before) <= MOST_BEFORE
    assert len(first.typed) < MOST_TYPED
    assert len(first.after) == MOST_AFTER
    following = window_of(text[:5_100] + "y" + text[5_100:], 5_101, first)
    assert following.before == first.before
