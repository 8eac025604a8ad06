"""The screenshots of the README can be drawn."""

import pytest

from tests.ui.screenshots import SIZE, draw, first_launch, fix, review


@pytest.mark.parametrize(
    ("run", "shown"),
    [(review, "quantity"), (fix, "verified"), (first_launch, "0.5B")],
    ids=["diff", "fix", "first launch"],
)
async def test_a_screenshot_is_drawn(tmp_path, run, shown) -> None:
    await draw("picture", run, "assistant-dark", SIZE, tmp_path)
    assert shown in (tmp_path / "picture.svg").read_text(encoding="utf-8")
