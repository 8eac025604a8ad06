"""A proposal that changes, creates and deletes files of the shop."""

from pathlib import Path

from assistant.proposal.changes import Change
from assistant.solving.values import Candidate, Proposal, Tokens
from assistant.ui.preparing import Prepared, prepare
from tests.ui.shop import CART, CART_FIXED, FILES

PRICES = FILES["shop/prices.py"].replace("amount + 1e-9, 2", "amount + 1e-9, places")


def proposal_of(*changes: Change) -> Prepared:
    """A prepared proposal with one candidate."""
    candidate = Candidate(1, changes, "rewrite", tokens=Tokens(9, -0.1))
    return prepare(Proposal("Count quantities", (candidate,)), frozenset())


def three_files() -> Prepared:
    """Four hunks in one file, one in the second, and a new file."""
    prices = FILES["shop/prices.py"].encode()
    return proposal_of(
        Change("shop/cart.py", CART.encode(), CART_FIXED.encode()),
        Change("shop/prices.py", prices, PRICES.encode()),
        Change("shop/taxes.py", None, b'"""Taxes."""\n\nRATE = 0.19\n'),
    )


async def reviewed(pilot, until, prepared: Prepared):
    """Shows a proposal and returns the review panel, with the focus on the diff."""
    screen = pilot.app.screen
    await until(pilot, lambda: screen.session and not screen.status.value.running)
    screen.review.show(prepared)
    screen.action_pane("diff")
    await until(pilot, lambda: screen.focused is screen.review.diff)
    return screen.review


def read(root: Path, path: str) -> str:
    return (root / path).read_text(encoding="utf-8")
