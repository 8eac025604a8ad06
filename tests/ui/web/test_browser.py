"""The real page in a real browser. Skipped where none is installed.

With ASSISTANT_SCREENSHOT the page is drawn to that file, for the README.
"""

import os
import shutil
import subprocess

import pytest
from yarl import URL

from tests.ui.shop import CART_FIXED

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((path for path in map(shutil.which, BROWSERS) if path), None)
FOCUSED = ".xterm.focus"
"""The terminal of the page, once it takes keys."""
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


@pytest.fixture
async def page(screen):
    """A page; what the newest page of its browser draws is drawn on the screen, too."""

    def draw(data: bytes | str) -> None:
        if isinstance(data, bytes):  # else it answers a ping
            screen.feed(data)

    def follow(websocket) -> None:
        size = URL(websocket.url).query
        screen.clear(int(size["width"]), int(size["height"]))
        websocket.on("framereceived", draw)

    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox"],  # which needs more than a container of CI allows
        )
        context = await browser.new_context(viewport={"width": 1164, "height": 672})
        context.on("page", lambda page: page.on("websocket", follow))
        yield await context.new_page()
        await browser.close()


async def test_a_task_is_accepted_and_written_in_the_page(server, page, screen, shop):
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("requestfailed", lambda request: problems.append(request.url))
    await page.goto(server.address)
    assert page.url == f"{server.public_url}/"
    await screen.until("● ready")

    await page.wait_for_selector(FOCUSED)
    await page.keyboard.type("/edit count quantities")
    await page.keyboard.press("Enter")
    await screen.until("1/3 undecided")
    await page.keyboard.press("a")
    await screen.until("1/3 accepted")
    await screen.until("2/3 undecided")
    if picture := os.environ.get("ASSISTANT_SCREENSHOT"):
        await page.screenshot(path=picture)

    async with page.expect_websocket():
        await page.reload()  # the review goes on
    await screen.until("2/3 undecided")
    await screen.until("A accept all")  # the diff has the focus
    await page.wait_for_selector(FOCUSED)
    await page.keyboard.press("A")
    await screen.until("2/3 accepted")
    await page.keyboard.press("w")
    await screen.until("✓ Applied")
    assert (shop / "shop/cart.py").read_text() == CART_FIXED
    assert problems == []


async def test_a_second_page_takes_over(server, page, screen):
    await page.goto(server.address)
    await screen.until("Say what should change")
    second = await page.context.new_page()
    await second.goto(server.public_url)
    await page.wait_for_selector("body.-closed")
    assert await page.get_by_text("open in another page").is_visible()
    await screen.until("Say what should change")


async def test_the_program_ends_with_its_page(server, page, screen):
    await page.goto(server.address)
    await screen.until("Say what should change")
    await page.close()
    task = server.page
    assert task is not None
    await task
    listed = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True)
    assert server.command.partition(" exec ")[2] not in listed.stdout
