"""Names put into `__all__`, in the layout and the order that it has."""

import pytest

from assistant.proposal.exports import add_export


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('__all__ = ["a", "b", "d"]\n', '__all__ = ["a", "b", "c", "d"]\n'),
        ("__all__ = ('b', 'd', 'e')\n", "__all__ = ('b', 'c', 'd', 'e')\n"),
        ('__all__ = ["d", "e", "f"]\n', '__all__ = ["c", "d", "e", "f"]\n'),
        ('__all__ = ["z", "a"]\n', '__all__ = ["z", "a", "c"]\n'),
        ('__all__ = ["z"]\n', '__all__ = ["z", "c"]\n'),
        (
            '__all__ = [\n    "a",\n    "B",\n    "d",\n]\n',
            '__all__ = [\n    "a",\n    "B",\n    "c",\n    "d",\n]\n',
        ),
        (
            '__all__ = [\n    "d",\n    "e",\n    "f",\n]\n',
            '__all__ = [\n    "c",\n    "d",\n    "e",\n    "f",\n]\n',
        ),
        ('__all__ = (\n    "z",\n    "a"\n)\n', '__all__ = (\n    "z",\n    "a",\n    "c"\n)\n'),
        ('__all__ = [\r\n  "z",\r\n]\r\n', '__all__ = [\r\n  "z",\r\n  "c",\r\n]\r\n'),
        (
            '__all__ = [\n    "z",  # the last letter\n    "a",\n]\n',
            '__all__ = [\n    "z",  # the last letter\n    "a",\n    "c",\n]\n',
        ),
        ('__all__: list[str] = ["a", "z"]\n', '__all__: list[str] = ["a", "z", "c"]\n'),
    ],
)  # fmt: skip
def test_a_name_is_listed(before: str, after: str) -> None:
    assert add_export(before.encode(), "c") == after.encode()
    assert add_export(after.encode(), "c") == after.encode()


def test_in_a_list_without_order_it_follows_its_neighbour() -> None:
    source = b'__all__ = [\n    "z",  # here\n    "b",\n    "a",\n]\n'
    expected = b'__all__ = [\n    "z",  # here\n    "c",\n    "b",\n    "a",\n]\n'
    assert add_export(source, "c", after="z") == expected


@pytest.mark.parametrize(
    "source", ["x = 1\n", "__all__ = [*more, 'a']\n", "__all__ = []\n", "__all__ = make()\n", "("]
)
def test_what_cannot_be_read_stays(source: str) -> None:
    assert add_export(source.encode(), "c") == source.encode()
