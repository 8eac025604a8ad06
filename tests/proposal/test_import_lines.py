"""Imports merged into the imports of a file."""

import pytest

from assistant.errors import ProposalError
from assistant.proposal.splice import add_imports
from assistant.repo.files import TextFile, decode_text


def _added(data: bytes, *lines: str, path: str = "a.py") -> bytes:
    return add_imports(TextFile(path, data, decode_text(data), "\n", False), lines)


@pytest.mark.parametrize(
    ("data", "lines", "expected"),
    [
        (b"import os\n\nx = 1\n", ["import os"], b"import os\n\nx = 1\n"),
        (b"import os\n\nx = 1\n", ["import json"], b"import json\nimport os\n\nx = 1\n"),
        (b"import os\n\nx = 1\n", ["import sys"], b"import os\nimport sys\n\nx = 1\n"),
        (b"from a import b\n", ["from a import c"], b"from a import b, c\n"),
        (b"from a import c\r\n", ["from a import b, c"], b"from a import b, c\r\n"),
        (b"from a import z, b\n", ["from a import c"], b"from a import z, b, c\n"),
        (b"from a import (\n    b,\n)\n", ["from a import b"], b"from a import (\n    b,\n)\n"),
        (
            b"from a import (\n    b,\n)\n",
            ["from a import c"],
            b"from a import (\n    b,\n    c,\n)\n",
        ),
        (
            b"from a import (  # x\n    b,  # y\n    d as e,\n)\n",
            ["from a import c"],
            b"from a import (  # x\n    b,  # y\n    d as e,\n)\nfrom a import c\n",
        ),
        (
            b"from a import (\r\n    b,  # y\r\n    d as e,\r\n)\r\n",
            ["from a import c as f"],
            b"from a import (\r\n    b,  # y\r\n    c as f,\r\n    d as e,\r\n)\r\n",
        ),
        (
            b"from a import (\n    z,\n    b,\n)\n",
            ["from a import c"],
            b"from a import (\n    z,\n    b,\n    c,\n)\n",
        ),
        (
            b"from a import (b,\n    d)\n",
            ["from a import c"],
            b"from a import (b,\n    d)\nfrom a import c\n",
        ),
        (
            b"from a import b  # x\n",
            ["from a import c"],
            b"from a import b  # x\nfrom a import c\n",
        ),
        (b"import os\n", ["import numpy as np"], b"import os\n\nimport numpy as np\n"),
        (
            b"import os\n\nimport numpy\n",
            ["import zlib", "import pandas"],
            b"import os\nimport zlib\n\nimport numpy\nimport pandas\n",
        ),
        (b"\n\nx = 1\n", ["import os"], b"import os\n\n\nx = 1\n"),
        (b"import numpy\n", ["import os"], b"import os\n\nimport numpy\n"),
        (b"from .a import b\n", ["import os"], b"import os\n\nfrom .a import b\n"),
        (
            b"from __future__ import annotations\n\nx = 1\n",
            ["import os"],
            b"from __future__ import annotations\n\nimport os\n\nx = 1\n",
        ),
        (b'"""Doc."""\n\nx = 1\n', ["import os"], b'"""Doc."""\n\nimport os\n\nx = 1\n'),
        (b'"""Doc."""', ["import os"], b'"""Doc."""\n\nimport os\n'),
        (
            b"#!/usr/bin/env python\n# coding\ndef f():\n    pass\n",
            ["import os"],
            b"#!/usr/bin/env python\n# coding\n\nimport os\n\n\ndef f():\n    pass\n",
        ),
        (b"def f():\n    pass\n", ["import os"], b"import os\n\n\ndef f():\n    pass\n"),
        (b"", ["import os", "import re"], b"import os\nimport re\n"),
        (b"\xef\xbb\xbfx = 1\n", ["import os"], b"\xef\xbb\xbfimport os\n\nx = 1\n"),
        (b"import os", ["import re"], b"import os\nimport re\n"),
        (b"x = '\xff'\n", ["import re"], b"import re\n\nx = '\xff'\n"),
        (b"import os\ndef f(:\n", ["import re", "import os"], b"import os\nimport re\ndef f(:\n"),
        (
            b"try:\n    import x\nexcept ImportError:\n    x = None\n",
            ["import os"],
            b"import os\n\ntry:\n    import x\nexcept ImportError:\n    x = None\n",
        ),
        (
            b"import os\n\n\ndef f():\n    pass\n\n\nimport late\n",
            ["import numpy"],
            b"import os\n\nimport numpy\n\n\ndef f():\n    pass\n\n\nimport late\n",
        ),
    ],
)
def test_imports_are_added_to_python(data: bytes, lines: list[str], expected: bytes) -> None:
    assert _added(data, *lines) == expected


def test_a_line_that_is_not_an_import_is_rejected() -> None:
    for line in ("x = 1", "import", "import os; print()"):
        with pytest.raises(ProposalError, match="not an import") as caught:
            _added(b"", line)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("path", "data", "line", "expected"),
    [
        ("a.js", b"import a\nx\n", "import b", b"import a\nimport b\nx\n"),
        ("a.js", b"import a\nx\n", "import a", b"import a\nx\n"),
        ("a.c", b"// head\nint x;", "#include <a.h>", b"// head\n#include <a.h>\nint x;"),
        ("a.rs", b"use a;", "use b;", b"use a;\nuse b;\n"),
    ],
)
def test_imports_are_added_to_other_languages(
    path: str, data: bytes, line: str, expected: bytes
) -> None:
    assert _added(data, line, path=path) == expected
