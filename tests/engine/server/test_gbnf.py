"""Constraints become grammars of llama.cpp, or are known to allow more."""

import pytest

from assistant.engine.base import Constraint
from assistant.engine.server.gbnf import gbnf
from assistant.engine.server.patterns import Unsupported, pattern
from assistant.solving.events import Verb
from assistant.solving.expectations import literal_calls
from assistant.tasks.evident import sentences_grammar
from assistant.tasks.plan import plan_grammar


@pytest.mark.parametrize(
    ("regex", "expression"),
    [
        ("ab", '"a" "b"'),
        ("a|b", '"a" | "b"'),
        ("(ab)?", '("a" "b")?'),
        ("[a-z_]{2,4}", "[a-z_]{2,4}"),
        (r"[^\n.:\]]", r"[^\n.:\]]"),
        (r"\.\/", '"." "/"'),
        (r"\d+\w\s", r"[0-9]+ [A-Za-z0-9_] [ \t\n\r]"),
        (".", r"[^\n]"),
        ("(?s:.*)", r"([^\x00]*)"),
        (r"\x{2f}\x41", '"/" "A"'),
        ('"', r'"\""'),
        (r"[\\'^]", r"[\\'\x5e]"),
        ("(?:a)", '("a")'),
        ("", '""'),
    ],
)
def test_patterns(regex, expression):
    assert pattern(regex) == expression


@pytest.mark.parametrize("regex", ["(?=a)", "^a", "a$", "[a", "(a", "a)", r"\b", r"[\W]", "*"])
def test_what_cannot_be_expressed_is_known(regex):
    with pytest.raises(Unsupported):
        pattern(regex)


def test_a_plan_of_edits_is_translated_exactly():
    grammar = gbnf(Constraint("lark", plan_grammar(["a.py", "a.py::f_1"], {Verb.EDIT}, 2)))
    assert grammar is not None
    assert grammar.exact
    lines = grammar.text.splitlines()
    assert lines[0] == "root ::= step ( NL step ) {0,1} NL ?"
    assert lines[1] == "step ::= change SENTENCE"
    assert r'place ::= "a.py: " | "a.py::f_1: "' in lines


def test_a_plan_that_creates_files_allows_more_and_says_so():
    grammar = gbnf(Constraint("lark", plan_grammar(["a.py"], {Verb.EDIT, Verb.CREATE})))
    assert grammar is not None
    assert not grammar.exact
    assert "&" not in grammar.text
    assert "~" not in grammar.text


@pytest.mark.parametrize(
    "text",
    [sentences_grammar(['edit a"b.py:', "edit c.py:"]), literal_calls("assert f(", 1, 3)],
)
def test_the_other_grammars_of_the_program_are_translated(text):
    grammar = gbnf(Constraint("lark", text))
    assert grammar is not None
    assert grammar.exact
    assert grammar.text.startswith("root ::= ")


def test_names_have_no_underscores():
    grammar = gbnf(Constraint("lark", 'start: a_b\na_b: "x"\n'))
    assert grammar is not None
    assert grammar.text == 'root ::= a-b\na-b ::= "x"\n'


def test_json_schemas_are_left_to_the_server():
    assert gbnf(Constraint("json_schema", "{}")) is None


@pytest.mark.parametrize("text", ["start: %json {}", "start: ~/a/", "no rule"])
def test_other_grammars_are_not_translated(text):
    assert gbnf(Constraint("lark", text)) is None
