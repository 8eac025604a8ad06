"""Invariants of the units of any file, whatever its content."""

import hashlib
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.repo.files import split_lines
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind

SUFFIXES = (
    "py", "js", "ts", "tsx", "go", "rs", "java", "c", "cpp", "rb", "sh",
    "md", "toml", "yaml", "json", "txt", "unknown",
)  # fmt: skip

SAMPLES = {
    "py": "import os\n\n# about f\n@dec\ndef f(\n    a,\n):\n    return a\n\nclass K:\n    x = 1\n"
    "    def m(self): return 1\n",
    "js": "import a from 'b'\n/** doc\n\n */\nexport function f() {\n}\nclass K { m() {} }\n",
    "ts": "interface P { a: string }\nexport class K {\n  m(): void {\n  }\n}\n",
    "tsx": "export const A = () => <b/>;\n",
    "go": "package a\n\nfunc (s *S) M() {\n}\n",
    "rs": "#[x]\nimpl A {\n    fn m() {\n    }\n}\n",
    "java": "package a;\nclass K {\n  void m() {\n  }\n}\n",
    "c": "#include <a.h>\nint f(void) {\n  return 1;\n}\n",
    "cpp": "#ifndef A\n#define A\nclass K {\n  int m() {\n  }\n};\n#endif\n",
    "rb": "class K\n  def m\n  end\nend\n",
    "sh": "#!/bin/sh\nf() {\n  :\n}\n",
    "md": "intro\n\n# A\ntext\n\n# A\n",
    "toml": "a = 1\n\n[b]\nc = [\n  [1]\n]\n",
    "yaml": "a: 1\nb:\n- c\n",
    "json": '{\n  "a": 1,\n  "b": {}\n}\n',
    "txt": "one\n\ntwo\n",
    "unknown": "one\n\ntwo\n",
}


def check_invariants(path: str, data: bytes) -> tuple[Unit, ...]:
    """Return the units after checking the invariants of `units_of`."""
    units = units_of(text_file(path, data))
    lines = split_lines(data)
    covered: set[int] = set()
    for unit in units:
        assert 1 <= unit.start <= unit.end <= len(lines)
        assert lines[unit.end - 1].strip(), "ends in a blank line"
        content = b"".join(lines[unit.start - 1 : unit.end])
        assert unit.digest == hashlib.sha256(content).hexdigest()
        signature = unit.signature.encode("utf-8", "surrogateescape")
        assert content.startswith(signature)
        covered.update(range(unit.start, unit.end + 1))
    assert len({unit.name for unit in units}) == len(units)
    for one, two in pairwise(units):
        assert (one.start, -one.end) <= (two.start, -two.end)
    for index, one in enumerate(units):
        for two in units[index + 1 :]:
            assert two.start > one.end or two.end <= one.end, "overlaps without nesting"
    assert all(row in covered for row, line in enumerate(lines, 1) if line.strip())
    return units


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data, id="plain"),
        pytest.param(lambda data: data.replace(b"\n", b"\r\n"), id="windows"),
        pytest.param(lambda data: data.replace(b"\n", b"\r"), id="carriage returns"),
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="byte order mark"),
        pytest.param(lambda data: data.rstrip(b"\n"), id="no newline at the end"),
        pytest.param(lambda data: b"\n\n" + data + b"\n\n  \n", id="blank lines around"),
        pytest.param(lambda data: b"\x0c\n" + data.replace(b"\n\n", b"\n\x0c\n"), id="form feeds"),
        pytest.param(lambda data: data + b"# caf\xe9 \xff\n", id="undecodable bytes"),
        pytest.param(lambda data: data + "ünï = '\u2028 \x85 \U0001f600'\n".encode(), id="unicode"),
        pytest.param(lambda data: data[: len(data) * 2 // 3], id="truncated"),
        pytest.param(lambda data: data + data, id="repeated"),
        pytest.param(lambda data: data.replace(b"\n", b" "), id="one line"),
        pytest.param(lambda data: data + b"x = '" + b"a" * 300_000 + b"'\n", id="very long line"),
        pytest.param(lambda data: data + b"(" * 5_000 + b"\n", id="very deep"),
        pytest.param(lambda data: b"{" * 500 + b"\n" + data, id="unclosed"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"\n \n\t\n", id="blank"),
    ],
)
def test_invariants_hold_for_hostile_content(suffix: str, change) -> None:
    check_invariants(f"a.{suffix}", change(SAMPLES[suffix].encode()))


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_invariants_hold_for_shuffled_fragments(suffix: str, data) -> None:
    lines = SAMPLES[suffix].splitlines(keepends=True)
    fragment = st.sampled_from(
        [*lines, "\n", "  \n", "\r\n", "{", "}", "'", '"""\n', "\f", "#\n", "é"]
    )
    check_invariants(f"a.{suffix}", "".join(data.draw(st.lists(fragment, max_size=25))).encode())


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].rglob("*.py"))[:80], ids=str)
def test_invariants_hold_for_this_repository(path: Path) -> None:
    check_invariants(path.name, path.read_bytes())


def test_the_same_content_is_parsed_once() -> None:
    one = units_of(text_file("same.py", b"x = 1\n"))
    assert units_of(text_file("same.py", b"x = 1\n")) is one
    assert units_of(text_file("same.py", b"x = 2\n")) is not one
    assert units_of(text_file("other.py", b"x = 1\n"))[0].path == "other.py"


def test_a_paragraph_too_long_to_rewrite_is_split() -> None:
    units = check_invariants("a.csv", b"1,2\n" * 1000)
    assert len(units) > 5
    assert {unit.kind for unit in units} == {UnitKind.BLOCK}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("min.js", b"var a=function(){return 1};"),
        ("a.md", b"# a\n"),
    ],
)
def test_parsing_time_is_linear_in_the_size(path: str, line: bytes) -> None:
    def seconds(times: int) -> float:
        """The least of three runs, so that a garbage collection in one of them does not count."""
        spent = []
        for run in range(3):
            file = text_file(f"{run}{path}", line * times)  # another path, since units are cached
            started = time.process_time()
            units_of(file)
            spent.append(time.process_time() - started)
        return min(spent)

    seconds(10)
    assert seconds(24_000) < 20 * seconds(3_000) + 0.2
