"""Which complaints of a tool are new, and how they are read from its output."""

import json

import pytest

from assistant.checks import tool_output
from assistant.checks.complaints import Complaint, listed, new_complaints

UNUSED = Complaint("a.py", 1, "F401", "`os` imported but unused", "import os")
LONG = Complaint("a.py", 9, "E501", "Line too long (105 > 100)", "x = 1")
WRONG = Complaint("a.py", 4, "attr-defined", '"A" has no attribute "b"', "A().b")


def moved(complaint: Complaint, line: int, **other: str) -> Complaint:
    fields = {name: getattr(complaint, name) for name in ("path", "code", "message", "text")}
    return Complaint(line=line, **fields | other)


@pytest.mark.parametrize(
    ("before", "after", "fresh"),
    [
        ((), (UNUSED,), (UNUSED,)),
        ((UNUSED,), (), ()),
        ((UNUSED,), (moved(UNUSED, 7),), ()),
        # The line was edited, and the complaint about it stays, whatever it counts.
        ((LONG,), (moved(LONG, 9, text="x = 2", message="Line too long (111 > 100)"),), ()),
        # One more of a kind that the file already had: the repository does not keep to it there.
        ((LONG,), (LONG, moved(LONG, 12, text="y = 1")), ()),
        ((LONG,), (LONG, WRONG), (WRONG,)),
        # In another file it counts.
        ((LONG,), (LONG, moved(LONG, 1, path="b.py")), (moved(LONG, 1, path="b.py"),)),
    ],
)
def test_only_what_was_not_there_before_is_new(before, after, fresh) -> None:
    assert new_complaints(before, after) == fresh


def test_a_renamed_file_keeps_its_complaints() -> None:
    after = (moved(UNUSED, 1, path="b.py"), moved(WRONG, 2, path="b.py"))
    assert new_complaints((UNUSED,), after, {"b.py": "a.py"}) == after[1:]
    assert new_complaints((UNUSED,), after) == after


def test_complaints_are_told_in_one_line() -> None:
    assert listed((UNUSED,), "ruff") == (
        "ruff: 1 complaint that was not there: a.py:1: `os` imported but unused (F401)"
    )
    assert listed((WRONG, WRONG, WRONG), "mypy", most=1) == (
        "mypy: 3 complaints that were not there: "
        'a.py:4: "A" has no attribute "b" (attr-defined); and 2 more'
    )


RUFF = (
    '{"cell":null,"code":"F401","filename":"/r/a.py","location":{"column":8,"row":1},'
    '"message":"`os` imported but unused"}\n'
    '{"code":null,"filename":"/r/b.py","location":{"column":1,"row":2},"message":"Expected `)`"}\n'
)
MYPY = (
    "pyproject.toml: note: unused section(s): module = ['x']\n"
    '{"file": "a.py", "line": 4, "column": 0, "message": "bad\\nmore", "hint": null, '
    '"code": "attr-defined", "severity": "error"}\n'
    '{"file": "a.py", "line": 5, "column": 0, "message": "see", "hint": null, "code": null, '
    '"severity": "note"}\n'
)
PYRIGHT = "warning: {a proxy}\n{ not json\n" + json.dumps(
    {
        "version": "1.1",
        "generalDiagnostics": [
            {
                "file": "/r/a.py",
                "severity": "error",
                "message": "Cannot access",
                "range": {"start": {"line": 3, "character": 1}, "end": {"line": 3}},
                "rule": "reportAttributeAccessIssue",
            },
            {"file": "/r/a.py", "severity": "warning", "message": "m", "range": {}},
        ],
    },
    indent=4,
)
ESLINT = "(node:1) Warning: old\n" + json.dumps(
    [
        {
            "filePath": "/r/a.js",
            "messages": [
                {"ruleId": "no-undef", "severity": 2, "message": "'x' is undefined", "line": 3},
                {"ruleId": "semi", "severity": 1, "message": "warns", "line": 4},
                {"ruleId": None, "severity": 2, "fatal": True, "message": "Parsing", "line": 1},
            ],
        }
    ]
)
CARGO = "\n".join(
    json.dumps(each)
    for each in (
        {"reason": "compiler-artifact", "package_id": "p"},
        {
            "reason": "compiler-message",
            "message": {
                "level": "error",
                "message": "cannot find value `x`",
                "code": {"code": "E0425"},
                "spans": [
                    {"file_name": "src/b.rs", "line_start": 9, "is_primary": False},
                    {"file_name": "src/a.rs", "line_start": 2, "is_primary": True},
                ],
            },
        },
        {
            "reason": "compiler-message",
            "message": {"level": "error", "message": "aborting", "code": None, "spans": []},
        },
        {"reason": "build-finished", "success": False},
    )
)
TSC = (
    "src/a.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.\n"
    "  The expected type comes from here.\n"
    "error TS5083: Cannot read file 'base.json'.\n"
)
FLAKE8 = "./a.py:3:1: F401 'os' imported but unused\nnonsense\n"
GO = (
    "# example.org/m\n"
    "vet: ./b.go:5:2: undefined: y\n"
    'pkg/a.go:4:2: fmt.Printf format %d has arg "x" of wrong type string\n'
)


