"""A small git repository of a shop."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

CART = '''"""The shopping cart: what is in it and what it costs."""

from dataclasses import dataclass, field

from shop.prices import round_money


@dataclass
class Item:
    """One line of the cart."""

    name: str
    price: float
    quantity: int = 1


@dataclass
class Cart:
    """Items in the order they were added."""

    items: list[Item] = field(default_factory=list)

    def add(self, item: Item) -> None:
        """Puts an item into the cart."""
        self.items.append(item)

    def total(self) -> float:
        """What all items cost together."""
        total = 0.0
        for item in self.items:
            total += item.price
        return total

    def discounted(self, percent: float) -> float:
        """The total after a discount."""
        return self.total() - percent

    def __len__(self) -> int:
        return len(self.items)
'''

CART_FIXED = (
    CART.replace("total += item.price\n", "total += item.price * item.quantity\n")
    .replace("        return total\n", "        return round_money(total)\n")
    .replace(
        "        return self.total() - percent\n",
        "        if not 0 <= percent <= 100:\n"
        '            raise ValueError(f"not a percentage: {percent}")\n'
        "        return round_money(self.total() * (1 - percent / 100))\n",
    )
    .replace(
        "        return len(self.items)\n",
        "        return sum(item.quantity for item in self.items)\n",
    )
)

CART_SMALLER = CART.replace("total += item.price\n", "total += item.price * item.quantity\n")

FILES = {
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "shop/prices.py": '''"""Money."""


def round_money(amount: float) -> float:
    """To whole cents."""
    return round(amount + 1e-9, 2)
''',
    "shop/orders.py": '''"""Orders made from carts."""

from shop.cart import Cart


class Order:
    """A cart that was paid for."""

    def __init__(self, cart: Cart, number: int) -> None:
        self.cart = cart
        self.number = number

    def invoice(self) -> str:
        """The text of the invoice."""
        lines = [f"{item.quantity} x {item.name}" for item in self.cart.items]
        return "\\n".join([f"Order {self.number}", *lines, f"Total {self.cart.total():.2f}"])
''',
    "tests/test_cart.py": """from shop.cart import Cart, Item


def test_total_counts_quantities():
    cart = Cart()
    cart.add(Item("pen", 1.5, quantity=4))
    assert cart.total() == 6.0


def test_discount_is_a_percentage():
    cart = Cart()
    cart.add(Item("book", 50.0))
    assert cart.discounted(10) == 45.0
""",
    "README.md": "# shop\n\nA small shop.\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "0.1"\n\n[tool.pytest.ini_options]\n',
}


def make_repository(root: Path, files: Mapping[str, str] = FILES) -> Path:
    """Creates a repository with one commit, one changed file and one untracked file."""
    root.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        [*identity, "commit", "-qm", "A small shop"],
    ):
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    (root / "README.md").write_text("# shop\n\nA small shop. It sells pens.\n", encoding="utf-8")
    (root / "notes.txt").write_text("ask about taxes\n", encoding="utf-8")
    return root


def line_of(text: str, inside: str) -> int:
    """The index of the first line that has a text in it."""
    return next(n for n, line in enumerate(text.split("\n")) if inside in line)
