"""The part of a file that the model reads to complete it."""

from assistant.completing.window import (
    LEAST_BEFORE,
    MOST_AFTER,
    MOST_BEFORE,
    Window,
    window_of,
)

TEXT = "".join(f"value_{number} = compute({number})\n" for number in range(400))
MIDDLE = TEXT.index("value_200")


def typed(text: str, at: int, keys: str) -> list[tuple[str, int]]:
    """Text and cursor after each key."""
    return [(f"{text[:at]}{keys[: n + 1]}{text[at:]}", at + n + 1) for n in range(len(keys))]


def test_a_small_file_is_read_whole() -> None:
    text = "import os\n\nprint(os.\nexit()\n"
    cursor = text.index("\nexit")
    assert window_of(text, cursor) == Window(0, text[:cursor], "\nexit()\n")
    assert window_of("", 0) == Window(0, "", "")


def test_a_window_begins_and_ends_with_whole_lines_and_is_limited() -> None:
    window = window_of(TEXT, MIDDLE + 3)
    assert window.before.startswith("value_")
    assert window.before.endswith("\nval")
    assert TEXT[window.start - 1] == "\n"
    assert window.after.endswith("\n")
    assert LEAST_BEFORE - 40 <= len(window.before) <= LEAST_BEFORE
    assert MOST_AFTER - 40 <= len(window.after) <= MOST_AFTER
    assert window.before + window.after in TEXT


def test_the_start_moves_seldom_while_typing() -> None:
    window, starts = window_of(TEXT, MIDDLE), []
    for text, cursor in typed(TEXT, MIDDLE, "x = 1\n" * 500):
        window = window_of(text, cursor, window)
        assert window.before + window.after in text
        assert len(window.before) <= MOST_BEFORE
        starts.append(window.start)
    assert len(set(starts)) <= 3000 / (MOST_BEFORE - LEAST_BEFORE) + 1
    assert all(text[start - 1] == "\n" for start in starts)


def test_lines_added_above_the_window_begin_another_one() -> None:
    window = window_of(TEXT, MIDDLE)
    moved = window_of("x" + TEXT, MIDDLE + 1, window)
    assert moved == window_of("x" + TEXT, MIDDLE + 1)
    assert moved.before.startswith("value_")


def test_a_cursor_far_away_begins_another_window() -> None:
    window = window_of(TEXT, MIDDLE)
    for cursor in (0, 40, len(TEXT)):
        assert window_of(TEXT, cursor, window) == window_of(TEXT, cursor)


def test_a_cursor_a_few_lines_away_keeps_the_start() -> None:
    window = window_of(TEXT, MIDDLE)
    for place in ("value_190", "value_210"):
        assert window_of(TEXT, TEXT.index(place), window).start == window.start


def test_a_very_long_line_is_read_in_part() -> None:
    window = window_of("x" * 10_000, 5_100)
    assert len(window.before) == LEAST_BEFORE
    assert len(window.after) == MOST_AFTER
