"""Tasks that say to export what they add."""

import pytest

from assistant.intent.exports import asks_export


@pytest.mark.parametrize(
    "text",
    [
        "Add stop_after_failures(n) in shop/stop.py and export it from shop/__init__.py",
        "Add a class Money, exported from the package",
        "add a function f and re-export it",
        "Write clamp and expose it at the top level",
        "Add both and export them in `shop.__init__`",
        "Add a helper half() and add it to __all__",
        "Make the new class importable from the root",
        "添加函数 half() 并从包中导出",
    ],
)
def test_the_words_that_export(text: str) -> None:
    assert asks_export(text)


@pytest.mark.parametrize(
    "text",
    [
        "Add a function that exports orders as CSV",
        "添加导出订单的函数",
        "Fix the export of invoices",
        "Add export_orders() to shop/orders.py",
        "Add a method that exposes the port",
        "Remove old from the list. Do it in the package",
    ],
)
def test_words_that_mean_something_else(text: str) -> None:
    assert not asks_export(text)