@pytest.mark.parametrize(
    ("read", "output", "found"),
    [
        (
            tool_output.read_ruff,
            RUFF,
            [("/r/a.py", 1, "F401", "`os` imported but unused"),
             ("/r/b.py", 2, "", "Expected `)`")],
        ),
        (tool_output.read_mypy, MYPY, [("a.py", 4, "attr-defined", "bad")]),
        (
            tool_output.read_pyright,
            PYRIGHT,
            [("/r/a.py", 4, "reportAttributeAccessIssue", "Cannot access")],
        ),
        (
            tool_output.read_eslint,
            ESLINT,
            [("/r/a.js", 3, "no-undef", "'x' is undefined"), ("/r/a.js", 1, "", "Parsing")],
        ),
        (tool_output.read_cargo, CARGO, [("src/a.rs", 2, "E0425", "cannot find value `x`")]),
        (
            tool_output.read_tsc,
            TSC,
            [("src/a.ts", 3, "TS2322", "Type 'string' is not assignable to type 'number'.")],
        ),
        (tool_output.read_flake8, FLAKE8, [("./a.py", 3, "F401", "'os' imported but unused")]),
        (
            tool_output.read_go,
            GO,
            [("b.go", 5, "", "undefined: y"),
             ("pkg/a.go", 4, "", 'fmt.Printf format %d has arg "x" of wrong type string')],
        ),
    ],
)  # fmt: skip
def test_the_output_of_every_tool_is_read(read, output, found) -> None:
    said = [(each.path, each.line, each.code, each.message) for each in read(output)]
    assert said == found


@pytest.mark.parametrize(
    "read",
    [
        tool_output.read_ruff,
        tool_output.read_mypy,
        tool_output.read_pyright,
        tool_output.read_eslint,
        tool_output.read_cargo,
        tool_output.read_tsc,
        tool_output.read_flake8,
        tool_output.read_go,
    ],
)
@pytest.mark.parametrize(
    "output",
    [
        "",
        "{",
        "[" * 100_000,
        "{" * 2_000,
        '{"generalDiagnostics": 3, "location": 1, "severity": "error", "message": {"spans": 1}}',
        '{"generalDiagnostics": [1, {"severity": "error", "range": [], "file": 3}]}',
        '[{"messages": [1, {"severity": 2}]}, 2, {"messages": {}}]',
        '{"message": {"level": "error", "spans": [1, {"is_primary": true}]}}',
        "Traceback (most recent call last):\nSegmentation fault\n",
    ],
)
def test_other_output_holds_no_complaints(read, output) -> None:
    assert list(read(output)) == []
