"""Splices a draft into its file: from the model's text to a candidate of changed bytes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

from assistant.checks.results import Status
from assistant.checks.syntax import check_syntax
from assistant.engine.base import Completion
from assistant.errors import ProposalError
from assistant.intent.additions import is_after
from assistant.intent.values import Intent, Topic
from assistant.proposal.assemble import assemble
from assistant.proposal.changes import FROM_WORDS, Change, Doubt
from assistant.proposal.insertions import insert_new
from assistant.proposal.layout import only_docstrings, only_layout
from assistant.proposal.members import insert_members
from assistant.proposal.missing import add_missing_imports
from assistant.proposal.slots import extend_slots
from assistant.proposal.surplus import without_broken_surplus
from assistant.proposal.tidying import without_layout
from assistant.proposal.tree_members import bare_name
from assistant.refactoring.imports import import_line
from assistant.refactoring.sources import Sources
from assistant.repo.files import TextFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit
from assistant.solving.certainty import doubts_of, line_confidence
from assistant.solving.request import Workspace
from assistant.solving.values import Candidate, Draft, Earlier, Target, TargetKind, Tokens

_HINT = "Say more exactly what to change."
_DOCUMENTING = (Topic.SAME_BEHAVIOUR, Topic.DOCUMENTS, Topic.DEMONSTRATION, Topic.REMOVAL)
_WORDING = re.compile(r"\b(?:typo|spell|word|grammar|text|doc)", re.IGNORECASE)


def spliced(
    workspace: Workspace, draft: Draft, earlier: Earlier, intent: Intent, *, tidy: bool
) -> Change:
    """The change of the target's file that a draft amounts to.

    Missing imports and slots are added, and functions that the draft adds
    without use and that cannot work are left out. With `tidy`, so are hunks of layout that the task
    does not ask for. Raises ProposalError when nothing changes, or the file does not parse.
    """
    path = draft.target.path
    python = path.endswith((".py", ".pyi"))
    old, new = _assembled(workspace, draft, earlier, intent)
    if python and tidy and old is not None and not intent.asks(Topic.LAYOUT):
        new = without_layout(path, old, new)
    new = _with_imports(workspace, text_file(path, new), old, earlier)
    if python:
        new = extend_slots(without_broken_surplus(old, new, intent), old)
    if new == old:
        raise ProposalError("The candidate changes nothing.", hint=_HINT)
    syntax = check_syntax(path, new, old)
    if python and syntax.status is Status.FAILED:
        raise ProposalError(f"The result does not parse: {syntax.detail}")
    return Change(path, old, new)


def candidate_of(
    draft: Draft, change: Change, earlier: Earlier, *, source: str, number: int
) -> Candidate:
    """A candidate of one changed file and the changes that go with it."""
    base = draft.base.changes if draft.base else earlier.changes
    changes = (*(each for each in base if each.path != change.path), change)
    written = (*earlier.written, *((change.path, each) for each in draft.written))
    tokens = tokens_of(written, changes)
    if draft.base is not None and draft.written:
        tokens = replace(tokens, count=draft.base.tokens.count + tokens.count)
    if draft.target.from_words:
        capped = tuple((path, line, min(p, FROM_WORDS)) for path, line, p in tokens.lines)
        tokens = replace(tokens, lines=capped)
    return Candidate(number, changes, source, draft.target, tokens)


def tokens_of(written: Sequence[tuple[str, Completion]], changes: Sequence[Change]) -> Tokens:
    """Confidence of several completions, each with its path, in the files that came of them."""
    files = {change.path: change.new for change in changes}
    lines: dict[tuple[str, int], float] = {}
    doubts: dict[Doubt, None] = {}
    for path, completion in written:
        new = files.get(path)
        if new is None:
            continue
        for _, line, probability in line_confidence(completion, path, new):
            lines[path, line] = min(probability, lines.get((path, line), 1.0))
        doubts |= dict.fromkeys(doubts_of(completion, path, new))
    return Tokens(
        count=sum(len(completion.pieces) for _, completion in written),
        mean_logprob=written[-1][1].mean_logprob if written else 0.0,
        lines=tuple((path, line, value) for (path, line), value in lines.items()),
        doubts=tuple(doubts),
    )


def overlay_of(candidate: Candidate) -> Mapping[str, bytes | None]:
    """Path to bytes of what a candidate makes of the tree; None where a file goes."""
    overlay: dict[str, bytes | None] = {}
    for change in candidate.changes:
        if change.renamed_from:
            overlay[change.renamed_from] = None
        overlay[change.path] = change.new
    return overlay


def _assembled(
    workspace: Workspace, draft: Draft, earlier: Earlier, intent: Intent
) -> tuple[bytes | None, bytes]:
    """The target's file as it is on disk, and with the draft in it."""
    target = draft.target
    if target.kind is TargetKind.NEW_FILE and draft.file is None:
        return None, (draft.text.strip("\n") + "\n").encode("utf-8", "surrogateescape")
    if draft.base is not None:
        change = next(each for each in draft.base.changes if each.path == target.path)
        if draft.file is not None:
            return change.old, draft.file
        if target.unit is None:
            return change.old, draft.text.encode("utf-8", "surrogateescape")
        file = text_file(target.path, change.new or b"")
        return change.old, assemble(file, target.unit, draft.text)
    file = workspace.repository.text(target.path)
    before = earlier.change(target.path)
    if before is None or before.new is None:
        return file.data, _spliced(file, target, draft.text, intent)
    changed = text_file(target.path, before.new)
    return file.data, _spliced(changed, _moved(target, changed), draft.text, intent)


