"""Placeholders, large deletions and removed definitions."""

import pytest

from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.proposal.changes import Change
from assistant.proposal.omissions import (
    lost_definitions,
    needs_confirmation,
    placeholder_in,
    refuse_placeholders,
)


@pytest.mark.parametrize(
    "line",
    [
        "# ... rest of code",
        "    # ... rest of the code ...",
        "# existing code",
        "// unchanged",
        "// ... existing code ...",
        "/* rest of the function remains unchanged */",
        " * rest of the implementation",
        "-- rest of the file",
        "<!-- ... existing content ... -->",
        "<!-- rest of the body unchanged -->",
        "; remaining code",
        "% same as before",
        "{/* other fields */}",
        "# ...",
        "// …",
        "... rest of code ...",
        "# (rest of the methods unchanged)",
        "# The rest of the code stays the same",
        "# rest of your code here",
        "# Remaining methods here",
        "# code unchanged",
        "# no changes needed here",
        "# keep the rest as is",
        "# your code here",
        "# implementation omitted for brevity",
        '"""... existing code ..."""',
        "# ... (previous code)",
    ],
)
def test_placeholders_are_found(line: str) -> None:
    assert placeholder_in("def f():\n    return 1\n", f"def f():\n{line}\n") == line.strip()
    assert placeholder_in(f"x\n  {line}\n", f"{line}\ny\n") == ""


@pytest.mark.parametrize(
    "line",
    [
        "    ...",
        "def f(self) -> int: ...",
        "call(...args, rest)",
        "...props,",
        "# Loading remaining items...",
        "# the existing code paths rely on this order",
        "# keep order stable",
        "# unchanged since 2019 because of the parser",
        "// other users may hold the lock",
        "x = rest_of_code()",
        "the rest of the code is in b.py",
        "# TODO: handle the same case above",
        "print('... more')",
        "# 3 ... 5",
        "",
        "# -----",
        "-x",
    ],
)
def test_ordinary_lines_are_not_placeholders(line: str) -> None:
    assert placeholder_in("", line) == ""


def test_the_error_names_the_placeholder() -> None:
    with pytest.raises(
        ProposalError, match=r"a\.py::f leaves code out: '# existing code'"
    ) as caught:
        refuse_placeholders("", "a\n# existing code\n", "a.py::f")
    assert caught.value.hint
    refuse_placeholders("# existing code", "a\n# existing code\n", "a.py::f")


_TEN = b"".join(b"%d\n" % number for number in range(10))


@pytest.mark.parametrize(
    ("old", "new", "needed"),
    [
        (_TEN, _TEN[:10], False),
        (_TEN, _TEN[:8], True),
        (_TEN, _TEN[12:], True),
        (_TEN, _TEN.replace(b"\n", b"x\n"), False),
        (_TEN, b"", True),
        (_TEN, b"\n", True),
        (_TEN, None, True),
        (b"", None, False),
        (None, b"a\n", False),
    ],
)
def test_removing_more_than_half_of_a_file_needs_confirmation(
    old: bytes | None, new: bytes | None, needed: bool
) -> None:
    assert needs_confirmation(Change("a", old, new)) is needed


TREE = b"class Tree:\n    def add(self):\n        pass\n\n    def data(self):\n        pass\n"


@pytest.mark.parametrize(
    ("new", "task", "lost"),
    [
        (b"class Tree:\n    def add(self):\n        pass\n", "Implement it", ("a.py::Tree.data",)),
        (b"class Tree:\n    def add(self):\n        pass\n", "Remove data", ()),
        (b"class Bush:\n    pass\n", "Call Tree a Bush", ("a.py::Tree.add", "a.py::Tree.data")),
        (TREE + b"\n    def more(self):\n        pass\n", "Implement it", ()),
        (None, "Implement it", ()),
    ],
)
def test_removed_definitions_are_reported_unless_the_task_names_them(new, task, lost) -> None:
    assert lost_definitions(Change("a.py", TREE, new), read_intent(task)) == lost


def test_a_created_file_loses_no_definition() -> None:
    assert lost_definitions(Change("a.py", None, TREE), read_intent("Make it")) == ()
