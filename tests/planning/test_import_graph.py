"""Imports are followed to the files that they name."""

from assistant.planning.facts import read_facts
from assistant.planning.graph import Graph, import_graph


def graph_of(files: dict[str, str]) -> Graph:
    return import_graph([read_facts(path, text) for path, text in files.items()])


def test_relative_absolute_and_reexported_names() -> None:
    graph = graph_of(
        {
            "src/shop/__init__.py": "from .cart import Cart\nfrom . import price\n",
            "src/shop/cart.py": "import shop.price\nimport json\n",
            "src/shop/price.py": "",
            "tests/test_cart.py": "from shop.cart import Cart\n",
        }
    )
    package = "src/shop/__init__.py"
    assert graph.imports[package] == {"src/shop/cart.py", "src/shop/price.py"}
    assert graph.imports["src/shop/cart.py"] == {"src/shop/price.py"}
    assert graph.imports["tests/test_cart.py"] == {"src/shop/cart.py"}
    assert graph.importers["src/shop/price.py"] == {package, "src/shop/cart.py"}
    assert graph.importers["src/shop/cart.py"] == {package, "tests/test_cart.py"}


def test_the_nearest_file_of_a_name_counts() -> None:
    graph = graph_of(
        {
            "one/base.py": "",
            "two/base.py": "",
            "two/user.py": "from .base import x\n",
            "tools/json.py": "",
            "two/other.py": "import json\n",
        }
    )
    assert graph.imports == {"two/user.py": frozenset({"two/base.py"})}
