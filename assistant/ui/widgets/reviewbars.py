"""The text of the two bars above a diff, and of the pane without one."""

from collections.abc import Iterator, Sequence

from assistant.checks.results import Verdict
from assistant.review.decisions import Review
from assistant.solving.values import Candidate, Proposal
from assistant.ui.rows import Part
from assistant.ui.standing import Standing
from assistant.ui.tally import Tally
from assistant.ui.themes import Palette

_VERDICTS = {
    Verdict.VERIFIED: ("✓ verified", "success"),
    Verdict.TESTS_PASS: ("◐ tests pass", "success"),
    Verdict.NOT_TESTED: ("○ not tested", "warning"),
    Verdict.FAILED: ("✗ failed", "error"),
}
EMPTY = (
    ("Nothing to review", "foreground"),
    ("", "muted"),
    ("A proposal appears here as a diff, hunk by hunk.", "muted"),
    ("Run a step of the plan with enter, or type /edit or /fix and a task.", "muted"),
)
"""What the pane says while there is nothing to review."""
_UNCHECKED = ("○ part not checked", "warning")


def title_parts(
    style: Palette,
    proposal: Proposal,
    index: int,
    standing: Standing,
    stale: Sequence[str] = (),
) -> tuple[list[Part], list[Part]]:
    """Returns verdict and title, and on the right warnings and which candidate is shown.

    `stale` are files that have changed since the proposal was made.
    """
    candidate = proposal.candidates[index]
    text, colour = _VERDICTS[standing.verdict] if standing.verdict else _UNCHECKED
    of_part = "part: " if standing.verdict and not standing.whole else ""
    left = [(f" {of_part}{text}  ", style(colour, "", "bold"))]
    if standing.whole and candidate.verdict is Verdict.FAILED:
        left.append(("attempt: ", style("error")))
    elif candidate.found("behaviour"):
        left.append(("does what the old code does  ", style("error", "", "bold")))
    left.append((proposal.title, style("foreground")))
    right: list[Part] = [(f"{text} ", style("warning")) for text in _warnings(candidate)]
    own = {path for change in candidate.changes for path in (change.path, change.renamed_from)}
    if changed := [path for path in stale if path in own]:
        right.insert(0, (f"stale: {_few(changed)} changed since ", style("error", "", "bold")))
    if len(proposal.candidates) > 1:
        which = f"alternative {index + 1}/{len(proposal.candidates)}"
        mutant = "" if candidate.by_model else " · mutant"
        right.append((f"{which}{mutant} ", style("muted")))
    return left, right


def _warnings(candidate: Candidate) -> Iterator[str]:
    """What judges found that a user should see before the diff."""
    stated = candidate.found("stated examples")
    if stated is not None and stated.about:
        yield f"fails {len(stated.about)} of the examples in the task"
    lost = candidate.found("definitions")
    if lost is not None:
        yield f"removes {_few([label.rpartition('::')[2] for label in lost.about])}"
    unread = candidate.found("parameters")
    if unread is not None:
        yield f"never reads {_few(unread.about)}"
    bodies = candidate.found("bodies")
    if bodies is not None:
        yield f"no body for {_few(bodies.about)}"
    linters = candidate.found("linters")
    if linters is not None and linters.about:
        count = len(linters.about)
        yield f"brings {count} linter complaint{'s' if count > 1 else ''}"


def _few(names: Sequence[str]) -> str:
    """Joins at most two names, to leave room for the title."""
    more = len(names) - 2
    return ", ".join(names[:2]) + (f" and {more} more" if more > 0 else "")


def progress_parts(
    style: Palette, counts: Tally, evidence: str, *, by_risk: bool, chosen: int = 0
) -> tuple[list[Part], list[Part]]:
    """Returns the evidence or the next key to press, and how many hunks are decided.

    `chosen` is the number of lines in the range that is to be decided.
    """
    right: list[Part] = [
        ("riskiest first  " if by_risk else "", style("unsure")),
        (f"{counts.conflicts} !  " if counts.conflicts else "", style("warning", "", "bold")),
        (f"{counts.begun} ◐  " if counts.begun else "", style("accent")),
        (f"{counts.accepted} ✓ ", style("added-sign")),
        (f" {counts.rejected} ✗ ", style("removed-sign")),
        (f" {counts.untouched} ○ ", style("muted")),
    ]
    bold = style("primary", "", "bold")
    if chosen:
        lines = "1 line" if chosen == 1 else f"{chosen} lines"
        return [(f" {lines} selected: v starts here, esc leaves", bold)], right
    if counts.open:
        return [(f" {evidence}", style("muted"))], right
    if counts.accepted:
        text = f" All decided: w writes {counts.accepted} of {counts.total} hunks"
        return [(text, bold)], right
    text = " All rejected: w closes the review, nothing is written"
    return [(text, style("muted", "", "bold"))], right


def any_accepted(review: Review) -> bool:
    """True if there is something to write."""
    return any(review.is_accepted(hunk.id) for hunk in review.hunks)
