"""What the model reads of a place: the code as it is, or the unit without its body."""

import pytest

from assistant.context.bundle import Context, ContextFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import unit_text
from assistant.tasks.locate import Target
from assistant.tasks.views import usual, without_body

CODE = '''class Sums:
    def add(self, a, b):
        """The sum."""
        c = a - b
        return c

    def same(self, a):
        return a
'''


def place(path: str, text: str, name: str) -> tuple[Context, Target, str]:
    units = units_of(text_file(path, text.encode()))
    unit = next((each for each in units if each.name == name), None)
    file = ContextFile(path, text, units, 10)
    context = Context((file,), "", 0, 10, 100)
    return context, Target(file, unit, ""), unit_text(text, unit) if unit else text


def test_the_body_is_gone_and_everything_else_is_there() -> None:
    view = without_body(*place("a.py", CODE, "Sums.add"), "Fix it", "# The test")
    assert view is not None
    said = view.messages[-1].content
    assert 'The sum."""\n        ...\n\n    def same' in said
    assert "a - b" not in said
    assert "# The test" in said
    assert view.opening == '    def add(self, a, b):\n        """The sum."""\n'


def test_another_language_keeps_its_last_line() -> None:
    text = "function add(a, b) {\n  return a - b;\n}\n"
    view = without_body(*place("a.js", text, "add"), "Fix it", "")
    assert view is not None
    assert "function add(a, b) {\n  ...\n}\n" in view.messages[-1].content


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (CODE, "no unit: the whole file"),
        ("def add(a, b): return a - b\n", "add"),
        ('def add(a, b):\n    """Only words."""\n', "add"),
        (CODE, "Sums"),
    ],
)
def test_what_has_no_body_to_take_out_has_no_such_view(text, name) -> None:
    assert without_body(*place("a.py", text, name), "Fix it", "") is None


def test_a_unit_that_the_context_does_not_show_has_no_such_view() -> None:
    _, target, text = place("a.py", CODE, "Sums.add")
    other = ContextFile("a.py", "class Sums:\n    ...\n", target.file.units, 5, whole=False)
    assert without_body(Context((other,), "", 0, 5, 100), target, text, "Fix it", "") is None


def test_the_usual_view_begins_with_the_signature_only_when_asked() -> None:
    context, target, text = place("a.py", CODE, "Sums.add")
    kept = usual(context, target, text, "Fix it", "", keep_signature=True)
    free = usual(context, target, text, "Fix it", "", keep_signature=False)
    assert kept.opening.endswith('"""The sum."""\n')
    assert free.opening == ""
    assert "a - b" in kept.messages[-1].content
