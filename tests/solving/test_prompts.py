"""What the model reads of a place: the code as it is, or the unit without its body."""

import pytest

from assistant.context.bundle import Context, ContextFile
from assistant.engine.base import SourceFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import unit_text
from assistant.tasks.locate import Target
from assistant.solving.prompts import View, continued, usual, without_body

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


def ahead(path: str, text: str, name: str) -> View | None:
    return continued(*place(path, text, name), "Do what the notes say")


def test_a_file_to_be_written_is_the_last_of_its_repository() -> None:
    text = "import math\n\n\ndef area(r):\n    pass\n\n\ndef edge(r):\n    pass\n"
    view = ahead("shapes/round.py", text, "the whole file")
    assert view is not None
    assert view.messages == ()
    assert view.opening == "import math\n\n\ndef area(r):\n"
    assert view.files == (
        SourceFile("TASK.md", "Do what the notes say\n"),
        SourceFile("stubs/shapes/round.py", text),
        SourceFile("shapes/round.py", ""),
    )
    assert "\ndef " not in view.stop


def test_a_unit_to_be_written_stands_behind_what_is_before_it() -> None:
    text = CODE.replace(
        '        """The sum."""\n        c = a - b\n        return c', "        pass"
    )
    view = ahead("a.py", text, "Sums.add")
    assert view is not None
    assert view.opening == "    def add(self, a, b):\n"
    assert view.files[-1] == SourceFile("a.py", "class Sums:\n")
    assert {"\n    def ", "\n    @", "\ndef ", "\nclass "} <= set(view.stop)


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("def f(a): ...\n", "def f(a):\n"),
        ("def f(a):\n    # TODO\n\n    pass\n", "def f(a):\n"),
        ('def f(a):\n    """What."""\n    pass\n', 'def f(a):\n    """What."""\n'),
        ('def f(a): """What."""\n', "def f(a):\n"),
        ("@cache\ndef f(\n    a,\n):\n    pass\n", "@cache\ndef f(\n    a,\n):\n"),
        ("class A:\n    @property\n    def x(self):\n        pass\n", "class A:\n"),
        (
            "def done(a):\n    return a\n\n\ndef f(a):\n    pass\n",
            "def done(a):\n    return a\n\n\ndef f(a):\n",
        ),
        ("ä = 'ö'; x = 1\ndef ä(ö): pass\n", "ä = 'ö'; x = 1\ndef ä(ö):\n"),
    ],
)
def test_an_answer_begins_with_the_head_of_the_first_definition(text: str, opening: str) -> None:
    view = ahead("a.py", text, "the whole file")
    assert view is not None
    assert view.opening == opening


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x = 1\n", "the whole file"),
        ("def f(:\n", "the whole file"),
        ("class A:\n    def f(self): ...\n\n\nclass B:\n    def f(self): ...\n", "A.f"),
    ],
)
def test_what_has_no_head_or_no_one_place_cannot_be_gone_on_with(text: str, name: str) -> None:
    assert ahead("a.py", text, name) is None
