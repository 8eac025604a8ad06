"""Outlines: paths and signatures within a token budget."""

from assistant.repo.outline import outline, signature_line
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file

SOURCE = '''
import os

# About f.
@dec
def f(
    a: int,
    b: str,
) -> int:
    return 1


class K(Base):
    def m(self):
        """Doc."""
'''


def words(text: str) -> int:
    return len(text.split())


def found(path: str = "a.py", source: str = SOURCE):
    return units_of(text_file(path, source.encode()))


def test_signatures_are_nested_under_their_path_and_class() -> None:
    units = found()
    assert outline({"a.py": units}, units, words, 100) == (
        "a.py\n  def f(a: int, b: str) -> int\n  class K(Base)\n    def m(self)"
    )


def test_the_best_units_are_included_first_within_the_budget() -> None:
    units = {unit.name: unit for unit in found()}
    order = [units["K.m"], units["f"], units["K"]]
    files = {"a.py": tuple(units.values())}
    for budget in range(30):
        assert words(outline(files, order, words, budget)) <= budget
    assert outline(files, order, words, 4) == "a.py\n    def m(self)"
    assert outline(files, order, words, 2) == ""


def test_a_file_without_code_is_listed_by_its_path_if_it_fits() -> None:
    files = {"a.py": found(), "b.txt": found("b.txt", "text\n")}
    everything = [unit for units in files.values() for unit in units]
    assert outline(files, everything, words, 100).endswith("\nb.txt")
    assert "b.txt" not in outline(files, everything, words, 12)


def test_a_long_signature_is_truncated_and_escapes_are_visible() -> None:
    (unit,) = found("a.py", "def f(" + "argument, " * 50 + "):\n    pass\n")
    assert len(signature_line(unit)) == 110
    (unit,) = found("a.py", "def f(a='\x1b[2J'):\n    pass\n")
    assert "\x1b" not in signature_line(unit)
