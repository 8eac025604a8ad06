"""Prints results for people on stdout: plan, diff, checks and verdict, and what was written.

All external text passes the sanitizer, and nothing is parsed as markup.
"""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from assistant.checks.results import Evidence, Failure, Status, Verdict
from assistant.context.bundle import covers
from assistant.headless.outcome import Figures, Kind, Outcome
from assistant.proposal.changes import Change
from assistant.proposal.diff import unified
from assistant.sanitize import sanitize, sanitize_line
from assistant.solving.events import Plan
from assistant.solving.explaining import explanation, headline
from assistant.solving.values import Candidate, Proposal

_VERDICTS = {
    Verdict.VERIFIED: "bold green",
    Verdict.TESTS_PASS: "green",
    Verdict.NOT_TESTED: "bold yellow",
    Verdict.FAILED: "bold red",
}
_STATUSES = {
    Status.PASSED: "green",
    Status.FAILED: "red",
    Status.SKIPPED: "yellow",
    Status.DISPUTED: "yellow",
    Status.HINT: "yellow",
}
_OUTPUT_LINES = 20
_NEXT = (
    "Say in words what is wrong, name the code with --file, or draw more with --candidates. "
    "To write this attempt all the same: --yes --accept-failing."
)


def show(
    outcome: Outcome, console: Console, *, selection: Sequence[str] = (), diff: bool = True
) -> None:
    """Prints the result of a run before anything is written.

    `selection` contains the paths that the user gave; changes outside it are marked.
    """
    for line in _lines(outcome, selection, diff=diff):
        console.print(line, soft_wrap=True)


def show_explanation(outcome: Outcome, console: Console) -> None:
    """Prints all candidates and drafts, with the reason for each rank."""
    if outcome.proposal is not None:
        for line in explanation(outcome.proposal):
            console.print(Text(sanitize_line(line)), soft_wrap=True)


def show_written(outcome: Outcome, console: Console) -> None:
    """Prints what was written, if anything, and the figures."""
    if outcome.written is not None:
        paths = ", ".join(sanitize_line(path) for path in outcome.written.paths)
        console.print(Text(f"Written: {paths}. Undo with `assistant undo`."), soft_wrap=True)
    elif outcome.proposal is not None:
        hint = "" if outcome.proposal.stands else f" {_NEXT}"
        console.print(Text(f"Nothing was written.{hint}"), soft_wrap=True)
    if outcome.problem:
        console.print(Text(sanitize_line(outcome.problem), style="yellow"), soft_wrap=True)
    for place in outcome.places:
        console.print(Text(f"looked in {sanitize_line(place)}", style="dim"), soft_wrap=True)
    where = f"; prompts went to {sanitize_line(outcome.sent_to)}" if outcome.sent_to else ""
    console.print(Text(figures_line(outcome.figures) + where, style="dim"), soft_wrap=True)


def show_steps(outcome: Outcome, console: Console) -> None:
    """Prints the states of a plan's steps after it was carried out."""
    console.print(Text("Steps", style="bold"))
    for number, step in enumerate(outcome.plan.steps if outcome.plan else (), 1):
        line = f"  {number}. {step.state.value}: {step.verb.value} {step.target}"
        console.print(Text(sanitize_line(line)), soft_wrap=True)
    for problem in (step.problem for step in outcome.steps if step.problem):
        console.print(Text(sanitize_line(problem), style="red"), soft_wrap=True)


def figures_line(figures: Figures) -> str:
    """Tokens and time on one line."""
    drafted = f", {figures.drafted:,} of them drafted" if figures.drafted else ""
    thought = f" after {figures.thought:,} of reasoning" if figures.thought else ""
    return (
        f"{figures.prompt_tokens:,} tokens read, {figures.tokens:,} written{drafted}{thought},"
        f" {figures.seconds:.1f} s"
    )


def plan_lines(plan: Plan) -> Iterator[Text]:
    """A plan, one line per step."""
    yield Text(f"Plan: {sanitize_line(plan.task)}", style="bold")
    for number, step in enumerate(plan.steps, 1):
        line = Text(f"  {number}. {step.verb.value} ")
        line.append(sanitize_line(step.target), style="cyan")
        line.append(f": {sanitize_line(step.sentence)}")
        yield line


