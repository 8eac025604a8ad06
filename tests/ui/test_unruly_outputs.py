"""Whatever a model writes: it becomes a change or an error of ours, and nothing escapes on screen.

`ASSISTANT_OUTPUTS` sets how many outputs are tried; `make sequences` tries 10,000.
"""

import os
import re
from collections import defaultdict
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.checks.syntax import check_syntax
from assistant.errors import ProposalError
from assistant.proposal.assemble import assemble
from assistant.proposal.changes import Change
from assistant.proposal.diff import apply_hunks, hunks_of, unified
from assistant.proposal.mutants import mutants
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import DEFINITIONS, unit_text
from assistant.review.decisions import Review
from assistant.sanitize import sanitize
from assistant.solving.values import Candidate
from assistant.ui.diffmodel import DiffColours, build_diff
from assistant.ui.diffpaint import DiffPainter
from assistant.ui.themes import Palette

OUTPUTS = int(os.environ.get("ASSISTANT_OUTPUTS", "250"))
SAMPLES = sorted((Path(__file__).parents[1] / "proposal" / "samples").iterdir())
HOSTILE = (
    "```", "```python\n", "~~~\n", "<|im_end|>", "<|fim_middle|>", "\x1b]52;c;aGk=\x07", "\x1b[2J",
    "\x9b31m", "\x00", "\r", "\f", "\v", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff",
    "\U000e0041", "\udcff", "def f(:", "class", "async ", "@", "\\", '"""', "'''", "'", "{{",
    "}}}", "((((", "\t", "   ", "\n\n\n", "../../etc/passwd", "/dev/null", "<<<<<<< HEAD\n",
    "--- a/x\n+++ b/x\n@@ -1 +1 @@\n", "# ... rest of code\n", "x" * 3000, "(" * 300,
    "if 1:\n" * 40, "é", "🙂", "漢字",
)  # fmt: skip
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\ud800-\udfff]")


@st.composite
def outputs(draw: st.DrawFn) -> tuple[Path, int, str]:
    """A file, the number of a unit of it, and what the model writes in its place: the code of some
    unit, truncated, doubled, or with hostile pieces."""
    path = draw(st.sampled_from(SAMPLES))
    file = text_file(path.name, path.read_bytes())
    units = [unit for unit in units_of(file) if unit.kind in DEFINITIONS]
    code = unit_text(file.text, draw(st.sampled_from(units)))
    for _ in range(draw(st.integers(0, 4))):
        at, end = sorted((draw(st.integers(0, len(code))), draw(st.integers(0, len(code)))))
        code = draw(
            st.sampled_from(
                [
                    code[:at],
                    code[:at] + code[end:],
                    code[:end] + code[at:],
                    code[:at] + draw(st.sampled_from(HOSTILE)) + code[at:],
                    code[:at] + draw(st.text(max_size=20)) + code[end:],
                ]
            )
        )
    return path, draw(st.integers(-1, len(units) - 1)), code


@settings(max_examples=OUTPUTS, deadline=None, suppress_health_check=list(HealthCheck))
@given(outputs())
def test_an_output_becomes_a_change_or_an_error_of_ours(output: tuple[Path, int, str]) -> None:
    path, number, code = output
    file = text_file(path.name, path.read_bytes())
    units = [unit for unit in units_of(file) if unit.kind in DEFINITIONS]
    try:
        data = assemble(file, units[number] if number >= 0 else None, code)
    except ProposalError as error:
        assert CONTROL.search(sanitize(f"{error.message} {error.hint}")) is None  # noqa: PT017
        return
    check_syntax(path.name, data, file.data)
    list(mutants(code))
    change = Change(path.name, file.data, data)
    if data == file.data:
        return
    hunks = hunks_of(change)
    applied = apply_hunks(change, hunks)
    assert applied is not None
    assert applied.new == data
    assert CONTROL.search(sanitize(unified(change))) is None
    assert CONTROL.search("".join(_painted(change))) is None


def _painted(change: Change) -> list[str]:
    """The lines of the diff as they are drawn on a terminal."""
    candidate = Candidate(1, (change,))
    review = Review.of("a step", candidate.changes)
    model = build_diff(review, candidate, ())
    palette = Palette(defaultdict(lambda: "#ffffff"))
    painter = DiffPainter(palette, model, review, DiffColours({}, {}), "", 0)
    return [painter.paint(line, 100).text for line in range(min(200, len(model.lines)))]
