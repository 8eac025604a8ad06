"""Text of a model spliced into a file, whose other bytes stay."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ProposalError
from assistant.proposal.splice import delete_unit, insert_after, replace_unit
from assistant.repo.files import TextFile, decode_text, split_lines
from assistant.repo.units import Unit, UnitKind


def _file(data: bytes, path: str = "a.py") -> TextFile:
    return TextFile(path, data, decode_text(data), "\n", data.startswith(b"\xef\xbb\xbf"))


def _unit(data: bytes, start: int, end: int, path: str = "a.py") -> Unit:
    lines = split_lines(data)[start - 1 : end]
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    return Unit(path, "f", UnitKind.FUNCTION, start, end, decode_text(lines[0].strip()), digest)


def _replaced(data: bytes, start: int, end: int, text: str) -> bytes:
    return replace_unit(_file(data), _unit(data, start, end), text)


@pytest.mark.parametrize(
    ("data", "start", "end", "text", "expected"),
    [
        (b"a\nb\nc\n", 2, 2, "B\n", b"a\nB\nc\n"),
        (b"a\nb\nc\n", 2, 2, "\n\nB\nBB\n\n\n", b"a\nB\nBB\nc\n"),
        (b"a\r\nb\r\nc\r\n", 2, 2, "B\nBB", b"a\r\nB\r\nBB\r\nc\r\n"),
        (b"a\nb\r\nc\n", 2, 2, "B\nBB", b"a\nB\r\nBB\r\nc\n"),  # the unit's line ending
        (b"a\r\nb\nc\r\n", 1, 3, "a\nb\nC\n", b"a\r\nb\nC\r\n"),  # repeated lines keep their bytes
        (b"a\r\nb", 2, 2, "B\nBB\n", b"a\r\nB\r\nBB"),  # still no final newline
        (b"a\nb", 1, 1, "A", b"A\nb"),
        (b"a\nb\n", 2, 2, "b", b"a\nb\n"),
        (b"a\nb", 1, 2, "b\na\n", b"b\na"),
        (b"\xef\xbb\xbfa\nb\n", 1, 1, "\ufeffA\n", b"\xef\xbb\xbfA\nb\n"),
        (b"\xef\xbb\xbfa\nb\n", 1, 2, "A\n", b"\xef\xbb\xbfA\n"),
        (b"\xef\xbb\xbf", 1, 1, "A\n", b"\xef\xbb\xbfA"),
        (b"x\x80\nb\n\xff\n", 2, 2, "B", b"x\x80\nB\n\xff\n"),
        (b"# \x93q\x94\nb\n", 1, 2, "# \ufffdq\ufffd\nB", b"# \x93q\x94\nB\n"),
        (b"a\rb\rc\r", 2, 2, "B", b"a\rB\rc\r"),
        (b"a\nb\n", 2, 2, "B\r\nBB\r\n", b"a\nB\nBB\n"),
        (b"only", 1, 1, "x", b"x"),
    ],
)
def test_a_unit_is_replaced(data: bytes, start: int, end: int, text: str, expected: bytes) -> None:
    assert _replaced(data, start, end, text) == expected


_LINE = st.sampled_from([b"a", b"b = 1", b"\xff", b"", b"    c"])
_END = st.sampled_from([b"\n", b"\r\n"])


@given(
    lines=st.lists(st.builds(lambda line, end: line + end, _LINE, _END), min_size=1, max_size=12),
    last=st.sampled_from([b"", b"end"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    data=st.data(),
    text=st.lists(st.sampled_from(["x", "y", "", "  z"]), max_size=5),
)
def test_lines_outside_the_unit_keep_their_bytes(
    lines: list[bytes], last: bytes, mark: bytes, data: st.DataObject, text: list[str]
) -> None:
    whole = mark + b"".join(lines) + last
    rows = split_lines(whole)
    start = data.draw(st.integers(1, len(rows)))
    end = data.draw(st.integers(start, len(rows)))
    new = _replaced(whole, start, end, "\n".join(["x", *text, "y"]))
    before, after = b"".join(rows[: start - 1]), b"".join(rows[end:])
    assert new.startswith(before or mark)
    assert new.endswith(after)
    assert new.endswith(b"\n") == whole.endswith(b"\n")


@given(st.lists(st.builds(lambda a, b: a + b, _LINE, _END), min_size=1, max_size=12))
def test_a_unit_replaced_by_its_own_text_changes_nothing(lines: list[bytes]) -> None:
    whole = b"first\n" + b"".join(lines) + b"last"
    text = whole.decode("utf-8", "replace").replace("\r\n", "\n")
    assert _replaced(whole, 1, len(lines) + 2, text) == whole


def test_text_with_another_indentation_gets_that_of_the_unit() -> None:
    data = b"class A:\n    def f(self):\n        return 1\n"
    text = "def f(self):\n    if self:\n\n        return 2\n"
    assert _replaced(data, 2, 3, text) == (
        b"class A:\n    def f(self):\n        if self:\n\n            return 2\n"
    )


def test_text_with_mixed_indentation_stays_as_it_is() -> None:
    data = b"def f():\n    return 1\n"
    assert _replaced(data, 1, 2, "  def f():\nreturn 2") == b"  def f():\nreturn 2\n"


def test_empty_text_is_rejected() -> None:
    with pytest.raises(ProposalError, match="empty") as caught:
        _replaced(b"a\n", 1, 1, " \n\n")
    assert caught.value.hint
    with pytest.raises(ProposalError, match="empty"):
        insert_after(_file(b"a\n"), 1, "\n")


def test_a_placeholder_is_rejected() -> None:
    with pytest.raises(ProposalError, match="leaves code out"):
        _replaced(b"def f():\n    a()\n", 1, 2, "def f():\n    # ... existing code ...\n")
    with pytest.raises(ProposalError, match="leaves code out"):
        insert_after(_file(b"a\n"), 1, "def f():\n    # rest of the code here\n")


def test_a_unit_from_another_version_is_rejected() -> None:
    unit = _unit(b"a\nb\n", 2, 2)
    for other in (b"a\nB\n", b"a\n", b""):
        with pytest.raises(ProposalError, match="as expected") as caught:
            replace_unit(_file(other), unit, "x")
        assert caught.value.hint
        with pytest.raises(ProposalError, match="as expected"):
            delete_unit(_file(other), unit)


_TOP = b"import os\n\n\ndef a():\n    pass\n\n\ndef c():\n    pass\n"
_CLASS = b"class A:\n    x = 1\n\n    def a(self):\n        pass\n\n\ndef z():\n    pass\n"


@pytest.mark.parametrize(
    ("data", "line", "text", "expected"),
    [
        (
            _TOP,
            5,
            "def b():\n    pass\n",
            b"import os\n\n\ndef a():\n    pass\n\n\ndef b():\n    pass\n\n\ndef c():\n    pass\n",
        ),
        (
            _TOP,
            7,
            "def b():\n    pass\n",
            b"import os\n\n\ndef a():\n    pass\n\n\ndef b():\n    pass\n\n\ndef c():\n    pass\n",
        ),
        (_TOP, 9, "def d(): ...", _TOP + b"\n\ndef d(): ...\n"),
        (_TOP, 1, "X = 1", b"import os\nX = 1\n\n\ndef a()" + _TOP.split(b"def a()")[1]),
        (_TOP, 5, "X = 1", _TOP.replace(b"pass\n\n\ndef c", b"pass\n\n\nX = 1\n\n\ndef c")),
        (
            _CLASS,
            5,
            "    def b(self):\n        pass",
            _CLASS.replace(b"\n\n\ndef z", b"\n\n    def b(self):\n        pass\n\n\ndef z"),
        ),
        (
            _CLASS,
            2,
            "    def b(self): ...",
            _CLASS.replace(b"x = 1\n", b"x = 1\n\n    def b(self): ...\n"),
        ),
        (_CLASS, 1, "    y = 2", _CLASS.replace(b"class A:\n", b"class A:\n    y = 2\n")),
        (_CLASS, 1, "    def b(self): ...", b"class A:\n    def b(self): ...\n\n" + _CLASS[9:]),
        (b"", 0, "a = 1", b"a = 1\n"),
        (b"\n\n", 0, "a = 1", b"a = 1\n\n\n"),
        (b"x = 1", 1, "def f(): ...", b"x = 1\n\n\ndef f(): ..."),
        (b"x = 1", 0, "y = 2\n", b"y = 2\nx = 1"),
        (b"\xef\xbb\xbfx = 1\r\n", 0, "y = 2", b"\xef\xbb\xbfy = 2\r\nx = 1\r\n"),
        (b"x = 1\r\n", 1, "def f():\n    pass", b"x = 1\r\n\r\n\r\ndef f():\r\n    pass\r\n"),
    ],
)
def test_text_is_inserted_into_python(data: bytes, line: int, text: str, expected: bytes) -> None:
    assert insert_after(_file(data), line, text) == expected


@pytest.mark.parametrize(
    ("path", "data", "line", "text", "expected"),
    [
        (
            "a.js",
            b"f() {\n}\n\ng() {\n}\n",
            2,
            "h() {\n}",
            b"f() {\n}\n\nh() {\n}\n\ng() {\n}\n",
        ),
        ("a.js", b"class A {\n}\n", 1, "  f() {\n  }", b"class A {\n  f() {\n  }\n}\n"),
        ("a.go", b"a\nb\n", 1, "x", b"a\nx\nb\n"),
    ],
)
def test_text_is_inserted_into_other_languages(
    path: str, data: bytes, line: int, text: str, expected: bytes
) -> None:
    assert insert_after(_file(data, path), line, text) == expected


@pytest.mark.parametrize("line", [-1, 3])
def test_a_line_number_outside_the_file_is_rejected(line: int) -> None:
    with pytest.raises(ProposalError, match="has 2 lines") as caught:
        insert_after(_file(b"a\nb\n"), line, "x")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "start", "end", "expected"),
    [
        (_TOP, 4, 5, b"import os\n\n\ndef c():\n    pass\n"),
        (_TOP, 8, 9, b"import os\n\n\ndef a():\n    pass\n"),
        (_TOP, 1, 1, b"def a():\n    pass\n\n\ndef c():\n    pass\n"),
        (_CLASS, 4, 5, b"class A:\n    x = 1\n\n\ndef z():\n    pass\n"),
        (_CLASS, 2, 2, b"class A:\n    def a(self):\n        pass\n\n\ndef z():\n    pass\n"),
        (b"class A:\r\n    x = 1\r\n\r\nb = 1\r\n", 2, 2, b"class A:\r\n    pass\r\n\r\nb = 1\r\n"),
        (b"class A:\n    x = 1", 2, 2, b"class A:\n    pass"),
        (b"a = 1\nb = 2\n", 1, 1, b"b = 2\n"),
        (b"a = 1\nb = 2", 2, 2, b"a = 1"),
        (b"a = 1\n", 1, 1, b""),
        (b"\xef\xbb\xbfa = 1\n\nb = 1\n", 1, 1, b"\xef\xbb\xbfb = 1\n"),
        (b"a\r\n\r\nb\n\nc\n", 3, 3, b"a\r\n\r\nc\n"),
    ],
)
def test_a_unit_is_deleted(data: bytes, start: int, end: int, expected: bytes) -> None:
    assert delete_unit(_file(data), _unit(data, start, end)) == expected
