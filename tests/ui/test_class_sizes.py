"""No class of the UI grows beyond a size that can be read and tested."""

import importlib
import inspect
import pkgutil

import pytest

import assistant.ui

MAX_METHODS = 40


def classes() -> list[type]:
    found: dict[type, None] = {}
    for module in pkgutil.walk_packages(assistant.ui.__path__, "assistant.ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and value.__module__ == module.name:
                found[value] = None
    return list(found)


def methods(owner: type) -> set[str]:
    """Names of all methods and properties that the project defines, inherited ones included."""
    kinds = (property, classmethod, staticmethod)
    return {
        name
        for base in owner.__mro__
        if base.__module__.startswith("assistant.")
        for name, value in vars(base).items()
        if inspect.isfunction(value) or isinstance(value, kinds)
    }


@pytest.mark.parametrize("owner", classes(), ids=lambda owner: owner.__qualname__)
def test_a_class_has_few_methods(owner: type) -> None:
    assert len(methods(owner)) <= MAX_METHODS
