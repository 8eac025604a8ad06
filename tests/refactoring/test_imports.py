"""Imports as a repository writes them."""

import subprocess
from pathlib import Path

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.refactoring.imports import import_line, imports_file
from assistant.refactoring.sources import Sources
from assistant.repo.git import Repository
from assistant.solving.events import ProposalReady
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

FILES = {
    "src/shop/__init__.py": "from shop.prices import price\n",
    "src/shop/prices.py": "import numpy as np\nfrom shop.money import Money as M\n\n"
    "LIMIT = 3\nlimit = 4\n\n\ndef price():\n    return LIMIT\n",
    "src/shop/money.py": "from pprint import pprint\n\n\nclass Money:\n    pass\n",
    "src/shop/orders.py": "from shop.money import Money\nfrom shop import money\nTWICE = 1\n",
    "src/shop/users.py": "from shop.orders import Order\n"
    "from other.money import Money\nTWICE = 2\n",
    "src/shop/deep/__init__.py": "",
    "src/shop/deep/dots.py": "from ..orders import Order\n"
    "from .near import close\nimport os.path\n",
    "src/shop/deep/near.py": "def close():\n    import functools as ft\n    return ft\n",
    "tests/test_shop.py": "from helpers import made\nfrom shop.money import Money\n",
    "tests/helpers.py": "def made():\n    pass\n\n\nimport mock\n",
    "tests/test_other.py": "",
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Sources:
    root: Path = tmp_path_factory.mktemp("imports")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    subprocess.run(["git", "init", "-q", root], check=True)
    return Sources(Repository.open(root).pinned())


@pytest.mark.parametrize(
    ("path", "name", "line"),
    [
        ("src/shop/new.py", "np", "import numpy as np"),
        ("src/shop/new.py", "ft", "import functools as ft"),
        ("src/shop/new.py", "Money", "from shop.money import Money"),
        ("src/shop/new.py", "M", "from shop.money import Money as M"),
        ("src/shop/new.py", "money", "from shop import money"),
        ("src/shop/new.py", "LIMIT", "from shop.prices import LIMIT"),
        ("src/shop/new.py", "limit", ""),
        ("src/shop/new.py", "TWICE", ""),
        ("src/shop/new.py", "nothing", ""),
        ("src/shop/new.py", "os", ""),
        ("src/shop/deep/dots.py", "Money", "from ..money import Money"),
        ("src/shop/deep/dots.py", "ft", "import functools as ft"),
        ("src/shop/deep/near.py", "Money", "from shop.money import Money"),
        ("src/shop/prices.py", "price", ""),
        ("src/shop/money.py", "price", ""),
        ("src/shop/users.py", "price", "from shop.prices import price"),
        ("src/shop/new.py", "made", ""),
        ("src/shop/new.py", "mock", ""),
        ("tests/test_other.py", "made", "from helpers import made"),
        ("tests/test_other.py", "mock", "import mock"),
    ],
)
def test_a_name_is_imported_as_elsewhere(sources, path: str, name: str, line: str) -> None:
    assert import_line(sources, path, name) == line


def test_imports_between_files_are_seen_in_every_form(sources) -> None:
    assert imports_file(sources, "src/shop/__init__.py", "src/shop/prices.py")
    assert imports_file(sources, "src/shop/orders.py", "src/shop/money.py")
    assert imports_file(sources, "src/shop/deep/dots.py", "src/shop/deep/near.py")
    assert not imports_file(sources, "src/shop/prices.py", "src/shop/__init__.py")
    assert not imports_file(sources, "src/shop/deep/near.py", "src/shop/deep/dots.py")
    assert not imports_file(sources, "README.md", "src/shop/prices.py")


def test_a_package_that_imports_its_module_defines_nothing_for_it(make_world) -> None:
    package = "from .stock import count\n\n\ndef price():\n    return count()\n"
    files = {"shop/__init__.py": "", "shop/deep/__init__.py": package, "shop/deep/stock.py": ""}
    files |= {"shop/use.py": "", "shop/other.py": "from shop.deep import price\n"}
    sources = Sources(make_world([], files=files).workspace.repository)
    assert import_line(sources, "shop/use.py", "price") == "from shop.deep import price"
    assert import_line(sources, "shop/deep/stock.py", "price") == ""


def test_a_package_that_imports_a_file_with_dots_is_not_imported_there(make_world) -> None:
    package = "from ..use import work\n\n\ndef price():\n    return work()\n"
    files = {"shop/__init__.py": "", "shop/deep/__init__.py": package, "shop/use.py": ""}
    files["shop/other.py"] = "from shop.deep import price\n"
    sources = Sources(make_world([], files=files).workspace.repository)
    assert import_line(sources, "shop/use.py", "price") == ""


def test_an_edit_gets_the_imports_that_it_lacks(make_world) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/text.py": "class Text:\n    pass\n",
        "shop/labels.py": "def label(name):\n    return name\n",
    }
    world = make_world(["def label(name):\n    return Text(name)\n"], files=files)
    request = TaskRequest("Return a Text from label", (Selected("shop/labels.py"),), candidates=1)
    *_, ready = edit(world.workspace, request, Cancel())
    assert isinstance(ready, ProposalReady)
    assert ready.proposal.candidates[0].changes[0].new == (
        b"from shop.text import Text\n\n\ndef label(name):\n    return Text(name)\n"
    )
