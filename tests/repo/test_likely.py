"""Which units of a file a task probably changes."""

from assistant.repo.likely import rank_changed
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file

CODE = """\
def load_docs(path):
    return read(path)


def expose(field):
    field.converter = None
    field.decorator = None


def parse_short(line):
    return line


def parse_long(line):
    words = []
    for each in line.split():
        word = each.strip()
        if not word:
            continue
        if word == "#":
            break
        words.append(word)
    return words
"""


def first(task: str) -> str:
    file = text_file("src/load_docs.py", CODE.encode())
    ranked = rank_changed(task, {file.path: (units_of(file), file.text)}, {})
    return next(each.unit.name for each in ranked)


def test_of_two_that_match_the_longer_one_comes_first() -> None:
    assert first("Parse lines with comments") == "parse_long"


def test_the_first_line_counts_more_than_what_follows() -> None:
    message = (
        "Expose converter as a decorator\n\nLoad the docs of a path.\nRead the docs of a path."
    )
    assert first(message) == "expose"