def _with_imports(
    workspace: Workspace, file: TextFile, old: bytes | None, earlier: Earlier
) -> bytes:
    """The file with imports for names that the repository, or what is changed already, defines."""
    overlay = {each.path: each.new for each in earlier.changes} | {file.path: file.data}
    sources = cache(partial(Sources, workspace.repository, overlay))
    return add_missing_imports(file, old, lambda name: import_line(sources(), file.path, name))


def _spliced(file: TextFile, target: Target, text: str, intent: Intent) -> bytes:
    if target.kind is TargetKind.MEMBER and target.unit is not None:
        after = _sibling(file, target.unit, intent)
        private = intent.mentions("private")
        data = insert_members(file, target.unit, text, after, private=private, intent=intent)
    elif target.adds:
        data = insert_new(file, target.unit, text, intent)
    else:
        data = assemble(file, target.unit, text, intent)
    if data == file.data:
        raise ProposalError("The candidate changes nothing.", hint=_HINT)
    if not intent.asks(Topic.LAYOUT) and only_layout(file.path, file.data, data):
        raise ProposalError("The candidate changes nothing but layout.", hint=_HINT)
    if not _may_document(intent) and only_docstrings(file.path, file.data, data):
        raise ProposalError("The candidate changes nothing but docstrings.", hint=_HINT)
    return data


def _may_document(intent: Intent) -> bool:
    """Whether the task may be about docstrings, or about the examples in them."""
    named = any(map(intent.asks, _DOCUMENTING)) or _WORDING.search(intent.text)
    return bool(named) or not intent.text


def _sibling(file: TextFile, owner: Unit, intent: Intent) -> str:
    """The member after which the task says to insert, as in "after push"; empty without one."""
    owned = (owner.name, bare_name(owner.name))
    members = [unit for unit in units_of(file) if unit.name.rpartition(".")[0] in owned]
    names = (unit.name.rpartition(".")[2] for unit in members)
    return next((name for name in names if is_after(intent.text, name)), "")


def _moved(target: Target, file: TextFile) -> Target:
    """The target in a file that an earlier draft changed."""
    if target.unit is None:
        return target
    unit = next((each for each in units_of(file) if each.name == target.unit.name), None)
    if unit is None:
        raise ProposalError(f"{target.label} is gone after the candidate before.")
    return replace(target, unit=unit)
