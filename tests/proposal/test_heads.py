"""Answers that are only the body of a function."""

import pytest

from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.proposal.assemble import assemble
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file

PYTHON = '''\
class Sums:
    @staticmethod
    def total(values, start=0):
        """The sum."""
        # slow
        for value in values:
            start += value
        return start


def empty(): return None
'''
SCRIPT = """\
class Sums {
  total(values) {
    return 0;
  }
}

function twice(n) {
  return n + n;
}
"""


def rewritten(path: str, text: str, name: str, code: str) -> str:
    file = text_file(path, text.encode())
    unit = next(each for each in units_of(file) if each.name == name)
    return assemble(file, unit, code).decode()


@pytest.mark.parametrize(
    "code",
    [
        "return sum(values, start)\n",
        "        return sum(values, start)\n",
        "    return sum(values, start)\n",
    ],
)
def test_a_body_gets_its_head_back(code: str) -> None:
    before, _, after = PYTHON.partition("        # slow\n")
    expected = (
        f"{before}        return sum(values, start)\n\n\ndef empty{after.partition('empty')[2]}"
    )
    assert rewritten("a.py", PYTHON, "Sums.total", code) == expected


def test_a_body_whose_first_line_lost_its_indentation_gets_its_head_back() -> None:
    code = (
        "start += 1\n        for value in values:\n            start += value\n        return start"
    )
    expected = PYTHON.replace("        # slow\n", "        start += 1\n")
    assert rewritten("a.py", PYTHON, "Sums.total", code) == expected


def test_a_body_with_a_docstring_replaces_the_docstring() -> None:
    code = '"""All of them."""\nreturn sum(values, start)\n'
    result = rewritten("a.py", PYTHON, "Sums.total", code)
    assert '        """All of them."""\n        return sum' in result
    assert "The sum." not in result


def test_a_body_may_define_a_function_of_its_own() -> None:
    code = "def plus(a, b):\n    return a + b\n\nreturn reduce(plus, values, start)\n"
    result = rewritten("a.py", PYTHON, "Sums.total", code)
    assert "        def plus(a, b):\n            return a + b\n" in result
    assert "def total(values, start=0):" in result


@pytest.mark.parametrize("code", ["print(total([1]))\n", "import math\n", "x = 1\n"])
def test_other_statements_are_no_body(code: str) -> None:
    with pytest.raises(ProposalError, match="does not contain"):
        rewritten("a.py", PYTHON, "Sums.total", code)


def test_a_function_on_one_line_has_no_head_to_put_back() -> None:
    with pytest.raises(ProposalError, match="does not contain"):
        rewritten("a.py", PYTHON, "empty", "return 1\n")


@pytest.mark.parametrize(
    ("name", "code", "old", "new"),
    [
        ("Sums.total", "    return values[0];\n", "    return 0;\n", "    return values[0];\n"),
        ("twice", "  return 2 * n;", "  return n + n;\n", "  return 2 * n;\n"),
        (
            "twice",
            "function double(n) {\n  return 2 * n;\n}",
            "function twice(n) {\n  return n + n;\n",
            "function double(n) {\n  return 2 * n;\n",
        ),
    ],
)
def test_a_body_in_braces_gets_its_head_back(name: str, code: str, old: str, new: str) -> None:
    assert rewritten("a.js", SCRIPT, name, code) == SCRIPT.replace(old, new)


@pytest.mark.parametrize(
    ("path", "old", "code", "new"),
    [
        ("a.py", '"""Doc."""\n\nx = 1\n', "x = 1\ny = 2", '"""Doc."""\n\nx = 1\ny = 2\n'),
        ("a.py", "# Licence\n\nx = 1\n", "\nx = 1\ny = 2", "# Licence\n\nx = 1\ny = 2\n"),
        ("a.py", '"""Doc."""\n\nx = 1\n', "y = 1", "y = 1\n"),
        ("a.py", '"""Doc."""\n\nx = 1\n', '"""Other."""\n\nx = 1', '"""Other."""\n\nx = 1\n'),
        ("a.py", "w = 0\nx = 1\n", "x = 1\ny = 2", "x = 1\ny = 2\n"),
        ("a.js", "// Licence\nlet x\n", "let x\nlet y", "// Licence\nlet x\nlet y\n"),
        ("a.go", "/* By\nus */\n\nlet x\n", "let x\nlet y", "/* By\nus */\n\nlet x\nlet y\n"),
        ("a.js", "/* By */ let w\nlet x\n", "let x\nlet y", "let x\nlet y\n"),
        ("a.js", "let w\nlet x\n", "let x\nlet y", "let x\nlet y\n"),
        ("a.js", "/* By\nlet x\n*/\n", "let x\nlet y", "let x\nlet y\n"),
    ],
)
def test_the_comment_at_the_top_of_a_file_stays(path: str, old: str, code: str, new: str) -> None:
    assert assemble(text_file(path, old.encode()), None, code).decode() == new


def test_the_comment_at_the_top_goes_where_the_task_removes_something() -> None:
    file = text_file("a.js", b"// Licence\nlet x\n")
    intent = read_intent("Remove the licence")
    assert assemble(file, None, "let x\nlet y", intent) == b"let x\nlet y\n"
