import pytest

from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.proposal.assemble import assemble, insert
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit

STACK = '''"""A stack."""

import sys


class Stack:
    """Last in, first out."""

    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.insert(0, item)

    def pop(self):
        return self.items.pop()


def main():
    print(Stack())


if __name__ == "__main__":
    main()
'''


def python_file(text: str, path: str = "stack.py") -> TextFile:
    return text_file(path, text.encode())


def unit_named(file: TextFile, name: str) -> Unit:
    return next(unit for unit in units_of(file) if unit.name == name)


def rewritten(text: str, name: str, code: str) -> str:
    file = python_file(text)
    return assemble(file, unit_named(file, name), code).decode()


def test_a_method_is_replaced_and_every_other_line_stays() -> None:
    code = "    def push(self, item):\n        self.items.append(item)\n"
    expected = STACK.replace("self.items.insert(0, item)", "self.items.append(item)")
    assert rewritten(STACK, "Stack.push", code) == expected


def test_a_method_without_indentation_is_indented() -> None:
    code = "def push(self, item):\n    self.items.append(item)\n"
    expected = STACK.replace("self.items.insert(0, item)", "self.items.append(item)")
    assert rewritten(STACK, "Stack.push", code) == expected


def test_a_method_written_inside_its_class_is_extracted() -> None:
    code = "class Stack:\n    def push(self, item):\n        self.items.append(item)\n"
    expected = STACK.replace("self.items.insert(0, item)", "self.items.append(item)")
    assert rewritten(STACK, "Stack.push", code) == expected


TWO = "class A:\n    def a(self):\n        return 1\n\n    def b(self):\n        return 2\n"


def test_methods_beside_the_target_go_in_where_an_earlier_one_grows() -> None:
    code = TWO.replace("return 1", "x = 1\n        return x").replace("return 2", "return 3")
    code += "\n    def c(self):\n        return 4\n"
    assert rewritten(TWO, "A.b", code) == code


def test_several_methods_after_the_target_keep_their_order() -> None:
    code = "".join(f"def {name}(self):\n    return 5\n\n" for name in "bcd")
    result = rewritten(TWO, "A.b", code)
    assert [unit.name for unit in units_of(python_file(result))][-3:] == ["A.b", "A.c", "A.d"]


def test_another_method_is_added_after_the_rewritten_one() -> None:
    code = (
        "class Stack:\n    def push(self, item):\n        self.items.append(item)\n\n"
        "    def peek(self):\n        return self.items[-1]\n"
    )
    result = rewritten(STACK, "Stack.push", code)
    assert (
        "append(item)\n\n    def peek(self):\n        return self.items[-1]\n\n    def pop"
        in result
    )


def test_helpers_and_imports_are_merged_into_the_file() -> None:
    code = (
        "import math\n\ndef half(number):\n    return math.floor(number / 2)\n\n\n"
        "def main():\n    print(half(3))\n"
    )
    result = rewritten(STACK, "main", code)
    assert result.index("import math") < result.index("class Stack")
    assert result.index("class Stack") < result.index("def half") < result.index("def main")
    assert result.count("def main") == 1
    compile(result, "stack.py", "exec")


def test_examples_after_the_code_are_removed() -> None:
    code = "def main():\n    print(1)\n\nprint(main())\nassert main() is None\n"
    expected = STACK.replace("print(Stack())", "print(1)")
    assert rewritten(STACK, "main", code) == expected


DEMONSTRATED = """\
def half(n):
    return n / LIMIT


LIMIT = 2

# Try it

four = half(8)
# and say so
print(four)
"""


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("def half(n):\n    pass\n", DEMONSTRATED.partition("\n\n# Try")[0] + "\n"),
        ("def half(n):\n    pass\n\n\nfour = half(8)\n",
         DEMONSTRATED.replace("# and say so\nprint(four)\n", "")),
    ],
)  # fmt: skip
def test_values_that_only_examples_use_are_removed_too(now, left) -> None:
    assert assemble(python_file(now), None, DEMONSTRATED).decode() == left


TRIED = """\
def half(n):
    return n / 2


# Try it
def test_half():
    cases = [(4, 2)]
    for given, value in cases:
        assert half(given) == value
    print("passed")


# Run the tests
for _ in range(2):
    test_half()
"""


