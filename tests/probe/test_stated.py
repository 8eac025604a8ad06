"""Examples that a task's words write out, read without a model."""

import pytest

from assistant.probe.stated import MOST_TOLD, told_examples

ONE = "def f(a):\n    pass\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("- `G` -> `C`\n- `C` -> `G`\n", ["f('G') == 'C'", "f('C') == 'G'"]),
        ('"ab" becomes "ba", "" gives "".', ["f('ab') == 'ba'", "f('') == ''"]),
        ("`[1, 2]` → `3`", ["f([1, 2]) == 3"]),
        ("`28` should be `perfect`", ["f(28) == 'perfect'"]),
        ("'it' is encoded as 'ti' (the other way round)", ["f('it') == 'ti'"]),
        ("f(4) -> 16, as is.", ["f(4) == 16"]),
        ("`f('a b')` returns `['a', 'b']`.", ["f('a b') == ['a', 'b']"]),
        ("f((1, 2)) == (2, 1)", ["f((1, 2)) == (2, 1)"]),
        ("f(5)  # => None", ["f(5) == None"]),
        (">>> f(3)\n9\n>>> f(4)\n>>> f(5)\n25", ["f(3) == 9", "f(5) == 25"]),
        ("f(3) -> 9, and `f(3)` -> `10`", ["f(3) == 9"]),
    ],
)
def test_what_the_words_write_out_is_an_example(words, told) -> None:
    assert told_examples(words, ONE) == tuple(f"assert {each}" for each in told)


@pytest.mark.parametrize(
    "words",
    [
        '"x" -> "y" -> "z"',
        "\"GATTACA\" -> 'A': 3, 'C': 1",
        "`g(3)` -> `4`",
        "`a = 3` -> `b = 4`",
        "f(3)\n9",
        "f(x) -> 9",
        "f(3) prints 9",
        "f(1, 2) -> 3",
        "half(3) -> 9",
        "f(3",
        "a -> b",
        "`` -> ``",
    ],
)
def test_what_could_mean_anything_is_none(words) -> None:
    assert told_examples(words, ONE) == ()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def f(a, b):\n    pass\n", False),
        ("def f(a, b=1):\n    pass\n", True),
        ("def f(a, *, b):\n    pass\n", False),
        ("def f(a):\n    pass\n\n\ndef g(a):\n    pass\n", False),
        ("class F:\n    def f(self, a):\n        pass\n", False),
        ("def f(", False),
        ("", False),
    ],
)
def test_pairs_are_of_one_function_that_takes_one_value(code, told) -> None:
    assert bool(told_examples("`G` -> `C`", code)) is told


def test_calls_are_of_any_function() -> None:
    code = "def f(a, b):\n    pass\n\n\ndef g():\n    pass\n"
    words = "g() gives 'x', and f(1, b=2) gives 3"
    assert told_examples(words, code) == ("assert f(1, b=2) == 3", "assert g() == 'x'")


def test_calls_that_do_not_end_are_not_read_for_long() -> None:
    words = "f((1) " * 300 + "f(2) -> 3"
    assert told_examples(words, ONE) == (), "what stands behind so many is not looked at"
    assert told_examples("f((1) " * 100 + "f(2) -> 3", ONE) == ("assert f(2) == 3",)


def test_endless_words_are_cut() -> None:
    words = "\n".join(f"f({number}) -> {number}" for number in range(1000))
    assert len(told_examples(words + "f(" * 5000, ONE)) == MOST_TOLD
