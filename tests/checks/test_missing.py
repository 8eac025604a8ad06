"""What failures report as missing."""

import pytest

from assistant.checks.missing import Missing, MissingKind, missing_from
from assistant.checks.results import Failure

MEMBER, NAME, PARAMETER = MissingKind.MEMBER, MissingKind.NAME, MissingKind.PARAMETER


@pytest.mark.parametrize(
    ("message", "kind", "name", "owner"),
    [
        ("AttributeError: 'Stack' object has no attribute 'peek'", MEMBER, "peek", "Stack"),
        ("AttributeError: type object 'Stack' has no attribute 'of'", MEMBER, "of", "Stack"),
        ("AttributeError: module 'shop.cart' has no attribute 'total'", NAME, "total", "shop.cart"),
        ("ImportError: cannot import name 'total' from 'shop' (/x.py)", NAME, "total", "shop"),
        ("NameError: name 'total' is not defined", NAME, "total", ""),
        ("TypeError: send() got an unexpected keyword argument 'wait'", PARAMETER, "wait", "send"),
        (
            "TypeError: Mail.send() takes 1 positional argument but 2 were given",
            PARAMETER,
            "",
            "Mail.send",
        ),
        ("TypeError: queue.has is not a function", MEMBER, "has", ""),
        ("Property 'has' does not exist on type 'Queue'.", MEMBER, "has", "Queue"),
        ("ReferenceError: total is not defined", NAME, "total", ""),
        ("s.Peek undefined (type *Stack has no field or method Peek)", MEMBER, "Peek", "Stack"),
        ("./cart_test.go:9:7: undefined: Total", NAME, "Total", ""),
        (
            "no method named `peek` found for struct `Stack` in the current scope",
            MEMBER,
            "peek",
            "Stack",
        ),
        ("cannot find function `total` in this scope", NAME, "total", ""),
        (
            "error: cannot find symbol\n  symbol:   method peek()\n"
            "  location: variable s of type Stack",
            MEMBER,
            "peek",
            "Stack",
        ),
        ("error: ‘class shop::Stack’ has no member named ‘peek’", MEMBER, "peek", "Stack"),
        ("error: no member named 'peek' in 'Stack'", MEMBER, "peek", "Stack"),
        ("undefined method `peek' for an instance of Stack", MEMBER, "peek", "Stack"),
        ("TypeError: 'Stack' object is not subscriptable", MEMBER, "__getitem__", "Stack"),
        ("TypeError: object of type 'Stack' has no len()", MEMBER, "__len__", "Stack"),
        (
            "TypeError: Point() accepts 0 positional sub-patterns (2 given)",
            MEMBER,
            "__match_args__",
            "Point",
        ),
    ],
)
def test_a_message_says_what_is_missing_and_where(message, kind, name, owner):
    assert missing_from([Failure("test", message)]) == (Missing(kind, name, owner),)


@pytest.mark.parametrize(
    "message",
    [
        "AssertionError: assert 0 == 1",
        "TypeError: 'NoneType' object is not subscriptable",
        "ValueError: not enough values to unpack (expected 1, got 0)",
        "KeyError: 'name'",
    ],
)
def test_other_failures_report_nothing_missing(message):
    assert missing_from([Failure("test", message)]) == ()


def test_what_several_tests_report_is_read_once():
    failure = Failure("a", "AttributeError: 'Stack' object has no attribute 'peek'")
    assert len(missing_from([failure, failure])) == 1
