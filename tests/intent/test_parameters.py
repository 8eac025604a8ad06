"""Which parameters the words of a task add."""

import pytest

from assistant.intent.reading import read_intent


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("Add a parameter indent to KeyRenderer that comes first", "indent"),
        ("Add an optional `key` argument to sort()", "key"),
        ("Added a new keyword argument `strict=False` to load", "strict"),
        ("add max_depth arg to install()", "max_depth"),
        ("Add lexer parameter to Syntax", "lexer"),
        ("add a keyword-only parameter named limit.", "limit"),
        ("Give `sort` a parameter `key`", "key"),
        ("Add the argument `first` to a(). Add a `last` argument to b().", "first last"),
        ("Füge einen Parameter `limit` zu load hinzu", "limit"),
        ("Añade un parámetro `limite` a la función cargar", "limite"),
        ("给 sort 函数添加参数 key", "key"),
        ("sort に key パラメータを追加する", "key"),
    ],
)
def test_a_parameter_is_added(task: str, names: str) -> None:
    assert read_intent(task).parameters == tuple(names.split())


@pytest.mark.parametrize(
    "task",
    [
        "Add configuration arguments to the command line",
        "Add a default argument to load",
        "Add an example for help parameter customization",
        "Add documentation of the parameter `key`",
        "Don't introduce a new parameter for this",
        "Add missing arguments",
        "Add two parameters",
        "Rename the parameter `key` to `by`",
        "Remove the `key` argument and add a method by()",
        "sort ignores the parameter `key`",
    ],
)
def test_no_parameter_is_added(task: str) -> None:
    assert read_intent(task).parameters == ()