def diff_lines(change: Change) -> Iterator[Text]:
    """A change as a coloured unified diff."""
    lines = unified(change).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    body = [line for line in lines if line[:1] in ("+", "-", " ")]
    ends_differ = (
        len({line.endswith("\r") for line in body if line[:4] not in ("+++ ", "--- ")}) > 1
    )
    for line in lines:
        shown = line if ends_differ else line.removesuffix("\r")
        yield Text(sanitize(shown), style=_diff_style(line))


def proposal_lines(
    proposal: Proposal, selection: Sequence[str] = (), *, diff: bool = True
) -> Iterator[Text]:
    """The best candidate with its diff, unless it is shown elsewhere, its checks and verdict."""
    best = proposal.best
    kind = "Proposal" if proposal.stands else "Attempt"
    yield Text(f"{kind}: {sanitize_line(proposal.title)}", style="bold")
    if proposal.reason:
        yield Text(f"  {sanitize_line(proposal.reason)}", style="dim")
    for change in best.changes:
        if selection and not covers(selection, change.path):
            yield Text(f"  {sanitize_line(change.path)} is outside your selection", style="yellow")
    lost = best.found("definitions")
    for label in lost.about if lost else ():
        warning = f"  {sanitize_line(label)} is removed, but the task does not mention it"
        yield Text(warning, style="yellow")
    for change in best.changes if diff else ():
        yield from diff_lines(change)
    yield from check_lines(best.evidence)
    yield _verdict_line(best, len(proposal.candidates))


def check_lines(checks: Sequence[Evidence]) -> Iterator[Text]:
    """One line per check; a failed one is followed by the end of its output."""
    if checks:
        yield Text("Checks", style="bold")
    for check in checks:
        line = Text(f"  {sanitize_line(check.judge)}: ")
        line.append(check.status.value, style=_STATUSES[check.status])
        if check.detail:
            line.append(f", {sanitize_line(check.detail)}")
        yield line
        if check.status is Status.FAILED and check.output:
            yield from _output_lines(check.output)


def _lines(outcome: Outcome, selection: Sequence[str], *, diff: bool) -> Iterator[Text]:
    if outcome.proposal is not None and (problem := headline(outcome.proposal)):
        yield Text(problem, style="bold yellow" if outcome.proposal.stands else "bold red")
    if outcome.failures:
        yield from _failure_lines(outcome.failures)
    if outcome.green:
        yield Text("Nothing to fix: the check passes.", style="bold green")
    if outcome.plan is not None:
        yield from plan_lines(outcome.plan)
    if outcome.proposal is not None:
        yield from proposal_lines(outcome.proposal, selection, diff=diff)
    if outcome.answer is not None and outcome.kind is Kind.ASK:
        yield Text(sanitize(outcome.answer))


def _failure_lines(failures: Sequence[Failure]) -> Iterator[Text]:
    yield Text("Failing", style="bold")
    for failure in failures:
        frame = failure.frames[-1] if failure.frames else None
        location = f" at {frame.path}:{frame.line}" if frame else ""
        yield Text(f"  {sanitize_line(failure.name + location)}")
        for line in failure.message.splitlines():
            yield Text(f"    {sanitize_line(line)}", style="dim")


def _output_lines(output: str) -> Iterator[Text]:
    lines = output.splitlines()
    if len(lines) > _OUTPUT_LINES:
        yield Text(f"    ... {len(lines) - _OUTPUT_LINES} earlier lines", style="dim")
    for line in lines[-_OUTPUT_LINES:]:
        yield Text(f"    {sanitize(line)}", style="dim")


def _verdict_line(candidate: Candidate, candidates: int) -> Text:
    """Tells no probability: how sure the model was of its text says little about whether it is
    right."""
    line = Text("Verdict: ")
    line.append(candidate.verdict.value, style=_VERDICTS[candidate.verdict])
    about = [] if candidate.by_model else ["made without the model"]
    if candidates > 1:
        about.append(f"best of {candidates} distinct candidates")
    if about:
        line.append(f" ({'; '.join(about)})")
    return line


def _diff_style(line: str) -> str:
    if line.startswith(("+++", "---", "diff ", "new file", "deleted file", "rename ")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
