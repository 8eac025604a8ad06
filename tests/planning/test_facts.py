"""Facts are read from text in any language, and a path says what a file is for."""

import pytest

from assistant.planning.facts import Role, is_entry, read_facts, role_of


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/pkg/core.py", Role.SOURCE),
        ("lib/index.ts", Role.SOURCE),
        ("src/pkg/core.pyi", Role.STUB),
        ("tests/test_core.py", Role.TEST),
        ("docs/index.rst", Role.DOCUMENT),
        ("README.md", Role.DOCUMENT),
        ("CHANGES.rst", Role.CHANGELOG),
        ("doc/whatsnew.md", Role.CHANGELOG),
        ("HISTORY", Role.CHANGELOG),
        ("src/pkg/history.py", Role.SOURCE),
        ("docs/conf.py", Role.OTHER),
        ("typed-api-examples/core.py", Role.OTHER),
        ("src/data_tools/core.py", Role.SOURCE),
        ("changelog.d/12.change.md", Role.OTHER),
        ("pyproject.toml", Role.OTHER),
        ("setup.py", Role.OTHER),
        (".github/ISSUE_TEMPLATE/bug_report.md", Role.OTHER),
        (".ci/check.py", Role.OTHER),
    ],
)
def test_the_role_of_a_path(path: str, role: Role) -> None:
    assert role_of(path) is role


def test_entries_of_a_change_log_in_a_folder() -> None:
    assert is_entry("changelog.d/12.change.md")
    assert not is_entry("CHANGES.md")


def test_python() -> None:
    text = "import os.path as p\nfrom .base import (\n    One,\n    two,\n)\nLIMIT = 3\n\n\n"
    text += "class Cache(One):\n    def get_item(self):\n        return self._item\n"
    facts = read_facts("pkg/cache.py", text)
    assert facts.defined == {"LIMIT", "Cache", "get_item"}
    assert facts.imports == {("os", "path"), ("base",), ("base", "One"), ("base", "two")}
    assert facts.names["_item"] == 1
    assert facts.stems["item"] == 2, "of get_item and _item"
    assert len(facts.chunks) == 4, "the imports, and each definition"


def test_other_languages() -> None:
    text = 'import {Queue} from "./lib/queue.js";\nexport default class Pool {}\n'
    facts = read_facts("src/pool.ts", text)
    assert facts.defined == {"Pool"}
    assert ("lib", "queue") in facts.imports


@pytest.mark.parametrize(
    ("path", "stem"),
    [("a/__init__.py", "a"), ("tests/test_cells.py", "cells"), ("_make.py", "_make")],
)
def test_the_stem(path: str, stem: str) -> None:
    assert read_facts(path, "").stem == stem
