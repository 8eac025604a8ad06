"""Changes of nothing but layout."""

import pytest

from assistant.proposal.layout import only_docstrings, only_layout


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("a.py", "x = 1\n    \n", "x = 1\n", True),
        ("a.py", "x = 1  \ny = 2\n", "x = 1\ny = 2", True),
        ("a.py", "x = 1\r\n", "x = 1\n", True),
        ("a.py", "\ufeffx = 1 \n", "\ufeffx = 1\n", True),
        ("a.py", "f(a, b)\n", "f(\n    a,\n    b,\n)\n", True),
        ("a.py", "x = 1\n", "x = 2\n", False),
        ("a.py", "x = (1)\n", "x = (1,)\n", False),
        ("a.py", "x = 'a'\n", 'x = "a"\n', False),
        ("a.py", "if x:\n    y()\nz()\n", "if x:\n    y()\n    z()\n", False),
        ("a.py", 'x = """a  \nb"""\n', 'x = """a\nb"""\n', False),
        ("a.py", "x = 1\n", "x = 1\n\n# why\n", False),
        ("a.py", "x = (\n", "x = ( \n", False),
        ("a.js", "f(a,b);\n", "f(a,\n  b);\n", True),
        ("a.js", "f(`a  b`);\n", "f(`a b`);\n", False),
        ("a.js", "f(); // a\n", "f(); // b\n", False),
        ("a.js", "return\nx;\n", "return x;\n", False),
        ("a.ts", "class A { f(): void {} }\n", "class A {\n  f(): void {}\n}\n", True),
        ("a.go", 'package a\n\nvar s = "a b"\n', 'package a\n\nvar s = "a  b"\n', False),
        ("a.rs", "fn f() -> u8 { 1 }\n", "fn f() -> u8 {\n    1\n}\n", True),
        ("a.java", "class A { int x = 1; }\n", "class A {\n\tint x = 2;\n}\n", False),
        ("a.c", "int f(void) { return 1; }\n", "int f(void)\n{\n  return 1;\n}\n", True),
        ("a.cpp", "template <class T> T f() { return T(); }\n",
         "template <class T>\nT f() { return T(); }\n", True),
        ("a.rb", "def f\n  1\nend\n", "def f\n    1\nend\n", True),
        ("a.sh", "echo 'a  b'\n", "echo 'a b'\n", False),
        ("a.txt", "a  b\n", "a b\n", False),
    ],
)  # fmt: skip
def test_equal_trees_are_layout(path: str, old: str, new: str, expected: bool) -> None:
    assert only_layout(path, old.encode(), new.encode()) is expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("def f():\n    'A.'\n    return 1\n", "def f():\n    'B.'\n    return 1\n", True),
        ("def f():\n    return 1\n", "def f():\n    'B.'\n    return 1\n", True),
        ("class A:\n    'A.'\n    x = 1\n", "class A:\n    'B\\n C.'\n    x = 1\n", True),
        ("def f():\n    'A.'\n    return 1\n", "def f():\n    'B.'\n    return 2\n", False),
        ("def f():\n    'A.'\n    return 1  # a\n", "def f():\n    'B.'\n    return 1\n", False),
        ("def f():\n    return 'a'\n", "def f():\n    return 'b'\n", False),
        ("def f(:\n    'A.'\n", "def f(:\n    'B.'\n", False),
    ],
)
def test_docstrings_alone(old: str, new: str, expected: bool) -> None:
    assert only_docstrings("a.py", old.encode(), new.encode()) is expected
    assert not only_docstrings("a.txt", old.encode(), new.encode())
