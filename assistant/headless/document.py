"""Renders the JSON document of a headless run, as described in README.md.

Text is not sanitized for display: JSON escapes control characters. Keys and passwords are redacted.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assistant.checks.results import CommandResult, Evidence, Failure
from assistant.context.bundle import Context
from assistant.credentials.redacting import redacted_document
from assistant.errors import AssistantError
from assistant.headless.outcome import Figures, Outcome
from assistant.proposal.changes import Change, Doubt, Hunk
from assistant.proposal.diff import hunks_of, unified
from assistant.proposal.secret_values import secret_values
from assistant.repo.files import decode_text
from assistant.solving.events import Plan
from assistant.solving.explaining import headline
from assistant.solving.values import Candidate, Proposal

FORMAT = 2


def render(outcome: Outcome) -> str:
    """The document as ASCII, without a trailing newline."""
    return json.dumps(redacted_document(_outcome(outcome)), indent=2, ensure_ascii=True)


def render_error(error: AssistantError) -> str:
    """The document of a run that failed with an error."""
    about = {
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "exit_code": error.exit_code,
    }
    document = redacted_document({"format": FORMAT, "error": about})
    return json.dumps(document, indent=2, ensure_ascii=True)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    written = outcome.written
    return {
        "format": FORMAT,
        "kind": outcome.kind.value,
        "task": outcome.task,
        "model": outcome.model,
        "seed": outcome.seed,
        "sent_to": outcome.sent_to or None,
        "context": None if outcome.context is None else _context(outcome.context),
        "plan": None if outcome.plan is None else _plan(outcome.plan),
        "proposal": None if outcome.proposal is None else _proposal(outcome.proposal),
        "answer": outcome.answer,
        "places": list(outcome.places),
        "before": None if outcome.before is None else _command(outcome.before),
        "failures": [_failure(failure) for failure in outcome.failures],
        "nothing_to_fix": outcome.green,
        "applied": written is not None,
        "undo": written.undo if written else None,
        "written": list(written.paths) if written else [],
        "problem": outcome.problem or None,
        "figures": _figures(outcome.figures),
        "results": [_outcome(step) for step in outcome.steps],
        "exit_code": outcome.exit_code,
    }


def _context(context: Context) -> dict[str, Any]:
    files = [
        {
            "path": file.path,
            "tokens": file.tokens,
            "whole": file.whole,
            "file_tokens": file.tokens if file.whole else file.full_tokens,
            "units": None if file.whole else list(file.shown),
        }
        for file in context.files
    ]
    return {
        "tokens": context.tokens,
        "budget": context.budget,
        "outline_tokens": context.outline_tokens,
        "files": files,
        "unread": list(context.unread),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    steps = [
        {
            "id": step.id,
            "verb": step.verb.value,
            "path": step.path,
            "unit": step.unit,
            "sentence": step.sentence,
            "state": step.state.value,
        }
        for step in plan.steps
    ]
    return {"task": plan.task, "steps": steps}


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "title": proposal.title,
        "evidence": proposal.reason,
        "problem": headline(proposal) or None,
        "verdict": proposal.best.verdict.value,
        "candidates": [_candidate(candidate) for candidate in proposal.candidates],
        "attempts": [asdict(attempt) for attempt in proposal.attempts],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "index": candidate.id,
        "verdict": candidate.verdict.value,
        "token_probability": _token_probability(candidate),
        "votes": candidate.votes,
        "source": candidate.source,
        "tokens": candidate.tokens.count,
        "lost": _about(candidate, "definitions"),
        "unwritten": _about(candidate, "bodies"),
        "changes": [_change(change, candidate) for change in candidate.changes],
        "checks": [_check(check) for check in candidate.evidence],
    }


def _change(change: Change, candidate: Candidate) -> Any:
    document = {
        "path": change.path,
        "kind": change.kind.value,
        "renamed_from": change.renamed_from or None,
        "diff": unified(change),
        "hunks": [_hunk(hunk) for hunk in hunks_of(change, candidate.tokens.lines)],
        "doubts": [_doubt(each) for each in candidate.tokens.doubts if each.path == change.path],
    }
    values = secret_values(change)
    return redacted_document(document, values) if values else document


def _doubt(doubt: Doubt) -> dict[str, Any]:
    return {
        "line": doubt.line + 1,
        "start": doubt.start,
        "end": doubt.end,
        "probability": round(doubt.probability, 4),
    }


def _hunk(hunk: Hunk) -> dict[str, Any]:
    return {
        "id": hunk.id,
        "line": hunk.start + 1,
        "old": _lines(hunk.old),
        "new": _lines(hunk.new),
        "token_probability": _rounded(hunk.confidence),
    }


def _lines(lines: Sequence[bytes]) -> list[str]:
    return [decode_text(line) for line in lines]


def _about(candidate: Candidate, judge: str) -> list[str]:
    found = candidate.found(judge)
    return list(found.about) if found else []


def _token_probability(candidate: Candidate) -> float | None:
    """Geometric mean over the candidate's tokens; None if the model wrote none of it, or the
    engine does not tell."""
    mean = candidate.tokens.mean_logprob
    return _rounded(math.exp(mean)) if candidate.by_model and mean is not None else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _check(check: Evidence) -> dict[str, Any]:
    return {
        "name": check.judge,
        "status": check.status.value,
        "detail": check.detail,
        "output": check.output,
        "proves": check.proves,
        "covers": check.covers,
        "rank": check.rank,
        "seconds": round(check.seconds, 3),
    }


def _command(result: CommandResult) -> dict[str, Any]:
    return {
        "argv": list(result.argv),
        "exit_code": result.exit_code,
        "passed": result.passed,
        "timed_out": result.timed_out,
        "sandbox": result.sandbox,
        "output": result.output,
        "seconds": round(result.seconds, 3),
    }


def _failure(failure: Failure) -> dict[str, Any]:
    frames = [
        {"path": frame.path, "line": frame.line, "function": frame.function}
        for frame in failure.frames
    ]
    return {"name": failure.name, "message": failure.message, "frames": frames}


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "prompt_tokens": figures.prompt_tokens,
        "tokens": figures.tokens,
        "drafted": figures.drafted,
        "candidates": figures.candidates,
        "seconds": figures.seconds,
        "thought": figures.thought,
    }
