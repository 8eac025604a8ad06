"""Signatures and references of units parsed by tree-sitter."""

import pytest

from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit


def units(path: str, source: str) -> dict[str, Unit]:
    return {unit.name: unit for unit in units_of(text_file(path, source.encode()))}


@pytest.mark.parametrize(
    ("path", "source", "name", "signature"),
    [
        ("a.js", "// c\nfunction f(\n  a\n) { // n\n}\n", "f",
         "// c\nfunction f(\n  a\n) { // n"),
        ("a.js", "function f() { return 1 }\n", "f", "function f() {"),
        ("a.js", "const é = (a) => a + 1\n", "é", "const é = (a) =>"),
        ("a.c", "int\nf(int a)\n{\n}\n", "f", "int\nf(int a)\n{"),
        ("a.rb", "def f(a,\n      b)\n  1\nend\n", "f", "def f(a,\n      b)"),
        ("a.rb", "class A < B\nend\n", "A", "class A < B"),
        ("a.go", "func (s S) M(\n\ta int,\n) (int, error) {\n}\n", "S.M",
         "func (s S) M(\n\ta int,\n) (int, error) {"),
        ("A.java", "interface I {\n  void m();\n}\n", "I.m", "  void m();"),
        ("a.rs", "fn f<T>(a: T) -> T\nwhere\n    T: X,\n{\n    a\n}\n", "f",
         "fn f<T>(a: T) -> T\nwhere\n    T: X,\n{"),
    ],
)  # fmt: skip
def test_a_signature_ends_where_the_body_starts(
    path: str, source: str, name: str, signature: str
) -> None:
    assert units(path, source)[name].signature == signature


@pytest.mark.parametrize(
    ("path", "source", "name", "expected"),
    [
        ("a.ts", "function f(a: Kind) { return g(a).field }\n", "f", {"Kind", "g", "field"}),
        ("a.ts", "import { a } from './stock';\n", "imports", {"a", "./stock"}),
        ("a.go", 'import "x/y"\n', "imports", {"x/y"}),
        ("a.rs", "use a::b;\n", "imports", {"a::b"}),
        ("a.c", '#include "lib/a.h"\n', "imports", {"lib/a.h"}),
        ("A.java", "import a.b.C;\n", "imports", {"a.b.C"}),
        ("a.rb", "require_relative 'lib/a'\n", "imports", {"lib/a"}),
    ],
)
def test_references_include_names_and_imported_paths(
    path: str, source: str, name: str, expected: set[str]
) -> None:
    assert expected <= set(units(path, source)[name].references)
