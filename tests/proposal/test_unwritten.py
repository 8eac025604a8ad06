"""What counts as code that has yet to be written."""

import pytest

from assistant.proposal.unwritten import is_unwritten


@pytest.mark.parametrize(
    ("code", "unwritten"),
    [
        ("def f():\n    pass\n", True),
        ('def f():\n    """What it is for."""\n', True),
        ("def f():\n    ...\n\n\ndef g():\n    return 1\n", True),
        ("class A:\n    def f(self):\n        raise NotImplementedError\n", True),
        ("    def f(self):\n        raise NotImplementedError('later')\n", True),
        ("def f():\n    pass\n\n\ndef g():\n    return 1\n\n\ndef h():\n    return 2\n", False),
        ("def f():\n    raise ValueError\n", False),
        ("x = 1\n", False),
        ("def f(:\n", False),
        ("", False),
    ],
)
def test_what_has_yet_to_be_written(code, unwritten) -> None:
    assert is_unwritten(code) is unwritten
