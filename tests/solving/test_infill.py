"""Infill: which lines are filled again, in which order, and what is made of them."""

import textwrap

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel, Completion
from assistant.engine.scripted import Answer
from assistant.solving.policies import MOST_LINES, MOST_LINES_EACH
from assistant.solving.request import TaskRequest
from assistant.solving.sources.infill import gaps
from assistant.tasks.fix import fix
from tests.worlds import CALC, TEST_CALC

CODE = textwrap.dedent(
    '''\
    def half(n):
        """Half of it."""
        # Whole numbers only.
        if n % 2:
            raise ValueError(
                n
            )

        return n // 3'''
)
CHECK = parse_command("python -m unittest -q")
COPY = CALC[CALC.index("    return a - b") : CALC.index("\n\n\ndef mean")] + "\n"


def lines(text, answer=None):
    return [gap.line for gap in gaps(text, answer, MOST_LINES)]


def written(*pieces):
    done = Completion()
    for text, logprob in pieces:
        done.pieces.append(text)
        done.logprobs.append(logprob)
    return done


def test_a_gap_is_made_of_each_line_of_code_in_the_body() -> None:
    found = ["if n % 2:", "raise ValueError(", "n", "return n // 3"]
    assert lines(CODE) == found
    assert lines(textwrap.indent(CODE, "    ")) == found
    assert lines("X = 1") == lines("class A:\n    x = 1") == lines("not python at all") == []


def test_lines_come_in_the_order_of_doubt_and_those_written_differently_first() -> None:
    answer = written(
        ("    if n % 2:\n", -0.1), ("        raise ValueError(n)\n", -0.1), ("    return", -0.1),
        (" n // 3\n", -2.0),
    )  # fmt: skip
    assert lines(CODE, answer) == ["raise ValueError(", "n", "return n // 3", "if n % 2:"]


def test_a_long_function_has_a_limited_number_of_gaps() -> None:
    body = "".join(f"    n += {number}\n" for number in range(3 * MOST_LINES))
    code = f"def f(n):\n{body}    return n"
    assert len(lines(code)) == MOST_LINES
    assert len(list(gaps(code, None, 3))) == 3


@pytest.mark.parametrize(("functions", "most"), [(1, MOST_LINES), (2, MOST_LINES_EACH)])
def test_with_several_targets_each_has_fewer_gaps(make_world, functions, most) -> None:
    body = "".join(f"    a += {number}\n" for number in range(MOST_LINES))
    one = f"def add(a, b):\n{body}    return a - b\n"
    code = one + "\n\ndef less(a, b):\n    return a - b\n" * (functions - 1)
    world = make_world(
        lambda request: "0\n" if request.suffix else "pass\n",
        files={"calc.py": code, "test_calc.py": TEST_CALC},
        can_infill=True,
    )
    run(world)
    read = [each.files[-1].text for each in world.engine.requests if each.suffix]
    assert sum("def less" not in text for text in read) == most


def test_a_filled_gap_makes_a_unit_that_differs_and_parses() -> None:
    *_, gap = gaps(CODE, None, MOST_LINES)
    assert gap.filled("return n // 2  ") == CODE.replace("// 3", "// 2")
    assert gap.filled("return n // 3") == gap.filled(" ") == gap.filled("return (n") == ""


def run(world, candidates=1):
    request = TaskRequest("", (Selected("calc.py"),), candidates=candidates, check=CHECK)
    return list(fix(world.workspace, request, Cancel()))


def test_a_fix_fills_the_wrong_line_where_the_model_only_copies(make_world) -> None:
    def script(request):
        if request.suffix:
            return "return a + b" if request.files[-1].text.endswith('sum."""\n    ') else "pass"
        return Answer(COPY, logprob=-0.3)

    files = {"calc.py": CALC.partition("\n\n\ndef mean")[0] + "\n", "test_calc.py": TEST_CALC}
    world = make_world(script, files=files, can_infill=True)
    proposal = run(world)[-1].proposal
    assert proposal.best.changes[0].new == files["calc.py"].replace("a - b", "a + b").encode()
    filled = next(each for each in world.engine.requests if each.suffix)
    assert [file.path for file in filled.files] == ["test_calc.py", "calc.py"]
    assert "assertEqual(add(2, 3), sum((2, 3)))" in filled.files[0].text
    assert filled.files[1].text.startswith('"""Sums."""')
    assert proposal.best.tokens.lines, "the line has its confidence"


def test_after_infill_come_the_other_sources(make_world) -> None:
    def script(request):
        if request.suffix:
            return "return a * b"
        hidden = "a - b" not in request.messages[-1].content
        return [COPY.replace("-", "+" if hidden else "/")] * len(request.samplings)

    files = {"calc.py": CALC.partition("\n\n\ndef mean")[0] + "\n", "test_calc.py": TEST_CALC}
    world = make_world(script, files=files, can_infill=True)
    events = run(world, candidates=3)
    assert events[-1].proposal.best.verdict is Verdict.VERIFIED
    assert events[-1].proposal.best.source == "hidden body"
    kinds = ["gap" if each.suffix else len(each.samplings) for each in world.engine.requests]
    assert kinds[:4] == [1, "gap", 2, 3]
    candidates = events[-1].proposal.candidates
    assert len({each.id for each in candidates}) == len(candidates)


def test_a_model_that_cannot_infill_is_asked_for_none(make_world) -> None:
    world = make_world(lambda request: Answer(COPY, logprob=-0.3))
    run(world)
    assert not any(each.suffix for each in world.engine.requests)


def test_a_gap_that_is_filled_as_it_was_makes_no_draft(make_world) -> None:
    def script(request):
        return "return a - b" if request.suffix else Answer(COPY)

    world = make_world(script, can_infill=True)
    proposal = run(world)[-1].proposal
    assert any(each.suffix for each in world.engine.requests)
    drawn = {each.target for each in proposal.attempts if each.source == "infill"}
    assert drawn == {"calc.py::mean"}, "the line is another one there"
