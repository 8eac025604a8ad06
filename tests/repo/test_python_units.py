"""Units of Python files: their extent, names and signatures."""

from textwrap import dedent

import pytest

from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit


def units(source: str) -> dict[str, Unit]:
    found = units_of(text_file("a.py", dedent(source).lstrip("\n").encode()))
    return {unit.name: unit for unit in found}


def extents(source: str) -> list[tuple[str, str, int, int]]:
    return [(unit.name, unit.kind.value, unit.start, unit.end) for unit in units(source).values()]


def test_comments_and_decorators_belong_to_the_function_below() -> None:
    source = """
        # not about f

        # about f
        @first
        # between
        @second(
            1,
        )
        async def f(
            a, b=lambda: {1: 2}
        ) -> dict[str, int]:  # noqa
            # inside
            return {}
            # deeper, so still f

        # not f
    """
    assert extents(source) == [
        ("block 1", "block", 1, 1),
        ("f", "function", 3, 14),
        ("block 2", "block", 16, 16),
    ]
    assert units(source)["f"].signature == (
        "# about f\n@first\n# between\n@second(\n    1,\n)\nasync def f(\n"
        "    a, b=lambda: {1: 2}\n) -> dict[str, int]:  # noqa"
    )


def test_a_class_has_units_for_its_head_methods_and_later_fields() -> None:
    source = '''
        class K(Base):
            """Doc."""

            field: int = 1

            # about m
            def m(self): return 1

            other = 2

            @property
            def p(self):
                return 1

            @p.setter
            def p(self, value):
                pass

            class Inner:
                def m(self):
                    pass
    '''
    assert extents(source) == [
        ("K", "class", 1, 21),
        ("K head", "class head", 1, 4),
        ("K.m", "method", 6, 7),
        ("K.other", "block", 9, 9),
        ("K.p", "method", 11, 13),
        ("K.p.setter", "method", 15, 17),
        ("K.Inner", "class", 19, 21),
        ("K.Inner head", "class head", 19, 19),
        ("K.Inner.m", "method", 20, 21),
    ]
    assert units(source)["K"].signature == "class K(Base):"
    assert units(source)["K.m"].signature == "    # about m\n    def m(self):"


def test_a_class_without_methods_has_no_inner_units() -> None:
    assert [name for name, *_ in extents("class K:\n    x = 1\n")] == ["K"]


def test_imports_and_their_fallbacks_are_one_unit() -> None:
    source = """
        from __future__ import annotations

        import os, sys
        from .near import thing
        try:
            import fast
        except ImportError:
            fast = None
        if TYPE_CHECKING:
            from a.b import C
        X = 1
    """
    assert extents(source) == [("imports", "imports", 1, 10), ("X", "block", 11, 11)]
    assert {"os", "sys", ".near", "thing", "a.b", "C"} <= set(units(source)["imports"].references)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("A = 1\nB = 2\n\nC: int = 3\n", ["A", "C"]),
        ('"""Doc."""\nx()\n', ["docstring"]),
        ("x()\n\ny()\n", ["block 1", "block 2"]),
        ('if __name__ == "__main__":\n    main()\n', ["__main__"]),
        ("if a:\n    def f(): pass\nelse:\n    def f(): pass\n", ["block 1", "f", "f#2"]),
        ("try:\n    x()\nexcept E:\n    def g(): pass\n", ["block 1", "g"]),
        ("def f(): pass\ndef f(): pass\n", ["f", "f#2"]),
        ("x = 1; y = 2\n", ["x"]),
        ("import a; x = 1\n", ["x"]),
    ],
)
def test_units_are_named_after_what_they_define(source: str, names: list[str]) -> None:
    assert [name for name, *_ in extents(source)] == names


def test_references_are_the_names_that_the_code_uses() -> None:
    found = units("def f(a: Kind):\n    return helper(a).attribute[CONSTANT]\n")["f"]
    assert found.references == ("CONSTANT", "Kind", "a", "attribute", "helper")


def test_a_signature_keeps_a_leading_byte_order_mark() -> None:
    (unit,) = units_of(text_file("a.py", b"\xef\xbb\xbfdef f(): return 1\n"))
    assert unit.signature == "\ufeffdef f():"


def test_undecodable_bytes_do_not_stop_the_parser() -> None:
    found = units_of(text_file("a.py", b"# caf\xe9\nX = 1\n\ndef f():\n    return '\xff'\n"))
    assert [unit.name for unit in found] == ["X", "f"]


def test_a_file_that_does_not_parse_is_split_by_indentation() -> None:
    source = """
        import os
        print "old"

        @dec
        def f(
            a,
        ):
            return (

        class K:
            x = 1
            def m(self):
                def inner(): pass
                return 1
            @dec
            async def n(self):
                pass

        y = 2
    """
    assert extents(source) == [
        ("block 1", "block", 1, 2),
        ("f", "function", 4, 8),
        ("K", "class", 10, 17),
        ("K head", "class head", 10, 11),
        ("K.m", "method", 12, 14),
        ("K.n", "method", 15, 17),
        ("block 2", "block", 19, 19),
    ]


def test_stub_files_are_parsed_as_python() -> None:
    (unit,) = units_of(text_file("a.pyi", b"def f() -> int: ...\n"))
    assert unit.signature == "def f() -> int:"
