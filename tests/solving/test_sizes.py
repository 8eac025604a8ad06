"""Values and classes stay small enough to be read."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
from pathlib import Path

import assistant
from assistant import solving

MOST_FIELDS = 10
MOST_METHODS = 40


def test_no_dataclass_of_solving_has_many_fields() -> None:
    counted = {}
    for found in pkgutil.walk_packages(solving.__path__, "assistant.solving."):
        module = importlib.import_module(found.name)
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and dataclasses.is_dataclass(kind):
                counted[f"{found.name}.{name}"] = len(dataclasses.fields(kind))
    assert len(counted) > 20, "the walk finds the values"
    assert {name: count for name, count in counted.items() if count > MOST_FIELDS} == {}


def test_no_class_has_many_methods() -> None:
    """Read from the source, because some modules need packages that are not always installed."""
    counted = {}
    root = Path(assistant.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ClassDef):
                methods = [
                    each
                    for each in node.body
                    if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
                ]
                counted[f"{path.relative_to(root)}::{node.name}"] = len(methods)
    assert len(counted) > 100, "the walk finds the classes"
    assert {name: count for name, count in counted.items() if count > MOST_METHODS} == {}
