"""Units of documents and data files."""

import pytest

from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file


def extents(path: str, source: str) -> list[tuple[str, int, int]]:
    found = units_of(text_file(path, source.encode()))
    return [(unit.name, unit.start, unit.end) for unit in found]


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        pytest.param(
            "a.md",
            "intro\n\nTitle\n=====\ntext\n```sh\n# no\n```\n## Sub ##\nx\n\n## Sub\n",
            [("block 1", 1, 1), ("Title", 3, 8), ("Sub", 9, 10), ("Sub#2", 12, 12)],
            id="markdown",
        ),
        pytest.param(
            "a.md",
            "---\ntitle: x\n---\n\n# A\n~~~~\n# no\n~~~\n# no\n~~~~\n",
            [("block 1", 1, 3), ("A", 5, 10)],
            id="front matter and long fences",
        ),
        pytest.param(
            "a.toml",
            '# top\nx = [\n  ["a"]\n]\n\n# about\n[tool.x]\ns = """\n[no]\n"""\n[[bin]]\na = 1\n',
            [("block 1", 1, 4), ("tool.x", 6, 10), ("bin", 11, 12)],
            id="toml",
        ),
        pytest.param(
            "a.yml",
            "# c\nname: x\n'on':\n- push\n# jobs\njobs:\n  a: 1\n\n",
            [("name", 1, 2), ("on", 3, 4), ("jobs", 5, 7)],
            id="yaml",
        ),
        pytest.param(
            "a.json",
            '{\n  "a": {"b": 1},\n  "c": [\n    "d:"\n  ]\n}\n',
            [("file", 1, 6), ("a", 2, 2), ("c", 3, 5)],
            id="json",
        ),
        pytest.param(
            "a.json", '{"a": 1,\n"b": 2}\n', [("file", 1, 2)], id="json keys on shared lines"
        ),
        pytest.param("a.json", '[\n{"a": 1}\n]\n', [("file", 1, 3)], id="json list"),
        pytest.param("a.txt", "a\nb\n\nc\n", [("block 1", 1, 2), ("block 2", 4, 4)], id="text"),
    ],
)
def test_a_document_is_split_into_its_sections(
    path: str, source: str, expected: list[tuple[str, int, int]]
) -> None:
    assert extents(path, source) == expected