def test_unrequested_tests_are_removed() -> None:
    stub = python_file("def half(n):\n    pass\n")
    assert assemble(stub, None, TRIED).decode() == "def half(n):\n    return n / 2\n"


def test_unrequested_tests_are_not_added_with_a_unit() -> None:
    code = f"{TRIED}\n\ndef main():\n    print(half(1))\n"
    assert "def half" in rewritten(STACK, "main", code)
    assert "test_half" not in rewritten(STACK, "main", code)


@pytest.mark.parametrize(
    ("path", "task"), [("test_half.py", "Say more"), ("half.py", "Add a test of half")]
)
def test_requested_tests_stay(path: str, task: str) -> None:
    file = text_file(path, b"def half(n):\n    pass\n")
    assert b"def test_half():" in assemble(file, None, TRIED, read_intent(task))


@pytest.mark.parametrize(
    ("old", "new", "task"),
    [
        pytest.param("n = [1]\nprint(sum(n))\n", "n = [1]\nprint(max(n))\n", "", id="script"),
        pytest.param(
            "n = [1]\n",
            "n = [1]\nfor each in n:\n    print(each)\n",
            "",
            id="no definition to demonstrate",
        ),
        pytest.param(
            "def f():\n    return 1\n\n\nprint(f())\n",
            "def f():\n    return 1\n\n\nprint(f() + 1)\n",
            "Add one",
            id="the file demonstrates it",
        ),
        pytest.param(
            'def f():\n    return 1\n\n\nif __name__ == "__main__":\n    f()\n',
            'def f():\n    return 1\n\n\nif __name__ == "__main__":\n    print(f())\n',
            "",
            id="the file has a main block",
        ),
        pytest.param(
            "def f():\n    return 1\n",
            "def f():\n    return 1\n\n\nprint(f())\n",
            "Print what f returns",
            id="the task asks to print",
        ),
        pytest.param(
            "def f():\n    return 1\n",
            "def f():\n    return 1\n\n\nassert f() == 1\n",
            "Assert that f is 1",
            id="the task asks for an assertion",
        ),
    ],
)
def test_requested_or_existing_demonstrations_stay(old: str, new: str, task: str) -> None:
    assert assemble(python_file(old), None, new, read_intent(task)).decode() == new


USED = "LIMIT = 3\n\n\ndef f():\n    pass\n\n\nvalues = [f()]\nprint(values)\n"


def test_statements_stay_when_the_code_ends_after_the_definitions() -> None:
    code = "def f():\n    return LIMIT\n"
    expected = USED.replace("pass", "return LIMIT")
    assert assemble(python_file(USED), None, code).decode() == expected


def test_statements_are_removed_when_the_task_asks_for_a_removal() -> None:
    code = "def f():\n    return 3\n"
    intent = read_intent("Remove the print")
    assert assemble(python_file(USED), None, code, intent).decode() == code


def test_an_existing_main_block_does_not_allow_other_demonstrations() -> None:
    guarded = 'def f():\n    return 1\n\n\nif __name__ == "__main__":\n    f()\n'
    new = guarded.replace("return 1", "return 2")
    assert assemble(python_file(guarded), None, f"{new}\nprint(f())\n").decode() == new


def test_a_test_rewritten_on_its_own_stays() -> None:
    text = "def test_half():\n    assert 1\n\n\ndef other():\n    pass\n"
    code = "def test_half():\n    assert 2\n"
    file = python_file(text)
    unit = next(unit for unit in units_of(file) if unit.name == "test_half")
    assert assemble(file, unit, code).decode() == text.replace("assert 1", "assert 2")


def test_an_existing_test_stays() -> None:
    file = python_file(TRIED.replace("n / 2", "n // 2"))
    assert assemble(file, None, TRIED).decode() == TRIED


def test_a_function_with_arguments_is_not_a_test() -> None:
    code = "def half(n):\n    return n / 2\n\n\ndef test_value(n):\n    assert n\n    return n\n"
    file = python_file("def half(n):\n    pass\n")
    assert assemble(file, None, code).decode() == code


