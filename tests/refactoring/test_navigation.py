"""Going from a name to its definition and its uses."""

import subprocess
from pathlib import Path

import pytest

from assistant.errors import Cancelled, UsageError
from assistant.refactoring.navigation import Navigator, Position, name_at
from assistant.refactoring.sources import Sources
from assistant.refactoring.values import Sense
from assistant.repo.git import Repository

FILES = {
    "shop/__init__.py": "",
    "shop/cart.py": "from shop.prices import cents as money\nimport json\n\n\n"
    "class Cart:\n    def total(self):\n        return money(json.loads('1'))\n",
    "shop/prices.py": "def cents(value):\n    return value\n",
    "shop/orders.py": "def bill(cart):\n    return cart.total()\n",
    "web/price.ts": "// Shows a price.\nexport function show(n: number) {\n  return n;\n}\n"
    "export class Box {\n  open() {}\n}\n",
    "web/other.ts": "export function show(n: number) {\n  return -n;\n}\n",
    "web/main.ts": 'import { show } from "./price";\nshow(1);\nbox.open();\n',
    "notes.txt": "total\n",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root: Path = tmp_path_factory.mktemp("navigation")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


@pytest.fixture
def navigator(root, tmp_path) -> Navigator:
    return Navigator(Sources(Repository.open(root)), tmp_path / "cache", lambda: None)


def at(path: str, line: int, word: str) -> Position:
    return Position(path, line, FILES[path].split("\n")[line - 1].index(word))


@pytest.mark.parametrize(
    ("where", "path", "line", "name"),
    [
        (at("shop/cart.py", 7, "money"), "shop/prices.py", 1, "cents"),
        (at("shop/cart.py", 1, "prices"), "shop/prices.py", 0, ""),
        (at("shop/orders.py", 2, "total"), "shop/cart.py", 6, "Cart.total"),
        (at("shop/orders.py", 2, "cart"), "shop/orders.py", 1, "bill.cart"),
        (at("web/main.ts", 2, "show"), "web/price.ts", 2, "show"),
        (at("web/main.ts", 3, "open"), "web/price.ts", 6, "Box.open"),
    ],
)
def test_a_name_leads_to_its_definition(navigator, where, path, line, name) -> None:
    found = navigator.definitions(where)
    assert [(one.path, one.line, one.name) for one in found] == [(path, line, name)]


def test_references_follow_imports_and_names(navigator) -> None:
    found = navigator.references(at("shop/cart.py", 6, "total"))
    assert [(p.path, p.line, p.sense) for p in found.places] == [
        ("shop/cart.py", 6, Sense.REFERENCE),
        ("shop/orders.py", 2, Sense.BY_NAME),
    ]
    found = navigator.references(at("web/main.ts", 2, "show"))
    assert [(p.path, p.line) for p in found.places] == [
        ("web/main.ts", 1),
        ("web/main.ts", 2),
        ("web/price.ts", 2),
    ]


def test_an_edited_file_is_read_as_it_is_in_the_editor(root, tmp_path) -> None:
    edited = ("\n\n" + FILES["shop/prices.py"]).encode()
    sources = Sources(Repository.open(root), {"shop/prices.py": edited})
    navigator = Navigator(sources, tmp_path / "cache", lambda: None)
    assert navigator.definitions(Position("shop/prices.py", 4, 12))[0].line == 3


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (at("shop/cart.py", 7, "loads"), "loads is defined outside the repository."),
        (at("shop/cart.py", 7, "'1'"), "There is no name here."),
        (Position("shop/cart.py", 99, 0), "There is no name here."),
        (Position("shop/absent.py", 1, 0), "shop/absent.py cannot be read."),
        (at("notes.txt", 1, "total"), "Definitions are not known in notes.txt."),
        (at("web/main.ts", 3, "box"), "No definition of box was found."),
    ],
)
def test_what_is_not_known_is_said(navigator, where, message) -> None:
    with pytest.raises(UsageError) as raised:
        navigator.definitions(where)
    assert raised.value.message == message
    assert raised.value.hint


def test_a_search_can_be_cancelled(root, tmp_path) -> None:
    def stop() -> None:
        raise Cancelled()

    navigator = Navigator(Sources(Repository.open(root)), tmp_path / "cache", stop)
    with pytest.raises(Cancelled):
        navigator.references(at("shop/cart.py", 6, "total"))


@pytest.mark.parametrize(
    ("text", "column", "name"),
    [("a.total(x)", 2, "total"), ("a.total(x)", 7, "total"), ("a.total(x)", 1, "a"),
     ("a + 12", 5, ""), ("", 0, ""), ("naïve", 3, "naïve")],
)  # fmt: skip
def test_the_name_at_a_column(text, column, name) -> None:
    assert name_at(text, column) == name
