"""Failures of other languages: test runners, panics and compilers."""

from pathlib import Path

import pytest

from assistant.checks.failures import parse_failures
from assistant.checks.results import Failure, Frame
from tests.checks.running import places


def test_javascript_with_vitest_and_mocha(root: Path) -> None:
    text = """\
 FAIL  web/a.test.js > math > adds
AssertionError: expected 1 to be 3

- 3
+ 1

 ❯ web/a.test.js:2:25
      1| import

  1) math
       divides:

      AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

      1 !== 3

      at Context.<anonymous> (web/a.test.js:5:12)
      at process.processImmediate (node:internal/timers:476:21)
"""
    first, second = parse_failures(text, root)
    assert first.name == "math > adds"
    assert first.message.startswith("AssertionError: expected 1 to be 3")
    assert places(first) == [("web/a.test.js", 2, "")]
    assert second.name == "math divides"
    assert second.message.endswith("1 !== 3")
    assert places(second) == [("web/a.test.js", 5, "Context.<anonymous>")]


def test_javascript_with_jest(root: Path) -> None:
    text = f"""\
  ● sums › adds numbers

    expect(received).toBe(expected) // Object.is equality

    Expected: 3
    Received: 2

      1 | test('adds', () => {{
    > 2 |   expect(f(1)).toBe(3);
        |                ^

      at Object.toBe ({root}/web/a.test.js:2:16)
      at node_modules/jest/build/x.js:1:2

  ● sums › throws

    TypeError: x is not a function

      at helper (web/a.test.js:9:1)
      at Object.<anonymous> (web/a.test.js:5:3)
"""
    first, second = parse_failures(text, root)
    assert first.name == "sums › adds numbers"
    assert "Expected: 3" in first.message
    assert places(first) == [("web/a.test.js", 2, "Object.toBe")]
    assert second.message == "TypeError: x is not a function"
    assert [frame.line for frame in second.frames] == [5, 9]


def test_javascript_with_node(root: Path) -> None:
    text = f"""\
file://{root}/web/a.test.js:2
  throw new TypeError("big");
        ^

TypeError: big
    at g (file://{root}/web/a.test.js:2:31)
    at file://{root}/web/a.test.js:1:26
    at ModuleJob.run (node:internal/modules/esm/module_job:218:25)
"""
    (failure,) = parse_failures(text, root)
    assert failure.name == "TypeError"
    assert failure.message == "TypeError: big"
    assert places(failure) == [("web/a.test.js", 1, ""), ("web/a.test.js", 2, "g")]


def test_javascript_with_tap(root: Path) -> None:
    text = f"""\
not ok 1 - adds
  ---
  error: |-
    Expected values to be strictly equal:

    1 !== 3

  code: 'ERR_ASSERTION'
  stack: |-
    TestContext.<anonymous> (file://{root}/web/a.test.js:2:29)
    Test.run (node:internal/test_runner/test:796:25)
  ...
"""
    (failure,) = parse_failures(text, root)
    assert failure.name == "adds"
    assert failure.message.startswith("Expected values to be strictly equal:")
    assert failure.frames[0].line == 2


def test_go(root: Path) -> None:
    for name in ("inner/a_test.go", "a_test.go"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("")
    text = f"""\
--- FAIL: TestSum (0.00s)
    a_test.go:12: got 1, want 2
FAIL
FAIL\texample.com/mod/inner\t0.002s
--- FAIL: TestPanic (0.00s)
panic: boom [recovered]

goroutine 6 [running]:
example.com/mod.f(...)
\t{root}/a_test.go:9 +0x1d
testing.tRunner(0xc000)
\t/usr/local/go/src/testing/testing.go:1595 +0xff
FAIL\texample.com/mod\t0.003s
"""
    logged, panic = parse_failures(text, root)
    assert (logged.name, logged.message) == ("TestSum", "got 1, want 2")
    assert places(logged) == [("inner/a_test.go", 12, "")]
    assert panic.message == "panic: boom [recovered]"
    assert places(panic) == [("a_test.go", 9, "")]


def test_go_compile_errors(root: Path) -> None:
    (root / "inner").mkdir()
    (root / "inner" / "b.go").write_text("")
    text = "# example.com/mod/inner\ninner/b.go:5:2: undefined: y\nFAIL\texample.com/mod [build]\n"
    (failure,) = parse_failures(text, root)
    assert failure.message == "undefined: y"
    assert places(failure) == [("inner/b.go", 5, "")]


@pytest.mark.parametrize(
    "text",
    [
        "thread 'tests::t' panicked at src/lib.rs:10:9:\nassertion failed\n  left: 1\nnote: x\n",
        "thread 'tests::t' (77) panicked at src/lib.rs:10:9:\nassertion failed\n  left: 1\n\nx",
        "thread 'tests::t' panicked at 'assertion failed', src/lib.rs:10:9\n",
    ],
)
def test_rust_panics(root: Path, text: str) -> None:
    (failure,) = parse_failures(text, root)
    assert failure.name == "tests::t"
    assert failure.message.startswith("assertion failed")
    assert places(failure) == [("src/lib.rs", 10, "")]


def test_rust_compile_errors(root: Path) -> None:
    text = """\
warning: unused variable: `z`
 --> src/lib.rs:1:1

error[E0425]: cannot find value `y` in this scope
 --> src/lib.rs:3:29
  |
error: could not compile `fp` (lib) due to 1 previous error
"""
    (failure,) = parse_failures(text, root)
    assert failure == Failure(
        "E0425", "cannot find value `y` in this scope", (Frame("src/lib.rs", 3),)
    )


@pytest.mark.parametrize(
    ("line", "name", "path", "number"),
    [
        ("src/app.ts(3,5): error TS2322: Type mismatch", "TS2322", "src/app.ts", 3),
        ("src/app.ts:3:5 - error TS2322: Type mismatch", "TS2322", "src/app.ts", 3),
        ("c.c:1:21: error: ‘y’ undeclared", "error", "c.c", 1),
        ("core.py:7: error: Incompatible types  [assignment]", "error", "core.py", 7),
        ("core.py:7:1: F401 'x' imported but unused", "error", "core.py", 7),
    ],
)
def test_compilers_and_linters(root: Path, line: str, name: str, path: str, number: int) -> None:
    (failure,) = parse_failures(f"Checking...\n{line}\nDone.\n", root)
    assert failure.name == name
    assert places(failure) == [(path, number, "")]
