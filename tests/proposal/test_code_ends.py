"""Where the code of a completion ends."""

import pytest

from assistant.proposal.code_ends import ends_in_string, unit_end

FENCED = 'def f():\n    """Says.\n\n```\nf()\n```\n    """\n    return 1\n'


@pytest.mark.parametrize(
    ("path", "code", "after"),
    [
        ("a.py", "def f():\n    return 1\n", "```\n\nIt returns one.\n"),
        ("a.py", "def f():\n    return 1\n", "```python\nprint(f())\n```\n"),
        ("a.py", "    def f(self):\n        return 1\n\n", "```\n"),
        ("a.py", FENCED, "```\nThat is all.\n"),
        ("a.py", "def f():\n    return 1\n\n", "This function now returns one.\n"),
        ("a.js", "function f() {\n  return 1;\n}\n", "```\n\nIt returns one.\n```js\nf()\n```\n"),
        ("A.java", 'String f() {\n  return """\n```\n""";\n}\n', "```\n"),
        ("a.ts", "  has(id: number): boolean {\n    return true;\n  }\n", "```\nDone.\n"),
        ("A.java", "  public int f() {\n    return 1;\n  }\n", "```\nDone.\n"),
        ("a.go", "func f() int {\n\treturn 1\n}\n", "```\nDone.\n"),
    ],
)
def test_the_code_ends_where_something_else_begins(path: str, code: str, after: str) -> None:
    assert unit_end(path, code + after) == len(code)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "def f():\n    return 1\n\n\ndef g():\n    return 2\n"),
        ("a.py", FENCED),
        ("a.py", "def f():\n    return (1\n"),
        ("a.py", "class A:\n    def f(self):\n        return 1\n\n    def g(self:\n        pass\n"),
        ("a.js", "function f() {\n"),
        ("README.md", "# Title\n\n```\ncode\n```\n"),
    ],
)
def test_code_without_anything_after_it_has_no_end(path: str, text: str) -> None:
    assert unit_end(path, text) is None


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", 'def f():\n    """Says.\n', True),
        ("a.py", '    def f(self):\n        """Says.\n', True),
        ("a.py", "def f():\n    return 1\n", False),
        ("a.py", "def f():\n    return (1\n", False),
        ("a.go", "func f() {\n", False),
    ],
)
def test_an_open_string_is_recognised(path: str, text: str, expected: bool) -> None:
    assert ends_in_string(path, text) is expected
