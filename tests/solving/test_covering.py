"""Which test files are taken to cover a unit."""

import sqlite3

import pytest

from assistant.repo.parsing import units_of
from assistant.solving.covering import covering_tests

SIZES = """\
class Sizes:
    def __init__(self, unit):
        self.unit = unit

    def largest(self):
        return _scaled(self.unit)


def natural(value):
    return _scaled(value)


def _scaled(value):
    return value * 2
"""
FILES = {
    "src/pkg/__init__.py": "from pkg.sizes import natural, Sizes\n",
    "src/pkg/sizes.py": SIZES,
    "src/pkg/other.py": "def natural():\n    pass\n",
    "tests/__init__.py": "",
    "tests/conftest.py": "from pkg import natural\n\nnatural(1)\n",
    "tests/test_sizes.py": "import pkg\n\n\ndef test_a():\n    assert pkg.natural(1) == 2\n",
    "tests/test_class.py": "from pkg import Sizes\n\n\ndef test_a():\n    Sizes(1).largest()\n",
    "tests/test_alien.py": "from numbers import natural\n\n\ndef test_a():\n    natural(1)\n",
    "tests/test_words.py": "import pkg\n\n\ndef test_natural_things():\n    assert pkg\n",
    "tests/shared.py": "from pkg.sizes import natural\n\n\ndef check():\n    natural(3)\n",
    "tests/test_shared.py": "from .shared import check\n\n\ndef test_a():\n    check()\n",
}


def paths(workspace, path, name=""):
    units = {unit.name: unit for unit in units_of(workspace.repository.text(path))}
    return [each.path for each in covering_tests(workspace, [units[name] if name else path])]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("natural", ["tests/test_sizes.py", "tests/test_shared.py"]),
        ("Sizes", ["tests/test_class.py", "tests/test_sizes.py"]),
        ("Sizes.largest", ["tests/test_class.py", "tests/test_sizes.py"]),
        ("Sizes.__init__", ["tests/test_class.py", "tests/test_sizes.py"]),
        (
            "_scaled",
            ["tests/test_class.py", "tests/test_sizes.py", "tests/test_shared.py"],
        ),
    ],
)
def test_tests_that_use_the_name_and_import_the_module_cover_a_unit(
    make_world, name, expected
) -> None:
    """Directly, through the package that exports it, or through what uses a private function."""
    found = paths(make_world([], files=FILES).workspace, "src/pkg/sizes.py", name)
    assert sorted(found) == sorted(expected)


def test_tests_of_dependencies_cover_nothing(make_world) -> None:
    installed = ".venv/lib/python3.11/site-packages/tests/test_pkg.py"
    files = {**FILES, installed: FILES["tests/test_sizes.py"]}
    found = paths(make_world([], files=files).workspace, "src/pkg/sizes.py", "natural")
    assert installed not in found


def test_a_file_as_a_whole_is_covered_by_what_imports_it(make_world) -> None:
    files = {**FILES, "tests/test_other.py": "import pkg.other\n"}
    assert paths(make_world([], files=files).workspace, "src/pkg/other.py") == [
        "tests/test_other.py"
    ]


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("src/cart.ts", "src/cart.test.ts"),
        ("src/cart.ts", "test/cart.spec.ts"),
        ("shop/cart.go", "shop/price_test.go"),
    ],
)
def test_in_other_languages_the_names_of_files_tell(make_world, path, test) -> None:
    files = {path: "", test: "", "test/other.spec.ts": "", "test/other_test.go": ""}
    assert paths(make_world([], files=files).workspace, path) == [test]


SCHEMA = """
CREATE TABLE file (id INTEGER, path TEXT);
CREATE TABLE context (id INTEGER, context TEXT);
CREATE TABLE line_bits (file_id INTEGER, context_id INTEGER, numbits BLOB);
CREATE TABLE arc (file_id INTEGER, context_id INTEGER, fromno INTEGER, tono INTEGER);
INSERT INTO context VALUES (1, ''), (2, 'tests/test_words.py::test_b|run');
"""


@pytest.mark.parametrize("arcs", [True, False])
@pytest.mark.parametrize(("line", "expected"), [(10, True), (2, False)])
def test_a_recording_of_coverage_tells_which_tests_ran_a_unit(
    make_world, arcs, line, expected
) -> None:
    """Even one that names nothing of it; `natural` stands in the lines 9 and 10."""
    world = make_world([], files=FILES)
    database = sqlite3.connect(world.root / ".coverage")
    database.executescript(SCHEMA)
    database.execute("INSERT INTO file VALUES (1, ?)", [str(world.root / "src/pkg/sizes.py")])
    if arcs:
        database.execute("INSERT INTO arc VALUES (1, 2, -1, ?)", [line])
    else:
        bits = (1 << line).to_bytes(2, "little")
        database.execute("INSERT INTO line_bits VALUES (1, 2, ?)", [bits])
    database.commit()
    database.close()
    found = paths(world.workspace, "src/pkg/sizes.py", "natural")
    assert ("tests/test_words.py" in found) is expected


def test_a_recording_that_cannot_be_read_tells_nothing(make_world) -> None:
    world = make_world([], files=FILES)
    (world.root / ".coverage").write_bytes(b"no database")
    found = paths(world.workspace, "src/pkg/sizes.py", "natural")
    assert sorted(found) == ["tests/test_shared.py", "tests/test_sizes.py"]
