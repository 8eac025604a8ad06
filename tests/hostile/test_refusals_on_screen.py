"""A write that is refused in the interface: told, nothing changes, the proposal stays."""

import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from assistant.apply.system import System
from assistant.proposal.omissions import needs_confirmation
from assistant.review.decisions import Decision
from assistant.ui.app import AssistantApp
from assistant.ui.preparing import prepare
from assistant.ui.screens.dialogs import ConfirmDialog
from tests.hostile.kit import every_byte
from tests.ui.shop import CART, CART_FIXED
from tests.ui.stage import cart_proposal, make_services

Undo = Callable[[], object]
Spoil = Callable[[Path, Path, pytest.MonkeyPatch], Undo]
PATH = "shop/cart.py"


def _link(root: Path, state: Path, patch: pytest.MonkeyPatch) -> Undo:
    (root / PATH).rename(root / "aim")
    (root / PATH).symlink_to("../aim")
    return lambda: (root / "aim").replace(root / PATH)


def _fifo(root: Path, state: Path, patch: pytest.MonkeyPatch) -> Undo:
    (root / PATH).rename(root / "aside")
    os.mkfifo(root / PATH)
    return lambda: (root / "aside").replace(root / PATH)


def _nested(root: Path, state: Path, patch: pytest.MonkeyPatch) -> Undo:
    (root / "shop" / ".git").write_text("gitdir: elsewhere\n")
    return (root / "shop" / ".git").unlink


def _unmerged(root: Path, state: Path, patch: pytest.MonkeyPatch) -> Undo:
    index = root / ".git" / "index"
    before = index.read_bytes()

    def git(*arguments: str, stdin: str = "") -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=root, input=stdin, capture_output=True, text=True)
        return done.stdout

    blob = git("rev-parse", f"HEAD:{PATH}").strip()
    stages = "".join(f"100644 {blob} {stage}\t{PATH}\n" for stage in (1, 2, 3))
    git("update-index", "--index-info", stdin=f"0 {'0' * 40}\t{PATH}\n{stages}")
    return lambda: index.write_bytes(before)


def _no_state(root: Path, state: Path, patch: pytest.MonkeyPatch) -> Undo:
    (state / "undo").write_text("a file where a folder should be")
    return (state / "undo").unlink


def _full(root: Path, state: Path, patch: pytest.MonkeyPatch) -> Undo:
    def write(self: System, fd: int, data: memoryview) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    patch.setattr(System, "write", write)
    return patch.undo


SPOILS: list[tuple[Spoil, str]] = [
    (_no_state, "cannot be written"),
    (_link, "is a symbolic link"),
    (_fifo, "is not a regular file"),
    (_nested, "is a nested repository"),
    (_unmerged, "unresolved merge conflict"),
    (_full, "No space left"),
]


async def test_a_refused_write_keeps_files_index_and_proposal(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        proposal = cart_proposal(shop)
        screen.review.show(prepare(proposal, frozenset()))
        screen.action_pane("diff")
        await pilot.press("A")
        for spoil, words in SPOILS:
            with pytest.MonkeyPatch.context() as patch:
                repair = spoil(shop, state, patch)
                before = every_byte(shop)
                screen.review.post_message(screen.review.ApplyRequested(screen.review.review))
                await until(pilot, lambda w=words: _told(screen, w))
                assert screen.problem.error.hint
                assert every_byte(shop) == before
                assert screen.review.proposal is proposal
                assert set(screen.review.review.decisions.values()) == {Decision.ACCEPTED}
                assert app.is_running
                repair()
        screen.review.post_message(screen.review.ApplyRequested(screen.review.review))
        await until(pilot, lambda: (shop / PATH).read_text() == CART_FIXED)
        await until(pilot, lambda: screen.review.proposal is None)


def _told(screen, words: str) -> bool:
    error = screen.problem.error
    return error is not None and words in error.message and "\n" not in error.message


@pytest.mark.parametrize(
    ("protect", "words"),
    [
        (lambda file: file.with_name("same.py").hardlink_to(file), "2 hard links"),
        (lambda file: file.chmod(0o444), "is read-only"),
    ],
    ids=["hard link", "read-only"],
)
async def test_a_protected_file_is_asked_for(shop, state, until, protect, words) -> None:
    protect(shop / PATH)
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.review.show(prepare(cart_proposal(shop), frozenset()))
        screen.action_pane("diff")
        await pilot.press("A")
        before = every_byte(shop)
        for answer in ("n", "y"):
            screen.review.post_message(screen.review.ApplyRequested(screen.review.review))
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            assert words in str(app.screen.query_one(".text").render())
            assert every_byte(shop) == before
            await pilot.press(answer)
            await until(pilot, lambda: app.screen is screen)
            assert (screen.review.proposal is None) or answer == "n"
        await until(pilot, lambda: (shop / PATH).read_text() == CART_FIXED)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: (shop / PATH).read_text() == CART)


async def test_a_second_instance_waits_while_the_first_one_writes(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.review.show(prepare(cart_proposal(shop), frozenset()))
        screen.action_pane("diff")
        await pilot.press("A")
        before = every_byte(shop)
        journal = screen.session.writer._journal
        journal.open()
        with filelock.FileLock(journal.folder / "lock"):
            screen.review.post_message(screen.review.ApplyRequested(screen.review.review))
            await until(pilot, lambda: any(w.group == "write" for w in app.workers))
            await pilot.press("5")
            await until(pilot, lambda: screen.panes.active == "log")
            assert every_byte(shop) == before
            assert screen.review.proposal is not None
        await until(pilot, lambda: (shop / PATH).read_text() == CART_FIXED)


def test_the_cart_is_not_a_large_deletion(shop) -> None:
    """Which would be another question, before that of the tests above."""
    assert not needs_confirmation(cart_proposal(shop).best.changes[0])