def test_a_comment_at_the_end_of_the_file_stays() -> None:
    file = python_file("def f():\n    pass\n\n\n# vim: tw=100\n")
    code = "def f():\n    return 1\n\n\nprint(f())\n\n\n# vim: tw=100\n"
    assert assemble(file, None, code).decode().endswith("return 1\n\n\n# vim: tw=100\n")


def test_a_multi_line_string_keeps_its_value_when_indented() -> None:
    code = 'def pop(self):\n    return """a\nb"""\n'
    assert 'return """a\nb"""' in rewritten(STACK, "Stack.pop", code)


def test_a_complete_file_is_taken_as_it_is() -> None:
    file = python_file(STACK)
    code = STACK.replace("insert(0, item)", "append(item)").rstrip("\n")
    assert assemble(file, None, code).decode() == code + "\n"


def test_a_whole_file_without_some_definitions_keeps_them() -> None:
    file = python_file(STACK)
    code = "def main():\n    print(2)\n"
    assert assemble(file, None, code).decode() == STACK.replace("print(Stack())", "print(2)")


def test_a_definition_is_removed_when_the_task_asks_for_it() -> None:
    file = python_file("def f():\n    return 1\n\n\ndef g():\n    return 2\n")
    code = "def f():\n    return 1\n"
    intent = read_intent("Remove g, which is not called.")
    assert assemble(file, None, code, intent).decode() == code
    with_both = file.data.replace(b"return 1", b"return 3")
    changed = code.replace("1", "3")
    for task in ("Make f return 3, as g does.", "Make f return 3, drop the comment."):
        assert assemble(file, None, changed, read_intent(task)) == with_both


def test_a_definition_is_not_removed_while_the_code_uses_it() -> None:
    file = python_file("def f():\n    return 1\n\n\ndef g():\n    return 2\n")
    intent = read_intent("Replace the 1 in f by g's result.")
    result = assemble(file, None, "def f():\n    return g()\n", intent)
    assert result == file.data.replace(b"return 1", b"return g()")


def test_a_renamed_function_replaces_the_old_one() -> None:
    result = rewritten(STACK, "main", "def run():\n    print(1)\n")
    assert "def main" not in result
    assert "\n\n\ndef run():\n    print(1)\n" in result


def test_crlf_and_invalid_utf8_outside_the_unit_are_kept() -> None:
    data = b"# caf\xe9\r\ndef a():\r\n    return 1\r\n\r\n\r\ndef b():\r\n    return 2\r\n"
    file = text_file("x.py", data)
    result = assemble(file, unit_named(file, "b"), "def b():\n    return 3\n")
    assert result == data.replace(b"return 2", b"return 3")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def main(:\n    pass", "does not parse"),
        ("", "empty"),
        ("def one():\n    pass\n\ndef two():\n    pass", "does not contain main"),
        ("def main():\n    # ... rest of the code\n    pass", "leaves code out"),
    ],
)
def test_unusable_code_is_rejected(code: str, words: str) -> None:
    file = python_file(STACK)
    with pytest.raises(ProposalError, match=words):
        assemble(file, unit_named(file, "main"), code)


def test_code_is_inserted_after_a_unit_and_replaces_its_namesake() -> None:
    file = python_file(STACK)
    method = insert(
        file, unit_named(file, "Stack.pop"), "def peek(self):\n    return self.items[-1]"
    )
    assert b"self.items.pop()\n\n    def peek(self):\n        return self.items[-1]\n" in method
    again = insert(file, None, "def main():\n    print(3)")
    assert again.decode() == STACK.replace("print(Stack())", "print(3)")


def test_other_languages_are_replaced_whole() -> None:
    file = text_file("x.txt", b"one\n\ntwo\n")
    assert assemble(file, None, "three") == b"three\n"


def test_a_head_that_the_model_repeats_counts_once() -> None:
    """An answer is opened with signature and docstring, and the model may begin again."""
    head = 'def half(n):\n    """Half of it."""\n'
    file = text_file("a.py", f"{head}    return n\n".encode())
    (unit,) = [each for each in units_of(file) if each.name == "half"]
    new = assemble(file, unit, f"{head}{head}    return n / 2\n")
    assert new.decode() == f"{head}    return n / 2\n"
