"""Examples and assertions that a task's text states."""

import pytest

from assistant.probe.stated import MOST_STATED, is_stated, stated_examples

ONE = "def f(a):\n    pass\n"
TEXT = """
Each message is encoded: `"AABCCC"` becomes "2AB3C". The 6th prime is 13, and
15 is given back as [5, 10]. A title is cut after "of
the", at -3.5 degrees.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_examples_are_read_from_the_text(text, expected) -> None:
    assert stated_examples(text, ONE) == tuple(f"assert {each}" for each in expected)


@pytest.mark.parametrize(
    "text",
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
def test_ambiguous_text_is_not_an_example(text) -> None:
    assert stated_examples(text, ONE) == ()


@pytest.mark.parametrize(
    ("code", "expected"),
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
def test_pairs_need_a_single_function_with_one_required_parameter(code, expected) -> None:
    assert bool(stated_examples("`G` -> `C`", code)) is expected


def test_calls_of_any_function_are_read() -> None:
    code = "def f(a, b):\n    pass\n\n\ndef g():\n    pass\n"
    text = "g() gives 'x', and f(1, b=2) gives 3"
    assert stated_examples(text, code) == ("assert f(1, b=2) == 3", "assert g() == 'x'")


def test_unclosed_calls_are_given_up_after_a_while() -> None:
    text = "f((1) " * 300 + "f(2) -> 3"
    assert stated_examples(text, ONE) == (), "text after so many calls is not read"
    assert stated_examples("f((1) " * 100 + "f(2) -> 3", ONE) == ("assert f(2) == 3",)


def test_a_long_text_gives_a_limited_number_of_examples() -> None:
    text = "\n".join(f"f({number}) -> {number}" for number in range(1000))
    assert len(stated_examples(text + "f(" * 5000, ONE)) == MOST_STATED


@pytest.mark.parametrize(
    ("assertion", "expected"),
    [
        ("assert encode('AABCCC') == '2AB3C'", True),
        ("assert prime(6) == 13", True),
        ("assert prime(13) == 13", False),
        ("assert prime(3) == 13", False),
        ("assert encode('AAB') == 2", False),
        ("assert fewest([15], 5) == [5, 10]", True),
        ("assert cut('of the') == -3.5", True),
        ("assert cut('of a') == -3.5", False),
        ("assert f(1, 0) == ''", False),
        ("assert f(6, 5) == 6", False),
        ("assert f(6, 9) == 13", False),
        ("assert f('a', 'b') == ['a', 'b']", False),
        ("assert f('as') == 'give'", False),
        ("assert Text('AABCCC').encoded() == '2AB3C'", True),
        ("assert decode(encode('AABCCC')) == '2AB3C'", False),
        ("assert encode(text, 'AABCCC') == '2AB3C'", False),
        ("assert f('AABCCC')", False),
        ("assert f(13) == g(13)", False),
    ],
)
def test_all_values_of_a_stated_assertion_appear_in_the_text(assertion, expected) -> None:
    assert is_stated(assertion, TEXT) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[[1, 2, 3], [8, 9, 4], [7, 6, 5]]", True),
        ("[[1, 2, 3], [4, 9, 8], [7, 6, 5]]", False),
        ("[[1, 2], [8, 9]]", False),
        ("[]", False),
    ],
)
def test_a_table_is_stated_if_its_digits_appear_in_order(value, expected) -> None:
    text = "Of size 3:\n\n    1 2 3\n    8 9 4\n    7 6 5\n"
    assert is_stated(f"assert spiral(3) == {value}", text) is expected
    assert not is_stated(f"assert spiral(4) == {value}", text.replace("4", "0"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("At 10:00 it begins.\n\nIt ends 14 days later.", False),
        ("At 10:00 it begins and ends\n14 days later.", True),
        ("At 10:00 it begins, 10 and 14 days later.", True),
    ],
)
def test_few_numbers_must_appear_in_one_paragraph(text, expected) -> None:
    assert is_stated("assert end(10) == 14", text) is expected
    repeated = "assert end(10) == 10"
    assert is_stated(repeated, text) is (text.count("10") > 1)
